import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { DependencyDescriptorReader, RtcpWriter } from '@rivero/rtp';
import { announcedSsrcs, call, type TestCall } from '../test-support/call.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import type { RtpPacket } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';

const AV1 = { name: 'AV1' };
const H264 = { name: 'H264', fmtp: 'packetization-mode=1;profile-level-id=42e01f' };
/** Id of the descriptor as the source and as a viewer negotiate it. */
const SOURCE = 12;
const VIEWER = 9;
/** Two spatial and two temporal layers: what libwebrtc attaches to key frames of L2T2 and L2T2_KEY. */
const STRUCTURES = {
  L2T2: '8003187afaf130a0a014d138230460086422222640',
  L2T2_KEY: '8003187afa0100a0a014d1413451802190888a1900',
};
/** Layers and templates of two pictures in turn: [spatial, temporal, template]. */
const PICTURES = [
  [
    [0, 0, 1],
    [1, 0, 4],
  ],
  [
    [0, 1, 2],
    [1, 1, 5],
  ],
] as const;
/** A key picture. */
const KEY_PICTURE = [
  [0, 0, 0],
  [1, 0, 3],
] as const;

interface Frame {
  spatial: number;
  temporal: number;
  number: number;
  start: boolean;
  end: boolean;
}

/** What a packet's descriptor says; the layer stands in the payload, for the test. */
function frameOf(packet: RtpPacket): Frame | undefined {
  const element = packet.extensions.get(VIEWER);
  if (element === undefined || packet.payload.length < 7) return undefined;
  return {
    spatial: packet.payload[6]! >> 3,
    temporal: packet.payload[6]! & 7,
    number: (element[1]! << 8) | element[2]!,
    start: (element[0]! & 0x80) !== 0,
    end: (element[0]! & 0x40) !== 0,
  };
}

