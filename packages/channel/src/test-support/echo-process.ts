// A process for the tests of the process link.
import { Channel, type Nothing, processLink } from '../index.js';
import type { EchoMethods } from './echo-methods.js';

const channel = new Channel<EchoMethods, Nothing, { burst: number }, Nothing>(processLink(process));
channel.handle('echo', (value) => value);
channel.handle('burst', (count) => {
  for (let i = 0; i < count; i++) channel.emit('burst', i);
  return count;
});
channel.handle('never', () => new Promise(() => {}));
channel.handle('burstAndDie', (count) => {
  for (let i = 0; i < count; i++) channel.emit('burst', i);
  queueMicrotask(() => process.disconnect());
  return count;
});
