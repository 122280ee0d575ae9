import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { after, afterEach, before, describe, test } from 'node:test';
import { isStun, parseCandidate, StunAttribute, StunClass, StunWriter, shortTermKey } from '@rivero/ice';
import { DtlsCertificate, DtlsSession } from '@rivero/packet-engine';
import { call, startCall, type TestCall } from '../test-support/call.js';
import { offerOf, vp8Payload } from '../test-support/session-descriptions.js';
import { TestPeer, type TestPeerOptions } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

/** Somebody else on the network. */
class Stranger {
  readonly heard: Buffer[] = [];
  readonly #socket: Socket;
  readonly #port: number;

  private constructor(socket: Socket, port: number) {
    this.#socket = socket;
    this.#port = port;
    socket.on('message', (data) => this.heard.push(data));
  }

  static async open(port: number): Promise<Stranger> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new Stranger(socket, port);
  }

  send(data: Uint8Array): void {
    this.#socket.send(data, this.#port, '127.0.0.1');
  }

  close(): void {
    this.#socket.close();
  }
}

/** The first flight of a DTLS client, as it is on the wire. */
async function clientHello(): Promise<Uint8Array> {
  const dtls = new DtlsSession(await DtlsCertificate.generate('ECDSA'), 'client');
  dtls.start();
  const [hello] = dtls.takeOutgoing();
  dtls.close();
  assert.equal(hello![0], 22);
  assert.equal(hello![13], 1);
  return hello!;
}

const isDtls = (data: Uint8Array): boolean => data[0]! >= 20 && data[0]! <= 63;
const isMedia = (data: Uint8Array): boolean => data[0]! >= 128;

