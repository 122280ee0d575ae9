// The program of a forked test worker.
import { processLink } from '@rivero/channel';
import { serveTestWorker } from './test-worker.js';

process.on('SIGINT', () => {});
void serveTestWorker(processLink(process)).closed.then(() => process.exit(0));
