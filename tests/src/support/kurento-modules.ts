/** The official clients of Kurento's modules, unmodified, with types for what the tests use of them. */
import { createRequire } from 'node:module';
import { kurento7, type MediaElement, type MediaPipeline } from './kurento.js';

interface Registering {
  register(module: string): void;
}

export interface ChromaFilter extends MediaElement {
  setBackground(uri: string): Promise<void>;
  unsetBackground(): Promise<void>;
}

export interface PointerDetectorFilter extends MediaElement {
  addWindow(window: unknown): Promise<void>;
  removeWindow(windowId: string): Promise<void>;
  clearWindows(): Promise<void>;
  trackColorFromCalibrationRegion(): Promise<void>;
}

export interface CrowdDetectorFilter extends MediaElement {
  getProcessingWidth(): Promise<number>;
  setProcessingWidth(width: number): Promise<void>;
}

export interface PlateDetectorFilter extends MediaElement {
  setPlateWidthPercentage(plateWidthPercentage: number): Promise<void>;
}

export interface ArMarkerdetector extends MediaElement {
  setShowDebugLevel(level: number): Promise<void>;
  getShowDebugLevel(): Promise<number>;
  setOverlayImage(uri: string): Promise<void>;
  getOverlayImage(): Promise<string>;
  setOverlayText(text: string): Promise<void>;
  getOverlayText(): Promise<string>;
  setOverlayScale(scale: number): Promise<void>;
  getOverlayScale(): Promise<number>;
}

export interface Filters {
  ChromaFilter: ChromaFilter;
  PointerDetectorFilter: PointerDetectorFilter;
  CrowdDetectorFilter: CrowdDetectorFilter;
  PlateDetectorFilter: PlateDetectorFilter;
  ArMarkerdetector: ArMarkerdetector;
  KmsShowData: MediaElement;
  KmsSendData: MediaElement;
  KmsDetectFaces: MediaElement;
  KmsShowFaces: MediaElement;
}

const require = createRequire(import.meta.url);
const kurento = kurento7 as unknown as Registering;
const modules = [
  'chroma',
  'pointerdetector',
  'crowddetector',
  'platedetector',
  'markerdetector',
  'datachannelexample',
] as const;
for (const name of modules) kurento.register(`kurento-module-${name}`);

/** Creates an element of a module. */
export function createFilter<K extends keyof Filters>(
  pipeline: MediaPipeline,
  type: K,
  params: Record<string, unknown> = {},
): Promise<Filters[K]> {
  const creating = pipeline as unknown as {
    create(type: string, params: Record<string, unknown>): Promise<Filters[K]>;
  };
  return creating.create(type, params);
}

/** Makes a value class of a module: two of them have a WindowParam, and each client takes its own only. */
export function complexType(module: (typeof modules)[number], name: string, values: object): unknown {
  const { complexTypes } = require(`kurento-module-${module}`) as {
    complexTypes: Record<string, (values: object) => unknown>;
  };
  return complexTypes[name]!(values);
}
