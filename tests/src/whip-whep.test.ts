import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { BrowserPeer } from './support/browser.js';
import { assertNoLoss, mediaArrives, pictureMoves } from './support/call.js';
import { useHarness } from './support/harness.js';
import type { MediaElement, MediaPipeline } from './support/kurento.js';
import { waitFor } from './support/wait.js';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';

describe('WHIP and WHEP', () => {
  const harness = useHarness();
  let pipeline: MediaPipeline;
  let room: MediaElement;
  const peers: BrowserPeer[] = [];

  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
    room = await pipeline.create('PassThrough');
  });
  afterEach(async () => {
    await pipeline.release();
    for (const peer of peers.splice(0)) await peer.close();
  });

  const base = (): string => harness.server.uri.replace(/^ws/, 'http').replace(/\/kurento$/, '');
  const door = (protocol: 'whip' | 'whep', element: string): string =>
    `${base()}/${protocol}/${encodeURIComponent(element)}`;
  const post = (url: string, body: string, type = SDP): Promise<Response> =>
    fetch(url, { method: 'POST', body, headers: { 'content-type': type } });

  async function enter(
    protocol: 'whip' | 'whep',
    element: string,
  ): Promise<{ peer: BrowserPeer; resource: string; answer: Response }> {
    const both = { audio: true, video: true };
    const peer = await harness.browser.newPeer(protocol === 'whip' ? { send: both } : { receive: both });
    peers.push(peer);
    const offer = await peer.createOffer();
    const answer = await post(door(protocol, element), offer);
    assert.equal(answer.status, 201, await answer.clone().text());
    assert.equal(answer.headers.get('content-type'), SDP);
    const resource = new URL(answer.headers.get('location')!, base()).href;
    await peer.acceptAnswer(await answer.clone().text());
    await peer.connected();
    return { peer, resource, answer };
  }

  test('what is published into an element is played from it, until the client leaves', async () => {
    const publisher = await enter('whip', room.id);
    const viewer = await enter('whep', room.id);
    const statistics = await mediaArrives(viewer.peer);
    await pictureMoves(viewer.peer);
    assertNoLoss(statistics);
    const children = async (): Promise<number> => (await pipeline.getChildren()).length;
    assert.equal(await children(), 3);
    assert.equal((await fetch(viewer.resource, { method: 'DELETE' })).status, 200);
    assert.equal((await fetch(viewer.resource, { method: 'DELETE' })).status, 404);
    await waitFor('the endpoint to go', async () => (await children()) === 2);
    assert.equal((await fetch(publisher.resource, { method: 'DELETE' })).status, 200);
    await waitFor('the endpoint to go', async () => (await children()) === 1);
  });

  test('candidates that come later, and what a fragment must not do', async () => {
    const peer = await harness.browser.newPeer({ receive: { audio: true, video: true } });
    peers.push(peer);
    const offer = await peer.createOffer();
    const ufrag = /a=ice-ufrag:(\S+)/.exec(offer)![1]!;
    const answer = await post(door('whep', room.id), offer);
    assert.equal(answer.status, 201);
    const resource = new URL(answer.headers.get('location')!, base()).href;
    const patch = (body: string, type = FRAGMENT): Promise<Response> =>
      fetch(resource, { method: 'PATCH', body, headers: { 'content-type': type } });
    const candidate = 'a=candidate:1 1 UDP 2113937151 127.0.0.1 9 typ host';
    const fragment = `a=ice-ufrag:${ufrag}\r\na=ice-pwd:x\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n${candidate}\r\n`;
    assert.equal((await patch(fragment)).status, 204);
    assert.equal((await patch('a=ice-ufrag:other\r\n')).status, 400);
    assert.equal((await patch('a=ice-ufrag:other\r\na=ice-pwd:x\r\n')).status, 400);
    const headers = { 'content-type': FRAGMENT, 'if-match': '"of another session"' };
    assert.equal((await fetch(resource, { method: 'PATCH', body: fragment, headers })).status, 412);
    headers['if-match'] = answer.headers.get('etag')!;
    assert.equal((await fetch(resource, { method: 'PATCH', body: fragment, headers })).status, 204);
    assert.equal((await patch(fragment, SDP)).status, 415);
    assert.equal((await fetch(resource)).status, 405);
  });

  test('an ICE restart by PATCH: media goes on', async () => {
    const { resource: publishing } = await enter('whip', room.id);
    const { peer, resource, answer } = await enter('whep', room.id);
    assert.ok(publishing);
    await mediaArrives(peer);
    const offer = await peer.createRestartOffer();
    const credentials = /a=ice-ufrag:.*\r\na=ice-pwd:.*\r\n/.exec(offer)![0];
    const candidates = offer.match(/a=candidate:.*\r\n/g)?.join('') ?? '';
    const restarted = await fetch(resource, {
      method: 'PATCH',
      body: `${credentials}m=audio 9 RTP/AVP 0\r\na=mid:0\r\n${candidates}`,
      headers: { 'content-type': FRAGMENT, 'if-match': '*' },
    });
    assert.equal(restarted.status, 200, await restarted.clone().text());
    assert.equal(restarted.headers.get('content-type'), FRAGMENT);
    assert.notEqual(restarted.headers.get('etag'), answer.headers.get('etag'));
    const fragment = await restarted.text();
    const theirs = /a=ice-ufrag:.*\r\na=ice-pwd:.*\r\n/.exec(fragment)![0];
    const before = await answer.text();
    assert.ok(!before.includes(theirs));
    await peer.acceptAnswer(before.replace(/a=ice-ufrag:.*\r\na=ice-pwd:.*\r\n/g, theirs));
    await peer.connected();
    await pictureMoves(peer);
    await mediaArrives(peer);
  });

  test('the pipeline ends with the application, whoever plays from it', async () => {
    const viewer = await enter('whep', room.id);
    await pipeline.release();
    await waitFor('the resource to go', async () => {
      const answer = await fetch(viewer.resource, {
        method: 'PATCH',
        body: 'a=candidate:1 1 UDP 1 127.0.0.1 9 typ host\r\n',
        headers: { 'content-type': FRAGMENT },
      });
      return answer.status === 404;
    });
    pipeline = await harness.client.create('MediaPipeline');
  });

  test('requests that are wrong are told so and leave nothing behind', async () => {
    const children = async (): Promise<number> => (await pipeline.getChildren()).length;
    const offer = await (async () => {
      const peer = await harness.browser.newPeer({ receive: { audio: true, video: true } });
      peers.push(peer);
      return peer.createOffer();
    })();
    assert.equal((await post(door('whep', 'nothing'), offer)).status, 404);
    assert.equal((await post(door('whep', pipeline.id), offer)).status, 404);
    assert.equal((await post(door('whep', room.id), offer, 'text/plain')).status, 415);
    assert.equal((await post(door('whep', room.id), 'no description')).status, 400);
    assert.equal((await post(door('whep', room.id), 'v=0\r\n'.repeat(100_000))).status, 413);
    assert.equal((await fetch(door('whip', room.id))).status, 405);
    const options = await fetch(door('whip', room.id), { method: 'OPTIONS' });
    assert.equal(options.status, 204);
    assert.equal(options.headers.get('accept-post'), SDP);
    const foreign = await fetch(door('whep', room.id), {
      method: 'POST',
      body: offer,
      headers: { 'content-type': SDP, origin: 'https://elsewhere.example' },
    });
    assert.equal(foreign.status, 403);
    await waitFor('nothing to be left', async () => (await children()) === 1);
  });
});
