import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { inspect } from 'node:util';
import { type Client, connect } from './client.js';
import { KurentoError, RiveroError } from './errors.js';
import { type MediaEvent, type ObjectCreatedEvent, PassThrough, WebRtcEndpoint } from './generated/index.js';
import { type Script, ScriptedServer, sessionScript } from './testing/scripted-server.js';
import { TranscriptScript } from './testing/transcript-script.js';

let server: ScriptedServer;
let client: Client;

afterEach(async () => {
  await client.close();
  await server.stop();
});

async function start(script: Script): Promise<void> {
  server = await ScriptedServer.start(script);
  client = await connect(server.url);
}

const ENDPOINT = 'p_kurento.MediaPipeline/e_kurento.WebRtcEndpoint';
const SINK = 'p_kurento.MediaPipeline/s_kurento.PassThrough';

test('a recorded loopback call', async () => {
  await start(new TranscriptScript('40-loopback-events').script);
  const created: ObjectCreatedEvent[] = [];
  client.serverManager.on('ObjectCreated', (event) => created.push(event));
  const pipeline = await client.create('MediaPipeline');
  await pipeline.setLatencyStats(true);
  const endpoint = await pipeline.create('WebRtcEndpoint');
  const log: string[] = [];
  const note = ({ type }: MediaEvent) => log.push(type);
  endpoint.on('ElementConnected', ({ mediaType, sink, source }) => {
    assert.equal(sink, endpoint);
    assert.equal(source, endpoint);
    log.push(`connected ${mediaType}`);
  });
  endpoint.on('MediaSessionStarted', note);
  endpoint.on('IceCandidateFound', ({ candidate }) => log.push(candidate.candidate));
  const gathered = endpoint.once('IceGatheringDone');
  const pair = endpoint.once('NewCandidatePairSelected');
  const flowing = endpoint.events('MediaFlowOutStateChanged');
  await endpoint.connect(endpoint);
  const answer = endpoint.processOffer('<sdp: sdp/chromium-offer.sdp>');
  const candidate = (candidate: string) =>
    endpoint.addIceCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 });
  await candidate(
    'candidate:101 1 udp 2122194687 192.0.2.2 50000 typ host generation 0 ufrag ufr1 network-id 1',
  );
  await candidate(
    'candidate:102 1 udp 2122265343 fd00::2 50002 typ host generation 0 ufrag ufr1 network-id 2',
  );
  assert.equal(await answer, '<sdp: sdp/kms-answer-to-chromium.sdp>');
  await endpoint.gatherCandidates();
  await gathered;
  assert.equal((await pair).candidatePair.streamId, '1');
  assert.equal((await flowing.next()).value?.mediaType, 'AUDIO');
  assert.equal((await flowing.next()).value?.mediaType, 'VIDEO');
  assert.equal(await endpoint.getMediaState(), 'CONNECTED');
  assert.deepEqual(log.slice(0, 5), [
    'connected VIDEO',
    'connected AUDIO',
    'connected DATA',
    'MediaSessionStarted',
    'candidate:1 1 UDP 2015363327 192.0.2.2 50004 typ host',
  ]);
  assert.deepEqual(
    created.map(({ object }) => object.id),
    ['pipeline-1', 'pipeline-1/webrtc-1'],
  );
  assert.equal(created[1]?.object, endpoint);
});

test('recorded statistics', async () => {
  const recording = new TranscriptScript('41-stats');
  await start((request, connection) => {
    if (request.method === 'connect') sessionScript()(request, connection);
    else if (request.method === 'describe') {
      connection.answer(request, { sessionId: 's', type: 'WebRtcEndpoint', hierarchy: [] });
    } else recording.script(request, connection);
  });
  const endpoint = await client.object('pipeline-1/webrtc-1', 'WebRtcEndpoint');
  const all = Object.values(await endpoint.getStats());
  const received = all.filter((each) => each.__type__ === 'RTCInboundRTPStreamStats');
  assert.ok(received.length > 0 && received.every(({ packetsReceived }) => packetsReceived >= 0));
  const audio = Object.values(await endpoint.getStats('AUDIO'));
  assert.ok(audio.length > 0 && audio.length < all.length);
});

test('recorded errors have their codes, types and data', async () => {
  await start(
    sessionScript((r, c) => c.refuse(r, 40108, 'MEDIA_OBJECT_NOT_AVAILABLE', "Factory 'X' not found")),
  );
  const error: unknown = await client.create('MediaPipeline').catch((reason: unknown) => reason);
  assert.ok(error instanceof KurentoError && error instanceof RiveroError && error instanceof Error);
  assert.deepEqual(
    [error.code, error.type, error.name],
    [40108, 'MEDIA_OBJECT_NOT_AVAILABLE', 'KurentoError'],
  );
  assert.deepEqual(error.data, { type: 'MEDIA_OBJECT_NOT_AVAILABLE' });
});

