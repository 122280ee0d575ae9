export { BUNDLED_MODULES, bundledApi } from './bundled.js';
export { checkForm } from './check-form.js';
export {
  type LoadedModule,
  type LoadOptions,
  loadModules,
  type ModuleFailure,
  ModuleSet,
  riveroVersion,
} from './load-modules.js';
export { locate } from './locate.js';
export { satisfies } from './version-range.js';
