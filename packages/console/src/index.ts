import { fileURLToPath } from 'node:url';

/** Absolute path of the folder with the static files that the signaling plane serves at `/`. */
export const consoleDirectory: string = fileURLToPath(new URL('../public', import.meta.url));
