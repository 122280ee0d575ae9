import { CallStatistics } from './call-statistics.js';
import { openCamera } from './camera.js';
import { LoopbackCall } from './loopback-call.js';

const STATISTICS_INTERVAL_MS = 1000;
const LOG_LINES = 500;
const STATES = {
  idle: 'Not in a call',
  camera: 'Waiting for camera and microphone…',
  connecting: 'Connecting…',
  connected: 'In a call',
  disconnected: 'Interrupted, trying to recover…',
  failed: 'Failed',
};
const NO_MEDIA_PATH =
  'The server answered, but no media gets through: its UDP ports are probably blocked between this browser and the server.';

const element = (id) => document.getElementById(id);
const [startButton, stopButton, problem, log] = ['start', 'stop', 'problem', 'log'].map(element);
const [localVideo, remoteVideo, statistics] = ['local', 'remote', 'statistics'].map(element);

/** The running call: { call, stream, timer }, or undefined. */
let current;

startButton.addEventListener('click', start);
stopButton.addEventListener('click', () => stop());
element('sound').addEventListener('change', ({ target }) => {
  remoteVideo.muted = !target.checked;
});
addEventListener('pagehide', () => stop());

async function start() {
  const mine = { call: new LoopbackCall(), stream: undefined, timer: undefined };
  current = mine;
  problem.hidden = true;
  log.replaceChildren();
  startButton.disabled = true;
  stopButton.disabled = false;
  try {
    showState('camera');
    mine.stream = await openCamera();
    if (current !== mine) return closeCamera(mine);
    localVideo.srcObject = mine.stream;
    showState('connecting');
    listen(mine);
    await mine.call.start(serverUri(), mine.stream);
  } catch (error) {
    if (current === mine) stop(error.message);
  }
}

/** Ends the call; with a message when it ends because something is wrong. */
function stop(message) {
  if (!current) return;
  const { call, timer } = current;
  clearInterval(timer);
  closeCamera(current);
  current = undefined;
  call.stop();
  localVideo.srcObject = null;
  remoteVideo.srcObject = null;
  startButton.disabled = false;
  stopButton.disabled = true;
  showState(message ? 'failed' : 'idle');
  if (message) {
    problem.textContent = message;
    problem.hidden = false;
  }
}

function closeCamera({ stream }) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

function listen(mine) {
  const { call } = mine;
  call.addEventListener('log', ({ detail }) => addLogLine(detail));
  call.addEventListener('lost', () => {
    if (current === mine) stop('The connection to the media server was lost.');
  });
  call.addEventListener('track', ({ detail }) => {
    remoteVideo.srcObject = detail;
  });
  call.addEventListener('state', ({ detail }) => {
    if (current !== mine) return;
    if (detail === 'failed') stop(NO_MEDIA_PATH);
    else if (STATES[detail]) showState(detail);
  });
  const figures = new CallStatistics();
  mine.timer = setInterval(async () => {
    if (call.peer) showStatistics(figures.rows(await call.peer.getStats()));
  }, STATISTICS_INTERVAL_MS);
}

function serverUri() {
  const uri = new URL('kurento', location.href);
  uri.protocol = uri.protocol === 'https:' ? 'wss:' : 'ws:';
  // A server that asks for a token gets the one of this page's address.
  const token = new URLSearchParams(location.search).get('access_token');
  if (token) uri.searchParams.set('access_token', token);
  return uri.href;
}

function showState(state) {
  const line = element('state');
  line.dataset.state = state;
  line.textContent = STATES[state];
}

function addLogLine(text) {
  const now = new Date();
  const time = document.createElement('time');
  time.dateTime = now.toISOString();
  time.textContent = now.toISOString().slice(11, 23);
  const line = document.createElement('li');
  line.append(time, text);
  log.append(line);
  while (log.childElementCount > LOG_LINES) log.firstElementChild.remove();
  log.scrollTop = log.scrollHeight;
}

function showStatistics(rows) {
  statistics.replaceChildren(
    ...rows.map((row) => {
      const line = document.createElement('tr');
      line.dataset.stream = row.stream;
      const name = document.createElement('th');
      name.scope = 'row';
      name.textContent = row.stream;
      line.append(
        name,
        cell(row.codec),
        cell(Math.round(row.kilobits), 'number'),
        cell(row.framesPerSecond, 'number'),
        cell(row.frames, 'number'),
        cell(row.size),
        cell(row.packets, 'number'),
        cell(row.lost, 'number'),
      );
      return line;
    }),
  );
}

function cell(value, className = '') {
  const created = document.createElement('td');
  created.className = className;
  created.textContent = value ?? '–';
  return created;
}
