import { api } from '@rivero/api';
import { Channel, processLink, type WorkerEnd } from '@rivero/channel';
import { WorkerHost } from './host.js';
import { createLogger } from './logger.js';
import { warmUp } from './warm-up.js';

// A media worker: started by the signaling plane, which talks to it over the IPC channel of the process.
if (process.send === undefined) {
  process.stderr.write('rivero: a media worker is started by the server, not by hand\n');
  process.exit(1);
}

const channel: WorkerEnd = new Channel(processLink(process));
const host = new WorkerHost(api, channel, createLogger);
// While the keys of the certificates are being made on other threads.
setImmediate(warmUp);

// The signals of a terminal go to the whole process group; the server decides when a worker ends.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

// Without its server a worker has no purpose: no media goes on that nobody controls.
void channel.closed.then(() => {
  host.close();
  process.exitCode = 0;
  // Sockets and timers are closed; this is the backstop for anything a library holds.
  setTimeout(() => process.exit(0), 1000).unref();
});
