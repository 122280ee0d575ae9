/**
 * Stand-in for the git dependency `reconnect-ws` of the official Kurento clients, which package
 * registries do not carry. `reconnect(options, onConnection).connect(url, wsOptions)` keeps a WebSocket
 * open: when it closes, a new one is opened after a delay that grows like Fibonacci's numbers, and
 * `onConnection` gets each new socket. Messages are sent as text frames (strings stay strings in `ws`).
 *
 * Events: connect and connection (socket), disconnect (error), backoff and reconnect (attempt, delay in
 * ms), fail (error; after `failAfter` attempts).
 */
const { EventEmitter } = require('node:events');
const WebSocket = require('ws');

const INITIAL_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;

module.exports = function reconnect(options, onConnection) {
  const initialDelay = options.initialDelay ?? INITIAL_DELAY_MS;
  const maxDelay = options.maxDelay ?? MAX_DELAY_MS;
  const failAfter = options.failAfter ?? Number.POSITIVE_INFINITY;

  const emitter = new EventEmitter();
  emitter.connected = false;
  emitter.reconnect = true;
  emitter.on('connection', onConnection);

  let openArguments = [];
  let socket;
  let timer;
  let attempts = 0;
  let delay = 0;
  let nextDelay = initialDelay;

  function open() {
    socket = new WebSocket(...openArguments);
    let failure;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('open', () => {
      attempts = 0;
      delay = 0;
      nextDelay = initialDelay;
      emitter.connected = true;
      emitter.emit('connect', socket);
      emitter.emit('connection', socket);
    });
    socket.on('close', () => {
      emitter.connected = false;
      emitter.emit('disconnect', failure);
      if (emitter.reconnect) retryLater(failure);
    });
  }

  function retryLater(error) {
    if (attempts >= failAfter) {
      emitter.reconnect = false;
      emitter.emit('fail', error);
      return;
    }
    [delay, nextDelay] = [nextDelay, Math.min(delay + nextDelay, maxDelay)];
    const attempt = attempts++;
    emitter.emit('backoff', attempt, delay, error);
    timer = setTimeout(() => {
      emitter.emit('reconnect', attempt, delay);
      open();
    }, delay);
  }

  emitter.connect = emitter.listen = (url, socketOptions) => {
    openArguments = [url, socketOptions];
    emitter.reconnect = true;
    open();
    return emitter;
  };

  emitter.disconnect = () => {
    emitter.reconnect = false;
    clearTimeout(timer);
    socket?.close();
    return emitter;
  };

  return emitter;
};
