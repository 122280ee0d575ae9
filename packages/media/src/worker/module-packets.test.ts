import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { RtcpWriter } from '@rivero/rtp';
import { announcedSsrcs, call, type TestCall } from '../test-support/call.js';
import { DataPeer, joinWithData } from '../test-support/data-peer.js';
import { RtpPeer } from '../test-support/rtp-peer.js';
import type { TestOffer } from '../test-support/session-descriptions.js';
import { vp8Continuation, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { waitFor } from '../test-support/wait-for.js';

const MODULE = new URL('../test-support/packet-module/index.js', import.meta.url).href;
const SSRC = 2222;

describe('a module that works on RTP packets between two peers', {
  skip: isGraphEngineBuilt() ? false : 'needs GStreamer',
}, () => {
  const harness = sharedWorker({}, [MODULE]);
  let pipeline: string;

  beforeEach(async () => {
    pipeline = await harness.create('MediaPipeline', null);
  });
  async function join(offer: TestOffer = {}): Promise<TestCall> {
    const made = await call(harness, pipeline, offer);
    return made;
  }

  async function through(...elements: string[]): Promise<{ presenter: TestCall; viewer: TestCall }> {
    const [presenter, viewer] = [await join(), await join({ direction: 'recvonly' })];
    const chain = [presenter.endpoint, ...elements, viewer.endpoint];
    for (const [i, sink] of chain.slice(1).entries()) await harness.invoke(chain[i]!, 'connect', { sink });
    return { presenter, viewer };
  }

  const create = (type: string, does = ''): Promise<string> => harness.create(type, pipeline, { does });

  function sendVideo({ peer }: TestCall, sequence: number, payload: Uint8Array, ssrc = SSRC): void {
    peer.sendRtp({ payloadType: 96, marker: true, sequence, timestamp: sequence * 3000, ssrc, payload });
  }

  /** Somebody waits for a key frame. */
  async function asked(presenter: TestCall): Promise<void> {
    sendVideo(presenter, 0, vp8Payload(false));
    await waitFor('a key frame request', () => presenter.peer.rtcp.some(({ type }) => type === 'PLI'));
  }

  /** A key frame that has come through, sent until then; the packets after it count from 2. */
  async function begun({ presenter, viewer }: { presenter: TestCall; viewer: TestCall }): Promise<void> {
    await asked(presenter);
    sendVideo(presenter, 1, vp8Payload(true));
    await waitFor('the key frame', () => viewer.peer.rtp.length >= 1);
  }

  const numbersOf = ({ viewer }: { viewer: TestCall }): number[] =>
    viewer.peer.rtp.map(({ sequence }) => (sequence - viewer.peer.rtp[0]!.sequence) & 0xffff);
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

  test('a module sees packets as they are, and they go on as they came', async () => {
    const sorter = await create('Sorter');
    const both = await through(sorter);
    await begun(both);
    for (let i = 2; i <= 20; i++) sendVideo(both.presenter, i, vp8Continuation());
    const { rtp } = both.viewer.peer;
    await waitFor('twenty packets', () => rtp.length === 20);
    const [ssrc] = announcedSsrcs(both.viewer.answer, 'video');
    assert.equal(rtp[0]!.ssrc, ssrc);
    assert.deepEqual(numbersOf(both), upTo(20));
    assert.deepEqual(Buffer.from(rtp[0]!.payload), Buffer.from(vp8Payload(true)));
    const last = JSON.parse(await harness.invoke<string>(sorter, 'show'));
    assert.deepEqual(
      [last.kind, last.codec, last.clockRate, last.marker, last.keyFrame, last.length],
      ['video', 'VP8', 90_000, true, false, vp8Continuation().length],
    );
    assert.equal(await harness.invoke(sorter, 'count'), 20);
    await waitFor(
      'the flow to be told',
      () => harness.eventsOf(sorter, 'MediaFlowOutStateChanged').length > 0,
    );
    const [statistics] = Object.values(await harness.invoke<Record<string, object>>(sorter, 'getStats', {}));
    const { framesIn, framesOut, framesDropped } = statistics as Record<string, number>;
    assert.deepEqual([framesIn, framesOut, framesDropped], [20, 20, 0]);
    // Packets of both kinds are counted together.
    for (const [mediaType, records] of [
      ['AUDIO', 1],
      ['VIDEO', 1],
      ['DATA', 0],
    ] as const) {
      const asked = await harness.invoke<Record<string, object>>(sorter, 'getStats', { mediaType });
      assert.equal(Object.keys(asked).length, records, mediaType);
    }
  });

  test('sound passes, with its levels; so does an answer that comes later', async () => {
    const sorter = await create('Sorter', 'later');
    const { presenter, viewer } = await through(sorter);
    const level = new Map([[1, Buffer.from([55])]]);
    const sent = () =>
      presenter.peer.sendRtp({
        payloadType: 111,
        marker: false,
        sequence: sequence++,
        timestamp: sequence * 960,
        ssrc: 1111,
        payload: Buffer.from([1, 2, 3]),
        extensions: level,
      });
    let sequence = 1;
    await waitFor('sound', () => {
      sent();
      return viewer.peer.rtp.length >= 3;
    });
    const [first] = viewer.peer.rtp;
    assert.deepEqual([first!.payloadType, Buffer.from(first!.payload)], [111, Buffer.from([1, 2, 3])]);
    assert.deepEqual([...first!.extensions.get(1)!], [55]);
    const last = JSON.parse(await harness.invoke<string>(sorter, 'show'));
    assert.deepEqual([last.kind, last.codec, last.clockRate], ['audio', 'opus', 48_000]);
  });

  test('packets that are left out leave no gap, also between those that come late', async () => {
    const both = await through(await create('Sorter', 'third'));
    await begun(both);
    // 5 is lost, requested, and comes late: it is the ninth packet that the module sees, and left out.
    for (const i of [2, 3, 4, 6, 7, 8, 9]) sendVideo(both.presenter, i, vp8Continuation());
    const { rtcp } = both.presenter.peer;
    await waitFor('a NACK', () => rtcp.some(({ type, sequence }) => type === 'NACK' && sequence === 5));
    const payload = Buffer.concat([Buffer.from([0, 5]), vp8Continuation()]);
    const again = { payloadType: 97, marker: false, sequence: 500, timestamp: 15_000, ssrc: 3333, payload };
    both.presenter.peer.sendRtp(again);
    sendVideo(both.presenter, 10, vp8Continuation());
    await waitFor('eight packets', () => both.viewer.peer.rtp.length === 8);
    assert.deepEqual(
      numbersOf(both).sort((a, b) => a - b),
      upTo(8),
    );
    assert.equal(both.viewer.peer.rtp.filter(({ payload: { length } }) => length === 0).length, 1);
  });

  test('packets of its own go out in between, and from a method', async () => {
    const sorter = await create('Sorter', 'double');
    const both = await through(sorter);
    assert.equal(await harness.invoke(sorter, 'send', { text: 'early' }), false);
    await asked(both.presenter);
    for (let i = 1; i <= 5; i++) sendVideo(both.presenter, i, vp8Payload(true));
    const { rtp } = both.viewer.peer;
    await waitFor('packets', () => rtp.length >= 9);
    assert.equal(await harness.invoke(sorter, 'send', { text: 'hello' }), true);
    await waitFor('its packet', () => Buffer.from(rtp.at(-1)!.payload).toString() === 'hello');
    assert.deepEqual(numbersOf(both), upTo(rtp.length));
    const key = vp8Payload(true);
    assert.deepEqual(
      rtp.slice(-4).map(({ payload }) => payload.length),
      [key.length, key.length + 1, key.length, 5],
    );
  });

  test('payload, marker and time can be changed; a payload that is too large is refused', async () => {
    const sorter = await create('Sorter', 'grow');
    const both = await through(sorter);
    await begun(both);
    sendVideo(both.presenter, 2, vp8Continuation());
    await waitFor('two packets', () => both.viewer.peer.rtp.length === 2);
    const [first, second] = both.viewer.peer.rtp;
    assert.deepEqual(Buffer.from(second!.payload), Buffer.concat([vp8Continuation(), Buffer.alloc(50, 9)]));
    assert.deepEqual([second!.marker, (second!.timestamp - first!.timestamp) >>> 0], [false, 3000]);
    const refusing = await create('Sorter', 'tooLarge');
    const other = await through(refusing);
    await begun(other);
    await waitFor('the Error', () => harness.eventsOf(refusing, 'Error').length > 0);
    assert.match(
      String(harness.eventsOf(refusing, 'Error')[0]!.description),
      /1401 bytes is larger than 1400/,
    );
    assert.deepEqual(Buffer.from(other.viewer.peer.rtp[0]!.payload), Buffer.from(vp8Payload(true)));
  });

  test('what one makes unreadable another makes readable; key frames are found and asked for', async () => {
    const [sealer, opener] = [await create('Sealer'), await create('Opener')];
    const both = await through(sealer, opener);
    await begun(both);
    for (let i = 2; i <= 10; i++) sendVideo(both.presenter, i, vp8Continuation());
    const { rtp } = both.viewer.peer;
    await waitFor('ten packets', () => rtp.length === 10);
    assert.deepEqual(Buffer.from(rtp[0]!.payload), Buffer.from(vp8Payload(true)));
    assert.deepEqual(Buffer.from(rtp[9]!.payload), Buffer.from(vp8Continuation()));
    // A viewer that comes later gets a key frame, which has to be asked for, of what is between them, too.
    const late = await join({ direction: 'recvonly' });
    const pli = (): number => both.presenter.peer.rtcp.filter(({ type }) => type === 'PLI').length;
    const before = pli();
    await harness.invoke(sealer, 'connect', { sink: late.endpoint });
    await waitFor('another request', () => pli() > before);
    sendVideo(both.presenter, 11, vp8Continuation());
    sendVideo(both.presenter, 12, vp8Payload(true));
    await waitFor('the key frame', () => late.peer.rtp.length > 0);
    const sealed = Buffer.from(vp8Payload(true)).map((byte) => byte ^ 0xff);
    assert.deepEqual(Buffer.from(late.peer.rtp[0]!.payload), sealed);
    assert.deepEqual([...late.peer.rtp[0]!.extensions.keys()].includes(14), false);
  });

  test('one that only looks sees all, and nothing depends on it', async () => {
    const watcher = await create('Watcher', 'hang');
    const both = await through(watcher);
    await begun(both);
    for (let i = 2; i <= 20; i++) sendVideo(both.presenter, i, vp8Continuation());
    await waitFor('twenty packets', () => both.viewer.peer.rtp.length === 20);
    let next = 21;
    // Packets do not wait for a watcher: it sees those that come when it is ready.
    await waitFor('its end', () => {
      sendVideo(both.presenter, next++, vp8Continuation());
      return harness.eventsOf(watcher, 'Error').length > 0;
    });
    const seeing = await create('Watcher');
    await harness.invoke(both.presenter.endpoint, 'connect', { sink: seeing });
    for (let attempt = 0; (await harness.invoke<number>(seeing, 'count')) === 0; attempt++) {
      assert.ok(attempt < 2000, 'no packet is seen');
      sendVideo(both.presenter, next++, vp8Payload(true));
    }
  });

  test('sources are exchanged while media flows, and several viewers get it', async () => {
    const sorter = await create('Sorter');
    const both = await through(sorter);
    await begun(both);
    const second = await join({ direction: 'recvonly' });
    await harness.invoke(sorter, 'connect', { sink: second.endpoint });
    const other = await join();
    await harness.invoke(other.endpoint, 'connect', { sink: sorter });
    await asked(other);
    sendVideo(other, 1, vp8Payload(true));
    sendVideo(other, 2, vp8Continuation());
    await waitFor('both', () => both.viewer.peer.rtp.length === 3 && second.peer.rtp.length === 2);
    assert.deepEqual(numbersOf(both), upTo(3));
    assert.equal(new Set(both.viewer.peer.rtp.map(({ ssrc }) => ssrc)).size, 1);
  });

  test('a source with another codec is followed, there and back', async () => {
    const sorter = await create('Sorter');
    const vp8 = await join();
    const vp9 = await join({ codec: { name: 'VP9', fmtp: 'profile-id=0' } });
    const last = async (): Promise<{ codec?: string; kind?: string }> =>
      JSON.parse((await harness.invoke<string>(sorter, 'show')) || '{}');
    const keyFrameOf = { VP8: vp8Payload(true), VP9: Buffer.from([0x8c, 1, 2, 3]) };
    let sequence = 1;
    for (const [source, codec] of [
      [vp8, 'VP8'],
      [vp9, 'VP9'],
      [vp8, 'VP8'],
    ] as const) {
      await harness.invoke(source.endpoint, 'connect', { sink: sorter });
      for (let attempt = 0; (await last()).codec !== codec; attempt++) {
        assert.ok(attempt < 2000, `no ${codec}`);
        sendVideo(source, sequence++, keyFrameOf[codec]);
      }
    }
  });

  test('tones of keys pass through it beside the sound', async () => {
    const sorter = await create('Sorter');
    const [from, to] = [await RtpPeer.open(), await RtpPeer.open()];
    const endpointOf = async (peer: RtpPeer): Promise<string> => {
      const offer = [
        'v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0',
        `m=audio ${peer.port} RTP/AVP 0 101\na=rtcp:${peer.rtcpPort}\na=rtpmap:101 telephone-event/8000\n`,
      ].join('\n');
      const id = await harness.create('RtpEndpoint', pipeline);
      peer.accept(await harness.invoke<string>(id, 'processOffer', { offer }), 0);
      return id;
    };
    try {
      const source = await endpointOf(from);
      await harness.invoke(sorter, 'connect', { sink: await endpointOf(to) });
      await harness.invoke(source, 'connect', { sink: sorter });
      let sequence = 1;
      const send = (payloadType: number): void => {
        const payload = new Uint8Array(payloadType === 0 ? 160 : 4).fill(1);
        const timestamp = sequence * 160;
        from.sendRtp({ payloadType, marker: false, sequence: sequence++, timestamp, ssrc: 500, payload });
      };
      await waitFor('sound', () => {
        send(0);
        return to.rtp.length > 0;
      });
      send(101);
      await waitFor('the tone', () => to.rtp.some(({ payloadType }) => payloadType === 101));
      assert.equal(JSON.parse(await harness.invoke<string>(sorter, 'show')).codec, 'telephone-event');
    } finally {
      await from.close();
      await to.close();
    }
  });

  test('a viewer bounds the bitrate of the sender behind it', async () => {
    const both = await through(await create('Sorter'));
    await begun(both);
    const bytes = remb(400_000, announcedSsrcs(both.viewer.answer, 'video')[0]!);
    both.viewer.peer.sendRtcp(bytes);
    const asked = (): number[] =>
      both.presenter.peer.rtcp.filter(({ type }) => type === 'REMB').map(({ bitrate }) => Number(bitrate));
    let sequence = 2;
    await waitFor('a REMB', () => {
      sendVideo(both.presenter, sequence++, vp8Continuation());
      both.viewer.peer.sendRtcp(bytes);
      return asked().some((bitrate) => bitrate > 300_000 && bitrate <= 400_000);
    });
  });

  test('messages of data channels are its own, too', async () => {
    const sorter = await create('Sorter');
    const [alice, bob] = await Promise.all([0, 1].map(() => joinWithData(harness, pipeline)));
    const [from, to] = [new DataPeer(alice!.peer), new DataPeer(bob!.peer)];
    try {
      await harness.invoke(alice!.endpoint, 'connect', { sink: sorter });
      await harness.invoke(sorter, 'connect', { sink: bob!.endpoint });
      const id = await from.open('chat');
      await to.open('chat');
      from.send(id, 'hello');
      await waitFor('the answer', () => to.messages.length === 1);
      assert.equal(Buffer.from(to.messages[0]!.data).toString(), 'hello, says Sorter');
    } finally {
      await from.close();
      await to.close();
    }
  });

  test('one throw is told, and the packet goes on', async () => {
    const sorter = await create('Sorter', 'throwOnce');
    const both = await through(sorter);
    await begun(both);
    for (let i = 2; i <= 4; i++) sendVideo(both.presenter, i, vp8Continuation());
    await waitFor('four packets', () => both.viewer.peer.rtp.length === 4);
    await waitFor('the Error', () => harness.eventsOf(sorter, 'Error').length > 0);
    assert.match(String(harness.eventsOf(sorter, 'Error')[0]!.description), /onPacket failed: a letter/);
  });

  for (const [does, reason] of [
    ['throw', /thrown too often/],
    ['hang', /hangs/],
    ['never', /hangs/],
    ['exit', /ended its thread/],
    ['give', /given to another thread/],
  ] as const) {
    test(`one that does '${does}' is ended: packets go past it, and other elements notice nothing`, async () => {
      const [sorter, beside] = [await create('Sorter', does), await create('Sorter')];
      const [both, other] = [await through(sorter), await through(beside)];
      await asked(both.presenter);
      const ended = (): boolean =>
        harness.eventsOf(sorter, 'Error').some(({ description }) => reason.test(String(description)));
      let sequence = 1;
      await waitFor('the end of the thread', () => {
        sendVideo(both.presenter, sequence++, vp8Payload(true));
        return ended();
      });
      const before = both.viewer.peer.rtp.length;
      await waitFor('packets to pass', () => {
        sendVideo(both.presenter, sequence++, vp8Payload(true));
        return both.viewer.peer.rtp.length > before + 3;
      });
      const late = await join({ direction: 'recvonly' });
      await harness.invoke(sorter, 'connect', { sink: late.endpoint });
      await waitFor('packets for who comes later', () => {
        sendVideo(both.presenter, sequence++, vp8Payload(true));
        return late.peer.rtp.length > 0;
      });
      await begun(other);
      assert.deepEqual(harness.eventsOf(beside, 'Error'), []);
    });
  }

  test('nothing comes from a broken one that must not let anything through', async () => {
    const sealer = await create('Sealer', 'exit');
    const both = await through(sealer);
    await asked(both.presenter);
    let sequence = 1;
    await waitFor('its end', () => {
      sendVideo(both.presenter, sequence++, vp8Payload(true));
      return harness.eventsOf(sealer, 'Error').length > 0;
    });
    for (let i = 0; i < 10; i++) sendVideo(both.presenter, sequence++, vp8Payload(true));
    // What another way brings comes after what this one would have brought.
    await harness.invoke(both.presenter.endpoint, 'connect', { sink: both.viewer.endpoint });
    await waitFor('packets to pass', () => {
      sendVideo(both.presenter, sequence++, vp8Payload(true, 333));
      return both.viewer.peer.rtp.length > 0;
    });
    assert.equal(both.viewer.peer.rtp[0]!.payload.length, 333);
  });

  test('one that is too slow drops packets, and says so', async () => {
    const sorter = await create('Sorter', 'slow');
    const both = await through(sorter);
    await begun(both);
    let sequence = 2;
    await waitFor('the event', () => {
      for (let i = 0; i < 5; i++) sendVideo(both.presenter, sequence++, vp8Continuation());
      return harness.eventsOf(sorter, 'FilterOverloaded').length > 0;
    });
    const [{ framesIn, framesDropped }] = harness.eventsOf(sorter, 'FilterOverloaded') as [
      Record<string, number>,
    ];
    assert.ok(framesDropped! > 0 && framesDropped! < framesIn!);
    assert.deepEqual(harness.eventsOf(sorter, 'Error'), []);
  });
});

function remb(bitrate: number, ssrc: number): Uint8Array {
  let bytes = new Uint8Array(0);
  const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) => {
    bytes = buffer.slice(0, length);
  });
  writer.begin(99, Buffer.from('test'));
  writer.remb(bitrate, [ssrc | 0], 1);
  writer.finish();
  return bytes;
}
