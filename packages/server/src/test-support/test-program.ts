// The program of the server, with test workers.
import { fileURLToPath } from 'node:url';
import { runProgram } from '../program.js';

runProgram(() => fileURLToPath(new URL('./test-worker-process.js', import.meta.url)));