test('objects in results are instances of their classes, the same ones for the same id', async () => {
  await start(
    sessionScript((request, connection) => {
      const connection1 = { source: ENDPOINT, sink: SINK, type: 'AUDIO' };
      const values: Record<string, unknown> = {
        getSinkConnections: [connection1, { ...connection1, sink: 'x_module.OwnElement' }],
        getParent: 'p_kurento.MediaPipeline',
        getMediaPipeline: null,
        getStats: null,
      };
      const { operation } = request.params as { operation?: string };
      connection.answer(
        request,
        request.method === 'describe'
          ? {
              sessionId: 's',
              type: 'WebRtcEndpoint',
              hierarchy: ['kurento.MediaElement', 'kurento.MediaObject'],
            }
          : { sessionId: 's', value: values[operation ?? ''] },
      );
    }),
  );
  const endpoint = await client.object(ENDPOINT);
  assert.ok(endpoint instanceof WebRtcEndpoint);
  assert.equal(await client.object(ENDPOINT, 'MediaElement'), endpoint);
  const [known, own] = await endpoint.getSinkConnections();
  assert.equal(known?.source, endpoint);
  assert.ok(known?.sink instanceof PassThrough);
  assert.equal(own?.sink.className, 'MediaElement');
  assert.equal((await endpoint.getParent())?.className, 'MediaPipeline');
  assert.equal(await endpoint.getMediaPipeline(), null);
  assert.deepEqual(await endpoint.getStats(), {});
  assert.equal(inspect(endpoint), `WebRtcEndpoint <${ENDPOINT}>`);
  await assert.rejects(client.object(ENDPOINT, 'PassThrough'), { type: 'WRONG_CLASS' });
});

test('listeners share a subscription; the last one to go ends it', async () => {
  await start(
    sessionScript((r, c) => c.answer(r, { sessionId: 's', value: r.method === 'create' ? 'p' : 'sub' })),
  );
  const pipeline = await client.create('MediaPipeline');
  const [first, second] = [pipeline.on('Error', () => {}), pipeline.on('Error', () => {})];
  await Promise.all([first.ready, second.ready]);
  first.off();
  first.off();
  await client.ping();
  assert.equal(server.requestsOf('unsubscribe').length, 0);
  await second[Symbol.asyncDispose]();
  await client.ping();
  assert.equal(server.requestsOf('subscribe').length, 1);
  assert.deepEqual(server.requestsOf('unsubscribe')[0]?.params, {
    object: 'p',
    subscription: 'sub',
    sessionId: 'session',
  });
});

test('a refused subscription is reported by `ready`, the stream and the client', async () => {
  await start(
    sessionScript((request, connection) => {
      if (request.method === 'create') connection.answer(request, { sessionId: 's', value: 'p' });
      else connection.refuse(request, 40106, 'MEDIA_OBJECT_EVENT_NOT_SUPPORTED', "Event 'X' not supported");
    }),
  );
  const problems: RiveroError[] = [];
  client.on('error', (error) => problems.push(error));
  const pipeline = await client.create('MediaPipeline');
  const { ready } = pipeline.on('Error', () => {});
  const stream = pipeline.events('Error');
  const refused = { type: 'MEDIA_OBJECT_EVENT_NOT_SUPPORTED' };
  await assert.rejects(ready, refused);
  await assert.rejects(stream.next(), refused);
  assert.equal(problems[0]?.type, refused.type);
});

test('release ends what listens to the object and to those below it', async () => {
  await start(
    sessionScript((r, c) => {
      const { type } = r.params as { type?: string };
      const value =
        type === 'MediaPipeline' ? 'p_kurento.MediaPipeline' : type === 'PassThrough' ? SINK : 'sub';
      c.answer(r, { sessionId: 's', value });
    }),
  );
  const pipeline = await client.create('MediaPipeline');
  const element = await pipeline.create('PassThrough');
  const events = element.events('ElementConnected');
  const waiting = element.once('Error');
  const read: unknown[] = [];
  const reading = (async () => {
    for await (const event of events) read.push(event);
  })();
  server.connections[0]?.event(SINK, 'ElementConnected', { sink: SINK, mediaType: 'AUDIO' });
  const ended = assert.rejects(waiting, { type: 'OBJECT_RELEASED' });
  await client.ping();
  await pipeline[Symbol.asyncDispose]();
  await Promise.all([reading, ended]);
  assert.equal(read.length, 1);
});

test('an object that others have released is noticed, and told from a parameter', async () => {
  let missing = 'sink';
  await start(
    sessionScript((r, c) => {
      if (r.method !== 'invoke')
        c.answer(r, { sessionId: 's', value: r.params?.type === 'PassThrough' ? SINK : 'p' });
      else c.refuse(r, 40101, 'MEDIA_OBJECT_NOT_FOUND', `Object '${missing}' not found`);
    }),
  );
  const element = await client.create('PassThrough', { mediaPipeline: await client.create('MediaPipeline') });
  const stream = element.events('Error');
  await assert.rejects(element.connect(element), { type: 'MEDIA_OBJECT_NOT_FOUND' });
  server.connections[0]?.event(SINK, 'Error', { description: 'still there' });
  assert.equal((await stream.next()).value?.description, 'still there');
  missing = SINK;
  await assert.rejects(element.connect(element), { type: 'MEDIA_OBJECT_NOT_FOUND' });
  assert.equal((await stream.next()).done, true);
});

test('a signal ends listeners and streams', async () => {
  await start(
    sessionScript((r, c) => c.answer(r, { sessionId: 's', value: r.method === 'create' ? 'p' : 'sub' })),
  );
  const pipeline = await client.create('MediaPipeline');
  const abort = new AbortController();
  const { signal } = abort;
  let heard = 0;
  const { ready } = pipeline.on('Error', () => heard++, { signal });
  const stream = pipeline.events('Error', { signal });
  const once = pipeline.once('Error', { signal });
  await ready;
  server.connections[0]?.event('p', 'Error');
  await Promise.all([once, client.ping()]);
  abort.abort(new Error('over'));
  server.connections[0]?.event('p', 'Error');
  await client.ping();
  assert.equal(heard, 1);
  assert.equal((await stream.next()).done, false);
  await assert.rejects(stream.next(), /over/);
  await assert.rejects(pipeline.events('Error', { signal }).next(), /over/);
  await assert.rejects(pipeline.getName({ signal }), /over/);
  assert.equal(server.requestsOf('subscribe').length, 1);
});