describe('layers that a dependency descriptor tells of', () => {
  afterEach(() => {
    for (const timer of timers.splice(0)) clearInterval(timer);
  });
  const harness = sharedWorker();
  let pipeline: string;
  const timers: NodeJS.Timeout[] = [];

  async function source(codec: { name: string; fmtp?: string } = AV1): Promise<TestCall> {
    const made = await call(harness, pipeline, {
      direction: 'sendonly',
      audio: false,
      codec,
      descriptor: SOURCE,
    });
    return made;
  }

  async function viewerOf(
    from: TestCall,
    descriptor?: number,
    codec: { name: string; fmtp?: string } = AV1,
  ): Promise<TestCall> {
    const made = await call(harness, pipeline, {
      direction: 'recvonly',
      audio: false,
      codec,
      ...(descriptor !== undefined && { descriptor }),
    });
    await harness.invoke(from.endpoint, 'connect', { sink: made.endpoint });
    return made;
  }

  /** Sends pictures of two frames of two packets each; a key picture when asked. @param first frame number */
  function send({ peer }: TestCall, mode: keyof typeof STRUCTURES, first: number): void {
    const structure = Buffer.from(STRUCTURES[mode], 'hex');
    let sequence = 1000;
    let frame = first;
    let picture = 0;
    let plis = -1;
    const sendPicture = (): void => {
      const asked = peer.rtcp.filter(({ type }) => type === 'PLI').length;
      const key = asked > plis;
      plis = asked;
      // The key picture is the first of a pair: patterns begin anew.
      picture = key ? 0 : picture + 1;
      for (const [spatial, temporal, template] of key ? KEY_PICTURE : PICTURES[picture % 2]!) {
        for (const start of [true, false]) {
          const attached = template === 0 && start;
          const flags = (start ? 0x80 : 0x40) | template;
          const element = Uint8Array.from([
            flags,
            (frame >> 8) & 0xff,
            frame & 0xff,
            ...(attached ? structure : []),
          ]);
          // Aggregation header and OBU: N and a sequence header begin a coded video sequence.
          const payload = new Uint8Array(spatial === 0 ? 60 : 900);
          payload.set(attached ? [0x18, 0x0a] : [0x10, 0x32]);
          payload[6] = spatial * 8 + temporal;
          peer.sendRtp({
            payloadType: 96,
            marker: !start && spatial === 1,
            sequence: sequence++,
            timestamp: (first + frame - spatial) * 1500,
            ssrc: 2222,
            payload,
            extensions: new Map([[SOURCE, element]]),
          });
        }
        frame++;
      }
    };
    timers.push(setInterval(sendPicture, 20));
  }

  const bound = (viewer: TestCall, spatial: number, temporal: number): Promise<unknown> =>
    Promise.all([
      harness.invoke(viewer.endpoint, 'setMaxSpatialLayer', { maxSpatialLayer: spatial }),
      harness.invoke(viewer.endpoint, 'setMaxTemporalLayer', { maxTemporalLayer: temporal }),
    ]);

  /** Numbers without gaps; frames ascend; one marker, at the end of each picture. */
  function assertContinuous(packets: readonly RtpPacket[]): void {
    for (const [index, packet] of packets.entries()) {
      if (index === 0) continue;
      const before = packets[index - 1]!;
      assert.equal(packet.sequence, (before.sequence + 1) & 0xffff, `sequence at ${index}`);
      const step = (frameOf(packet)!.number - frameOf(before)!.number) & 0xffff;
      assert.ok(step < 0x8000 && step > 0 === frameOf(packet)!.start, `frame at ${index}`);
      assert.equal(before.marker, packet.timestamp !== before.timestamp, `marker at ${index}`);
    }
  }

  const lately = (packets: readonly RtpPacket[], spatial: number, temporal: number): boolean => {
    const recent = packets.slice(-24).map(frameOf);
    return (
      packets.length > 40 &&
      Math.max(...recent.map((frame) => frame!.spatial)) === spatial &&
      Math.max(...recent.map((frame) => frame!.temporal)) === temporal
    );
  };

  for (const mode of ['L2T2', 'L2T2_KEY'] as const) {
    test(`${mode}: viewers get what they may have, with numbers that go on`, async () => {
      pipeline = await harness.create('MediaPipeline', null);
      const from = await source();
      // Numbers wrap.
      send(from, mode, 65_500);
      const viewer = await viewerOf(from, VIEWER);
      const all = await viewerOf(from, VIEWER);
      const { rtp } = viewer.peer;
      await waitFor('all layers', () => lately(rtp, 1, 1));
      await bound(viewer, 1, 0);
      await waitFor('fewer pictures', () => lately(rtp, 1, 0));
      await bound(viewer, 0, 1);
      await waitFor('the small picture', () => lately(rtp, 0, 1), 10_000);
      await bound(viewer, 0, 0);
      await waitFor('the least', () => lately(rtp, 0, 0));
      await bound(viewer, -1, -1);
      await waitFor('all layers again', () => lately(rtp, 1, 1), 15_000);
      const count = rtp.length;
      await waitFor('it to go on', () => rtp.length > count + 80);
      assertContinuous(rtp);
      assertContinuous(all.peer.rtp);
      // No freeze at a change: every other picture may be left out.
      for (const [index, { timestamp }] of rtp.entries()) {
        const elapsed = index === 0 ? 0 : (timestamp - rtp[index - 1]!.timestamp) | 0;
        assert.ok(elapsed <= 2 * 3000, `pause at ${index}`);
      }
      const lower = rtp.slice(-40).filter((packet) => frameOf(packet)!.spatial === 0);
      assert.equal(lower.length > 0, mode === 'L2T2', 'nobody needs the lower layer of key-only prediction');
    });
  }

  test('a viewer is told which decode targets it gets, at each frame, and so when it gets all again', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const from = await source();
    send(from, 'L2T2', 65_500);
    const viewer = await viewerOf(from, VIEWER);
    const all = await viewerOf(from, VIEWER);
    const [ssrc, rtxSsrc] = announcedSsrcs(viewer.answer, 'video');
    const { rtp } = viewer.peer;
    const media = (): RtpPacket[] => rtp.filter((packet) => packet.ssrc === ssrc);
    const reader = new DependencyDescriptorReader();
    let read = 0;
    /** Masks as a receiver knows them after each packet that came since, and whether each start of a frame told of one. */
    const masks = (): { mask: number; told: boolean; start: boolean }[] => {
      const fresh = media().slice(read);
      read += fresh.length;
      return fresh.map(({ extensions }) => {
        const element = extensions.get(VIEWER)!;
        assert.ok(reader.parse(element, 0, element.length));
        return { mask: reader.activeTargets, told: reader.activeTargetsTold, start: reader.startOfFrame };
      });
    };
    const seen: ReturnType<typeof masks> = [];
    const step = async (spatial: number, temporal: number, expected: number): Promise<void> => {
      await bound(viewer, spatial, temporal);
      const layers = [spatial < 0 ? 1 : spatial, temporal < 0 ? 1 : temporal] as const;
      const arrived = (): boolean => {
        seen.push(...masks());
        return lately(media(), ...layers) && seen.slice(-8).every(({ mask }) => mask === expected);
      };
      await waitFor(`the layers ${layers.join()}`, arrived, 15_000);
      assert.ok(seen.slice(-8).every(({ start, told }) => start === told));
    };
    // Decode targets of libwebrtc's L2T2: S0T0, S0T1, S1T0, S1T1.
    await step(1, 0, 0b0101);
    await step(0, 1, 0b0011);
    // What is sent again tells the same.
    const missed = media().findLast(({ extensions }) => (extensions.get(VIEWER)![0]! & 0x80) !== 0)!;
    const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) =>
      viewer.peer.sendRtcp(buffer.slice(0, length)),
    );
    writer.begin(99, Buffer.from('viewer'));
    writer.nack(ssrc! | 0, [missed.sequence], 1);
    writer.finish();
    const resent = (packet: RtpPacket): boolean =>
      packet.ssrc === rtxSsrc && ((packet.payload[0]! << 8) | packet.payload[1]!) === missed.sequence;
    await waitFor('the packet again', () => rtp.some(resent));
    assert.deepEqual([...rtp.find(resent)!.extensions.get(VIEWER)!], [...missed.extensions.get(VIEWER)!]);
    assert.ok(missed.extensions.get(VIEWER)!.length > 3);
    await step(0, 0, 0b0001);
    await step(-1, -1, 0b1111);
    // Who always had everything gets what the sender wrote.
    for (const packet of all.peer.rtp) {
      const { length } = packet.extensions.get(VIEWER)!;
      assert.ok(length === 3 || length === 3 + STRUCTURES.L2T2.length / 2);
    }
  });

  test('frame numbers go on over a change of the source, also in what is sent again', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const first = await source();
    const second = await source();
    send(first, 'L2T2', 40_000);
    send(second, 'L2T2', 300);
    const viewer = await viewerOf(first, VIEWER);
    const [ssrc, rtxSsrc] = announcedSsrcs(viewer.answer, 'video');
    const { rtp } = viewer.peer;
    await waitFor('the first source', () => lately(rtp, 1, 1));
    const last = rtp.length;
    await harness.invoke(second.endpoint, 'connect', { sink: viewer.endpoint });
    await waitFor('the second one', () => rtp.length > last + 60);
    assertContinuous(rtp);
    const missed = rtp.at(-1)!;
    const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) =>
      viewer.peer.sendRtcp(buffer.slice(0, length)),
    );
    writer.begin(99, Buffer.from('viewer'));
    writer.nack(ssrc! | 0, [missed.sequence], 1);
    writer.finish();
    await waitFor('the packet again', () => rtp.some((packet) => packet.ssrc === rtxSsrc));
    const again = rtp.find((packet) => packet.ssrc === rtxSsrc)!;
    assert.equal((again.payload[0]! << 8) | again.payload[1]!, missed.sequence);
    assert.deepEqual([...again.extensions.get(VIEWER)!], [...missed.extensions.get(VIEWER)!]);
  });

  test('lastN: who is left out and comes again goes on with its layers, without gaps', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const speaker = await source();
    const other = await source();
    send(speaker, 'L2T2_KEY', 100);
    send(other, 'L2T2_KEY', 5000);
    const viewer = await viewerOf(other, VIEWER);
    const { rtp } = viewer.peer;
    await bound(viewer, 1, 0);
    await waitFor('fewer pictures', () => lately(rtp, 1, 0));
    await harness.invoke(pipeline, 'setLastN', { lastN: 1 });
    await waitFor('the event', () => harness.eventsOf(pipeline, 'LastNChanged').length > 0);
    assert.deepEqual(harness.eventsOf(pipeline, 'LastNChanged').at(-1)!.forwarded, [speaker.endpoint]);
    const ahead = speaker.peer.rtcp.length;
    await waitFor('the pause', () => speaker.peer.rtcp.length > ahead + 1);
    const stopped = rtp.length;
    await harness.invoke(other.endpoint, 'setPinned', { pinned: true });
    await waitFor('it to go on', () => rtp.length > stopped + 60);
    assert.equal(frameOf(rtp[stopped]!)!.spatial, 0, 'at a key picture');
    assert.ok(lately(rtp, 1, 0));
    assertContinuous(rtp);
  });

  test('a viewer without the extension gets the lowest spatial layer of AV1, all it can decode', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const from = await source();
    send(from, 'L2T2', 1000);
    const viewer = await viewerOf(from);
    const { rtp } = viewer.peer;
    const small = (): boolean =>
      rtp.length > 30 && rtp.slice(-20).every(({ payload }) => payload[6]! >> 3 === 0);
    await waitFor('the lowest layer', small, 10_000);
    assert.ok(rtp.every(({ extensions }) => !extensions.has(VIEWER) && !extensions.has(SOURCE)));
    for (const [index, packet] of rtp.slice(-20).entries()) {
      const before = rtp.at(index - 21)!;
      assert.equal(packet.sequence, (before.sequence + 1) & 0xffff);
      assert.equal(before.marker, packet.timestamp !== before.timestamp);
    }
  });

  test('H.264 without a descriptor: pictures that no other refers to are left out', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const from = await source(H264);
    let picture = 0;
    let plis = -1;
    timers.push(
      setInterval(() => {
        const asked = from.peer.rtcp.filter(({ type }) => type === 'PLI').length;
        const key = asked > plis;
        plis = asked;
        picture = key ? 0 : picture + 1;
        const payload = new Uint8Array(300).fill(0x80);
        payload[0] = key ? 0x65 : picture % 2 === 1 ? 0x01 : 0x41;
        const sequence = from.peer.rtp.length + sent++;
        from.peer.sendRtp({
          payloadType: 96,
          marker: true,
          sequence,
          timestamp: sent * 1800,
          ssrc: 2222,
          payload,
        });
      }, 20),
    );
    let sent = 5000;
    const viewer = await viewerOf(from, undefined, H264);
    const { rtp } = viewer.peer;
    const none = (packet: RtpPacket): boolean => packet.payload[0] === 0x01;
    await waitFor('all pictures', () => rtp.length > 20 && rtp.slice(-8).some(none));
    await harness.invoke(viewer.endpoint, 'setMaxTemporalLayer', { maxTemporalLayer: 0 });
    await waitFor('half of them', () => rtp.length > 30 && !rtp.slice(-12).some(none), 10_000);
    await harness.invoke(viewer.endpoint, 'setMaxTemporalLayer', { maxTemporalLayer: -1 });
    await waitFor('all again', () => rtp.slice(-8).some(none), 10_000);
    for (const [index, packet] of rtp.entries()) {
      if (index > 0) assert.equal(packet.sequence, (rtp[index - 1]!.sequence + 1) & 0xffff);
    }
  });
});
