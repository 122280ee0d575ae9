const element = (id) => document.getElementById(id);
const [state, take, hangup, keys, remote] = ['state', 'take', 'hangup', 'keys', 'remote'].map(element);

const socket = new WebSocket(`${location.protocol.replace('http', 'ws')}//${location.host}/agent`);
const send = (message) => socket.send(JSON.stringify(message));

let connection;
/** Candidates of the server that came before its answer. */
let early = [];

function show(text, { ringing = false, talking = false } = {}) {
  state.textContent = text;
  take.disabled = !ringing;
  hangup.disabled = !ringing && !talking;
  keys.hidden = !talking;
}

for (const key of '1234567890*#') {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = key;
  button.addEventListener('click', () => {
    for (const { dtmf } of connection.getSenders()) dtmf?.insertDTMF(key);
  });
  keys.append(button);
}

async function takeCall() {
  show('Connecting …', { talking: true });
  connection = new RTCPeerConnection();
  // For the curious: the call can be looked into from the console.
  window.connection = connection;
  const received = new MediaStream();
  remote.srcObject = received;
  connection.addEventListener('track', ({ track }) => received.addTrack(track));
  connection.addEventListener('icecandidate', ({ candidate }) => {
    if (candidate?.candidate) send({ type: 'candidate', candidate: candidate.toJSON() });
  });
  const own = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  for (const track of own.getTracks()) connection.addTrack(track, own);
  await connection.setLocalDescription();
  send({ type: 'take', offer: connection.localDescription.sdp });
}

function end() {
  for (const { track } of connection?.getSenders() ?? []) track?.stop();
  connection?.close();
  connection = undefined;
  early = [];
  show('Waiting for calls');
}

const handlers = {
  ring: ({ caller }) => show(`${caller} calls`, { ringing: true }),
  answer: async ({ answer }) => {
    await connection.setRemoteDescription({ type: 'answer', sdp: answer });
    for (const candidate of early.splice(0)) await connection.addIceCandidate(candidate);
    show('Talking', { talking: true });
  },
  candidate: ({ candidate }) =>
    connection?.remoteDescription ? connection.addIceCandidate(candidate) : early.push(candidate),
  ended: end,
};

socket.addEventListener('open', () => show('Waiting for calls'));
socket.addEventListener('close', () => show('The application has gone: load this page again'));
socket.addEventListener('message', ({ data }) => {
  const message = JSON.parse(data);
  handlers[message.type](message);
});
take.addEventListener('click', takeCall);
hangup.addEventListener('click', () => {
  send({ type: 'hangup' });
  end();
});
