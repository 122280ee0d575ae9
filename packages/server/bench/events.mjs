/**
 * What events cost the signaling plane: many sessions, each on a connection of its own with one event a second, spread
 * over the second. `node packages/server/bench/events.mjs [sessions] [seconds]`, after a build. Prints the share of one
 * core that the server process takes, beside the time that a plain `ws` server takes to send the same texts.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WebSocket, WebSocketServer } from 'ws';

const [sessions, seconds] = [Number(process.argv[2] ?? 1000), Number(process.argv[3] ?? 15)];

if (process.argv[2] === 'server') await runServer();
else if (process.argv[2] === 'floor') runFloor();
else await runClients();

/** The signaling plane with a worker that only emits events; answers 'cpu' with its CPU time. */
async function runServer() {
  const { RiveroServer, createLogger, defaultConfiguration, forkLauncher } = await import('../dist/index.js');
  const server = new RiveroServer({
    configuration: { ...defaultConfiguration(), port: 0, workers: 1 },
    launch: forkLauncher(fileURLToPath(new URL('./event-worker.mjs', import.meta.url))),
    log: createLogger({ level: 'warn', format: 'json' }),
  });
  await server.start();
  answerCpu();
  process.on('disconnect', () => server.stop().then(() => process.exit(0)));
  process.send({ url: server.url });
}

/** Sends a text of the same size to every connection each second, and nothing else. */
function runFloor() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false }, () => {
    answerCpu();
    process.send({ url: `ws://127.0.0.1:${server.address().port}` });
  });
  const sockets = [];
  server.on('connection', (socket) => sockets.push(socket));
  const text = 'x'.repeat(500);
  let sent = 0;
  const begin = performance.now();
  setInterval(() => {
    if (sockets.length === 0) return;
    const due = ((performance.now() - begin) / 1000) * sockets.length;
    for (; sent < due; sent++) sockets[sent % sockets.length].send(text);
  }, 1);
  process.on('disconnect', () => process.exit(0));
}

function answerCpu() {
  process.on('message', () => process.send({ cpu: process.cpuUsage() }));
}

async function runClients() {
  for (const kind of ['floor', 'server']) {
    const child = fork(fileURLToPath(import.meta.url), [kind]);
    const [{ url }] = await once(child, 'message');
    let events = 0;
    const sockets = [];
    for (let i = 0; i < sessions; i++) {
      const socket = new WebSocket(url, { perMessageDeflate: false });
      sockets.push(socket);
      await once(socket, 'open');
      if (kind === 'server') await subscribe(socket);
      socket.on('message', () => events++);
    }
    const cpu = async () => {
      child.send('cpu');
      const [message] = await once(child, 'message');
      return (message.cpu.user + message.cpu.system) / 1e6;
    };
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const [before, eventsBefore, begin] = [await cpu(), events, performance.now()];
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const elapsed = (performance.now() - begin) / 1000;
    const used = ((await cpu()) - before) / elapsed;
    const rate = (events - eventsBefore) / elapsed;
    const name = kind === 'server' ? 'signaling plane' : 'bare ws sender ';
    const micros = (used / rate) * 1e6;
    console.log(
      `${name}: ${sessions} sessions, ${rate.toFixed(0)} events/s, ${(used * 100).toFixed(1)} % of a core, ${micros.toFixed(0)} µs each`,
    );
    for (const socket of sockets) socket.terminate();
    child.disconnect();
    await once(child, 'exit');
  }
}

/** One pipeline for each session, and its Error event. */
async function subscribe(socket) {
  const pipeline = await request(socket, 1, 'create', { type: 'MediaPipeline' });
  await request(socket, 2, 'subscribe', { object: pipeline, type: 'Error' });
}

async function request(socket, id, method, params) {
  socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  for (;;) {
    const [data] = await once(socket, 'message');
    const message = JSON.parse(data);
    if (message.error) throw new Error(message.error.message);
    if (message.id === id) return message.result.value;
  }
}
