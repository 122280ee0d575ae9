export { ConfigurationError, defaultConfiguration, loadConfiguration } from './config/load.js';
export type { Setting } from './config/setting.js';
export { type Configuration, environmentName, settings } from './config/settings.js';
export { createLogger, silentLogger } from './log/logger.js';
export { RiveroServer, type ServerParts } from './server.js';
export { version } from './version.js';
export { forkLauncher, type WorkerLauncher, type WorkerProcess } from './workers/worker-process.js';
