/** A worker's end that emits each event somebody subscribed to once a second, spread over the second. */
import { Channel, processLink } from '@rivero/channel';

const channel = new Channel(processLink(process));
const wanted = [];
let sent = 0;
let due = 0;
let last = performance.now();
channel.handle('configure', () => ({ pid: process.pid, port: 0 }));
channel.handle('create', () => null);
channel.handle('subscribe', (subscription) => {
  wanted.push(subscription);
  return null;
});
channel.handle('unsubscribe', () => null);
channel.handle('release', () => null);
channel.handle('status', () => ({ rssBytes: 0, cpuMicros: 0, pipelines: 0, objects: 0 }));
channel.handle('shutdown', () => null);
setInterval(() => {
  const now = performance.now();
  due += ((now - last) / 1000) * wanted.length;
  last = now;
  for (; sent < due; sent++) {
    const { object, event } = wanted[sent % wanted.length];
    channel.emit('objectEvent', {
      object,
      type: event,
      timestampMillis: Date.now(),
      tags: [],
      data: { description: 'an event', errorCode: 40003, type: 'UNEXPECTED_ERROR' },
    });
  }
}, 1);
void channel.closed.then(() => process.exit(0));
