export { ConfigurationError, defaultConfiguration, loadConfiguration } from './config/load.js';
export { type Configuration, environmentName, type Setting, settings } from './config/settings.js';
export { createLogger, silentLogger } from './log/logger.js';
export { RiveroServer, type ServerParts } from './server.js';
export { version } from './version.js';
export { forkLauncher, type WorkerLauncher, type WorkerProcess } from './workers/worker-process.js';
