import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseSessionDescription } from '@rivero/sdp';
import { RtpPeer } from '../test-support/rtp-peer.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { waitFor } from '../test-support/wait-for.js';

/** What gateways and phones change in the middle of a call. */
describe('RtpEndpoint in the middle of a call', () => {
  const harness = sharedWorker();

  async function open(): Promise<RtpPeer> {
    const peer = await RtpPeer.open();
    harness.peers.push(peer);
    return peer;
  }

  function offerOf(peer: RtpPeer, ...more: string[]): string {
    const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
    return [...lines, `m=audio ${peer.port} RTP/AVP 8 0 13`, `a=rtcp:${peer.rtcpPort}`, ...more, ''].join(
      '\r\n',
    );
  }

  interface Packet {
    sequence: number;
    type?: number;
    ssrc?: number;
    timestamp?: number;
  }

  function send(peer: RtpPeer, { sequence, type = 8, ssrc = 500, timestamp = sequence * 160 }: Packet): void {
    const payload = new Uint8Array(160).fill(sequence);
    peer.sendRtp({ payloadType: type, marker: false, sequence: sequence & 0xffff, timestamp, ssrc, payload });
  }

  async function call(): Promise<{ one: RtpPeer; other: RtpPeer; oneId: string; otherId: string }> {
    const pipeline = await harness.create('MediaPipeline', null);
    const [one, other] = [await open(), await open()];
    const [oneId, otherId] = [
      await harness.create('RtpEndpoint', pipeline),
      await harness.create('RtpEndpoint', pipeline),
    ];
    await harness.invoke(oneId, 'connect', { sink: otherId });
    await harness.invoke(otherId, 'connect', { sink: oneId });
    one.accept(await harness.invoke<string>(oneId, 'processOffer', { offer: offerOf(one) }), 0);
    other.accept(await harness.invoke<string>(otherId, 'processOffer', { offer: offerOf(other) }), 0);
    send(one, { sequence: 1 });
    await waitFor('media', () => other.rtp.length === 1);
    send(other, { sequence: 1 });
    await waitFor('media', () => one.rtp.length === 1);
    return { one, other, oneId, otherId };
  }

  test('the phone moves to another address and codec under another SSRC: both ways go on', async () => {
    const { other, oneId } = await call();
    const moved = await open();
    const offer = offerOf(moved).replace('8 0 13', '0');
    const answer = await harness.invoke<string>(oneId, 'processOffer', { offer });
    moved.accept(answer, 0);
    assert.match(answer, /^m=audio \d+ RTP\/AVP 0\r$/m);
    send(moved, { sequence: 900, type: 0, ssrc: 501 });
    await waitFor('its media', () => other.rtp.length === 2);
    const [before, after] = other.rtp as [(typeof other.rtp)[0], (typeof other.rtp)[0]];
    assert.deepEqual([before.payloadType, after.payloadType], [8, 0]);
    assert.equal(after.ssrc, before.ssrc, 'for the other one it is the same stream');
    send(other, { sequence: 2, type: 0 });
    await waitFor('media at the new address', () => moved.rtp.length === 1);
    assert.equal(moved.rtp[0]!.payloadType, 0);
  });

  test('sequence numbers and timestamps jump: what comes after is forwarded, the receiver sees no jump back', async () => {
    const { one, other } = await call();
    // An announcement machine takes over without a new SSRC.
    for (const [at, sequence] of [40_000, 40_001, 40_002, 40_003].entries()) {
      send(one, { sequence, timestamp: 3_000_000_000 + at * 160 });
    }
    send(one, { sequence: 40_004, timestamp: 3_000_000_000 + 4 * 160 });
    await waitFor('media after the jump', () => other.rtp.length >= 4);
    const sequences = other.rtp.map(({ sequence }) => sequence);
    assert.equal(new Set(sequences).size, sequences.length);
  });

  test('comfort noise is not agreed on, and harms nothing when it comes', async () => {
    const { one, other, oneId } = await call();
    const description = await harness.invoke<string>(oneId, 'getLocalSessionDescriptor', {});
    assert.match(description, /^m=audio \d+ RTP\/AVP 8 0\r$/m);
    send(one, { sequence: 2, type: 13 });
    send(one, { sequence: 3 });
    await waitFor('speech after it', () => other.rtp.length === 2);
    assert.equal(other.rtp[1]!.payloadType, 8);
  });

  test('fax (T.38) is refused, beside the sound and in its place; the sound comes back', async () => {
    const { one, other, oneId } = await call();
    const fax = 'm=image 9 udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:14400';
    const beside = await harness.invoke<string>(oneId, 'processOffer', { offer: offerOf(one, fax) });
    assert.match(beside, /^m=image 0 udptl t38\r$/m);
    send(one, { sequence: 2 });
    await waitFor('sound beside it', () => other.rtp.length === 2);

    const instead = offerOf(one).replace(/m=audio.*/s, `${fax}\r\n`);
    const refused = await harness.invoke<string>(oneId, 'processOffer', { offer: instead });
    assert.deepEqual(
      parseSessionDescription(refused).media.map(({ type, port }) => [type, port]),
      [['image', 0]],
    );
    const again = await harness.invoke<string>(oneId, 'processOffer', { offer: offerOf(one) });
    one.accept(again, 0);
    send(one, { sequence: 3 });
    await waitFor('sound again', () => other.rtp.length === 3);
  });
});