describe('hostile and unlucky peers', () => {
  let harness: WorkerHarness;
  let pipeline: string;
  const peers: TestPeer[] = [];
  const strangers: Stranger[] = [];

  before(async () => {
    harness = await WorkerHarness.start();
  });
  after(() => harness.close());

  afterEach(async () => {
    if (pipeline !== undefined) await harness.release(pipeline);
    for (const peer of peers.splice(0)) await peer.close();
    for (const each of strangers.splice(0)) each.close();
    harness.events.length = 0;
  });

  const dropped = (reason: string): number => harness.host.context!.transports.dropped[reason]!;

  async function stranger(): Promise<Stranger> {
    const opened = await Stranger.open(harness.host.context!.transports.port);
    strangers.push(opened);
    return opened;
  }

  /** A peer that offers to be the DTLS client, to a server that loops its media; not yet connected. */
  async function prepare(options: TestPeerOptions = {}): Promise<TestCall & { connect: () => void }> {
    pipeline = await harness.create('MediaPipeline', null);
    const peer = await TestPeer.open(options);
    peers.push(peer);
    const endpoint = await harness.create('WebRtcEndpoint', pipeline);
    await harness.invoke(endpoint, 'connect', { sink: endpoint });
    const offer = offerOf(peer, { setup: 'active' });
    const answer = await harness.invoke<string>(endpoint, 'processOffer', { offer });
    assert.match(answer, /a=setup:passive/);
    await harness.invoke(endpoint, 'gatherCandidates');
    await waitFor('gathering', () => harness.eventsOf(endpoint, 'IceGatheringDone').length > 0);
    const lines = harness
      .eventsOf(endpoint, 'IceCandidateFound')
      .map(({ candidate }) => (candidate as { candidate: string }).candidate);
    const connect = (): void => {
      peer.accept(answer, 'client');
      for (const line of lines) if (parseCandidate(line)?.protocol === 'udp') peer.addCandidate(line);
    };
    return { peer, endpoint, answer, connect };
  }

  async function loopback(options: TestPeerOptions = {}): Promise<TestCall> {
    const prepared = await prepare(options);
    prepared.connect();
    await waitFor('the call to be secured', () => prepared.peer.secured);
    await stillWorks(prepared);
    return prepared;
  }

  let sequence = 0;
  function sendKeyFrame({ peer }: TestCall): void {
    sequence++;
    peer.sendRtp({
      payloadType: 96,
      marker: true,
      sequence,
      timestamp: sequence * 3000,
      ssrc: 2222,
      payload: vp8Payload(true),
    });
  }

  async function stillWorks(made: TestCall): Promise<void> {
    const before = made.peer.rtp.length;
    await waitFor('media to go on', () => {
      // The keys are used a moment after the peer has them.
      sendKeyFrame(made);
      return made.peer.rtp.length > before;
    });
  }

  const dtlsStates = (endpoint: string) =>
    harness.eventsOf(endpoint, 'DtlsConnectionStateChange').map(({ state }) => state);

  /** Sees, and may replace, what a peer sends besides its ICE checks. */
  function tap(peer: TestPeer, onSend: (data: Uint8Array) => Uint8Array | undefined): () => void {
    const send = TestPeer.prototype.sendRaw.bind(peer);
    peer.sendRaw = (data: Uint8Array): void => {
      const replaced = onSend(data);
      if (replaced !== undefined) send(replaced);
    };
    return () => {
      delete (peer as Partial<TestPeer>).sendRaw;
    };
  }

  /** A datagram of the peer with media, without sending it. */
  function mediaDatagram(made: TestCall): Uint8Array {
    let captured: Uint8Array | undefined;
    const untap = tap(made.peer, (data) => {
      captured = Uint8Array.from(data);
      return undefined;
    });
    sendKeyFrame(made);
    untap();
    return captured!;
  }

  describe('DTLS', () => {
    test('a ClientHello from another address before, during and after the handshake changes nothing', async () => {
      const made = await prepare();
      const spray = await stranger();
      const hello = await clientHello();
      const before = dropped('UnknownAddress');
      for (let i = 0; i < 20; i++) spray.send(hello);
      await waitFor('the first ones to arrive', () => dropped('UnknownAddress') >= before + 20);
      assert.ok(!dtlsStates(made.endpoint).includes('CONNECTED'));
      let sprayed = 20;
      tap(made.peer, (data) => {
        if (isDtls(data) && !made.peer.secured) {
          for (let i = 0; i < 20; i++) spray.send(hello);
          sprayed += 20;
        }
        return data;
      });
      made.connect();
      await waitFor('the call to be secured', () => made.peer.secured);
      assert.ok(sprayed > 20, 'some during the handshake');
      for (let i = 0; i < 20; i++) spray.send(hello);
      sprayed += 20;
      await waitFor('all of them to arrive', () => dropped('UnknownAddress') >= before + sprayed);
      await stillWorks(made);
      assert.equal(dtlsStates(made.endpoint).at(-1), 'CONNECTED');
      assert.equal(spray.heard.length, 0, 'no answer');
    });

    test('a thief of a check of the peer, whose ClientHello comes first, does not keep the peer out', async () => {
      const made = await prepare();
      const thief = await stranger();
      const hello = await clientHello();
      const { socket } = made.peer;
      let check: Uint8Array | undefined;
      const send = socket.send.bind(socket) as (data: Uint8Array, port: number, address: string) => void;
      Object.assign(socket, {
        send: (data: Uint8Array, port: number, address: string) => {
          if (isStun(data) && data[0] === 0 && data[1] === 1) {
            check = Uint8Array.from(data);
            thief.send(check);
          }
          send(data, port, address);
        },
      });
      // The peer's own handshake is held up until the thief's has begun.
      let held = true;
      tap(made.peer, (data) => (held && isDtls(data) ? undefined : data));
      made.connect();
      await waitFor('an answer to the repeated check', () => thief.heard.some((data) => data[0] === 1));
      for (let i = 0; i < 5; i++) thief.send(hello);
      // The answer to another check tells that all of it was read.
      const answered = thief.heard.length;
      thief.send(check!);
      await waitFor('another answer', () => thief.heard.slice(answered).some((data) => data[0] === 1));
      held = false;
      await waitFor('the call to be secured', () => made.peer.secured);
      await stillWorks(made);
      assert.ok(!thief.heard.some(isMedia) && !thief.heard.some(isDtls));
    });

    test('a ClientHello with the source address of the peer after the handshake changes nothing', async () => {
      const made = await loopback();
      const hello = await clientHello();
      for (let i = 0; i < 50; i++) made.peer.sendRaw(hello);
      await stillWorks(made);
      assert.equal(dtlsStates(made.endpoint).at(-1), 'CONNECTED');
    });

    test('the strongest profile in common is used, whatever the order of the offer', async () => {
      const weakFirst = await loopback({
        srtpProfiles: ['AES128_CM_HMAC_SHA1_80', 'AEAD_AES_256_GCM', 'AEAD_AES_128_GCM'],
      });
      assert.equal(weakFirst.peer.srtpProfile, 'AEAD_AES_128_GCM');
    });

    test('a profile list that was weakened on the way: FAILED, and no keys', async () => {
      const made = await prepare();
      let changed = 0;
      tap(made.peer, (data) => {
        const at = Buffer.from(data).indexOf(Buffer.from('000700080001', 'hex'));
        if (!isDtls(data) || at < 0) return data;
        const weakened = Uint8Array.from(data);
        weakened.set([0, 1, 0, 1, 0, 1], at);
        changed++;
        return weakened;
      });
      made.connect();
      await waitFor('DTLS FAILED', () => dtlsStates(made.endpoint).includes('FAILED'));
      assert.ok(changed > 0);
      assert.ok(!dtlsStates(made.endpoint).includes('CONNECTED'));
      assert.equal(await harness.invoke(made.endpoint, 'getConnectionState'), 'DISCONNECTED');
    });
  });

  describe('STUN', () => {
    /** A check with the right names and the key of somebody who does not know the password. */
    function forgedCheck(made: TestCall, password: string): Uint8Array {
      const ufrag = /a=ice-ufrag:(\S+)/.exec(made.answer)![1]!;
      return new StunWriter()
        .start(StunClass.Request, Buffer.from('forged check'))
        .text(StunAttribute.Username, `${ufrag}:${made.peer.ufrag}`)
        .uint64(StunAttribute.IceControlling, 1n)
        .uint32(StunAttribute.Priority, 1853824767)
        .attribute(StunAttribute.UseCandidate)
        .integrity(shortTermKey(password))
        .fingerprint()
        .finish();
    }

    test('a check with the right names and the wrong key gets no answer and no media', async () => {
      const made = await loopback();
      const forger = await stranger();
      const rights = /a=ice-pwd:(\S+)/.exec(made.answer)![1]!;
      for (let i = 0; i < 50; i++) forger.send(forgedCheck(made, 'x'.repeat(22)));
      // Loopback keeps the order: when the last one is answered the others have been dropped.
      forger.send(forgedCheck(made, rights));
      await waitFor('the answer to the right one', () => forger.heard.some((data) => data[0] === 1));
      assert.equal(forger.heard.filter((data) => data[0] === 1).length, 1);
      for (let i = 0; i < 5; i++) await stillWorks(made);
      assert.ok(!forger.heard.some(isMedia));
    });

    test('a request of the peer repeated from another address redirects no media', async () => {
      const prepared = await prepare();
      const { socket } = prepared.peer;
      const checks: Uint8Array[] = [];
      const send = socket.send.bind(socket) as (data: Uint8Array, port: number, address: string) => void;
      Object.assign(socket, {
        send: (data: Uint8Array, port: number, address: string) => {
          if (isStun(data) && data[0] === 0 && data[1] === 1) checks.push(Uint8Array.from(data));
          send(data, port, address);
        },
      });
      prepared.connect();
      await waitFor('the call to be secured', () => prepared.peer.secured);
      await stillWorks(prepared);
      assert.ok(checks.length > 0);
      const thief = await stranger();
      const hello = await clientHello();
      for (const check of checks) thief.send(check);
      await waitFor('an answer', () => thief.heard.length > 0);
      // Its address is known now; what it says still is not the peer's.
      for (let i = 0; i < 20; i++) {
        for (const check of checks) thief.send(check);
        thief.send(hello);
        await stillWorks(prepared);
      }
      assert.ok(!thief.heard.some(isMedia), 'no media to the thief');
      assert.ok(!thief.heard.some(isDtls), 'no handshake with the thief');
      assert.equal(dtlsStates(prepared.endpoint).at(-1), 'CONNECTED');
    });
  });

  describe('SRTP', () => {
    test('100,000 packets with wrong tags are counted, the call goes on, and memory stays', async () => {
      const made = await loopback();
      const genuine = mediaDatagram(made);
      const forged = Array.from({ length: 250 }, (_, i) => {
        const data = Buffer.from(genuine);
        data.writeUInt16BE(20_000 + i, 2);
        data[data.length - 1]! ^= 1 + (i & 0x7f);
        return data;
      });
      const before = dropped('Authentication');
      const streams = Object.keys(await harness.invoke<object>(made.endpoint, 'getStats')).length;
      let sent = 0;
      const burst = async (packets: number): Promise<void> => {
        for (const end = sent + packets; sent < end; ) {
          for (const data of forged) made.peer.sendRaw(data);
          sent += forged.length;
          await waitFor('the burst to arrive', () => dropped('Authentication') >= before + sent);
        }
      };
      await burst(20_000);
      await stillWorks(made);
      const { rssBytes } = await harness.status();
      await burst(80_000);
      assert.equal(dropped('Authentication'), before + 100_000);
      await stillWorks(made);
      const grown = (await harness.status()).rssBytes - rssBytes;
      assert.ok(grown < 48 * 1024 * 1024, `${Math.round(grown / 1024)} KiB`);
      assert.equal(Object.keys(await harness.invoke<object>(made.endpoint, 'getStats')).length, streams);
      // None of their sequence numbers was used up.
      made.peer.sendRaw(genuine);
      await stillWorks(made);
    });

    test('a flood of valid packets of one peer leaves the call of another alive', async () => {
      const made = await loopback();
      const other = await call(harness, pipeline);
      peers.push(other.peer);
      await harness.invoke(other.endpoint, 'connect', { sink: other.endpoint });
      let flooding = true;
      const flood = (async () => {
        for (let round = 0; flooding && round < 2000; round++) {
          for (let i = 0; i < 100; i++) sendKeyFrame(made);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      const { rssBytes } = await harness.status();
      for (let i = 0; i < 20; i++) await stillWorks(other);
      flooding = false;
      await flood;
      assert.ok((await harness.status()).rssBytes - rssBytes < 96 * 1024 * 1024);
      await stillWorks(made);
      await stillWorks(other);
    });

    test('numbers stay right over a roll-over with losses, and what is old cannot be repeated after it', async () => {
      const source = await prepare();
      source.connect();
      await waitFor('the call to be secured', () => source.peer.secured);
      const viewer = await startCall(harness, pipeline, { direction: 'recvonly' });
      peers.push(viewer.peer);
      await waitFor('the viewer to be secured', () => viewer.peer.secured);
      await harness.invoke(source.endpoint, 'connect', { sink: viewer.endpoint });
      const video = (wanted: number) =>
        viewer.peer.rtp.find(({ timestamp, payload }) => timestamp >= 0 && payload[2] === wanted);
      const datagrams: Uint8Array[] = [];
      tap(source.peer, (data) => {
        if (isMedia(data) && (data[1]! & 0x7f) === 96) datagrams.push(Uint8Array.from(data));
        return data;
      });
      const send = (extended: number): void =>
        source.peer.sendRtp({
          payloadType: 96,
          marker: true,
          sequence: extended,
          timestamp: extended * 3000,
          ssrc: 2222,
          // The packet can be told by its third byte.
          payload: vp8Payload(extended === FIRST, 100, extended & 0xff),
        });
      const FIRST = 65_500;
      const LAST = 65_600;
      const lost = new Set([65_510, 65_511, 65_533, 65_535, 65_536, 65_538, 65_570]);
      const arrived: number[] = [];
      // A viewer's stream begins with a key frame that comes when it is connected.
      for (let extended = FIRST; extended <= LAST; extended++) {
        if (lost.has(extended)) continue;
        send(extended);
        arrived.push(extended);
        await waitFor(`packet ${extended}`, () => video(extended & 0xff));
      }
      const shift = (video(FIRST & 0xff)!.sequence - FIRST) & 0xffff;
      const shiftOfTime = (video(FIRST & 0xff)!.timestamp - FIRST * 3000) >>> 0;
      const check = (extended: number): void => {
        const packet = video(extended & 0xff)!;
        assert.equal((packet.sequence - extended) & 0xffff, shift, `number of ${extended}`);
        assert.equal((packet.timestamp - extended * 3000) >>> 0, shiftOfTime, `time of ${extended}`);
      };
      for (const extended of arrived) check(extended);
      // What was lost on both sides of the roll-over is asked for, and has its place when it comes.
      const asked = (extended: number) =>
        source.peer.rtcp.some(
          ({ type, sequence: wanted }) => type === 'NACK' && wanted === (extended & 0xffff),
        );
      for (const extended of [65_535, 65_536]) {
        await waitFor(`a request for ${extended}`, () => asked(extended));
        send(extended);
        await waitFor(`packet ${extended}`, () => video(extended & 0xff));
        check(extended);
      }
      const seen = viewer.peer.rtp.length;
      const replayed = dropped('Replayed');
      for (const data of datagrams.slice()) TestPeer.prototype.sendRaw.call(source.peer, data);
      await waitFor('all to be refused', () => dropped('Replayed') >= replayed + arrived.length + 2);
      send(LAST + 1);
      await waitFor('the call to go on', () => video((LAST + 1) & 0xff));
      check(LAST + 1);
      assert.equal(viewer.peer.rtp.length, seen + 1);
    });
  });
});
