import { type ApiRegistry, api } from '@rivero/api';
import { loadModules } from './load-modules.js';

/**
 * The modules that come with Rivero, as the default of the setting `modules` names them. Where what one of them needs is not
 * installed, the server starts without it.
 */
export const BUNDLED_MODULES: readonly string[] = [
  'gstreamerexample',
  'opencvexample',
  'chroma',
  'pointerdetector',
  'crowddetector',
  'platedetector',
  'markerdetector',
  'videosampler',
  'datachannelexample',
  'voiceactivity',
].map((name) => `optional:@rivero/module-${name}`);

/**
 * Kurento's API with all modules that come with Rivero: for reference pages, generated classes, and tests.
 * @throws Error when one is not built
 */
export async function bundledApi(): Promise<ApiRegistry> {
  const loaded = await loadModules(BUNDLED_MODULES, { api });
  for (const { message } of loaded.failures) throw new Error(message);
  return loaded.api;
}
