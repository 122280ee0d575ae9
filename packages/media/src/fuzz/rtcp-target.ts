import assert from 'node:assert/strict';
import { Descriptor, PacketEngine, PacketKind } from '@rivero/packet-engine';
import {
  type AnswerMedia,
  createRtpAnswer,
  parseSessionDescription,
  RTP_AUDIO_CODECS,
  RTP_VIDEO_CODECS,
} from '@rivero/sdp';
import { Scheduler } from '../runtime/scheduler.js';
import { Forwarder } from '../streams/forwarder.js';
import { RtpSession } from '../streams/rtp-session.js';
import { buildRtp } from '../test-support/test-peer.js';
import { repairRtcp } from './byte-targets.js';
import { samples } from './corpus.js';
import { mutate } from './mutate.js';
import { Random } from './random.js';
import type { FuzzRun, FuzzTarget } from './target.js';

const known = samples('rtcp');

/** Opened often. */
const SMALL = { slots: 256, maxSessions: 4, maxConsumers: 16, maxCommands: 1024 };
const PEER = '192.0.2.1';
const PORT = 1000;
/** Of the peer's stream, and of the one that it gets: as in the samples. */
const THEIRS = 1111;
const OURS = 2222;

const OFFER = [
  'v=0\no=- 0 0 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=video 5000 RTP/AVPF 96',
  'a=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack\na=rtcp-fb:96 nack pli\na=rtcp-fb:96 ccm fir\na=rtcp-fb:96 goog-remb\na=rtcp-mux\n',
].join('\n');

/** What a session with a stream in each direction makes of RTCP, half of which has a right length. */
export const rtcpInput: FuzzTarget = {
  name: 'rtcp-input',
  lifetime: 5000,
  input: (random) => mutate(random, known),
  open(): FuzzRun {
    const random = new Random(1);
    let now = 0;
    const scheduler = new Scheduler(() => now);
    const engine = new PacketEngine({ ...SMALL, onBatch: (count) => distribute(count) });
    const forwarder = new Forwarder(engine);
    const socket = engine.addVirtualSocket(4);
    const session = engine.addSession();
    engine.setPlain(session);
    engine.allowRemote(session, socket, PEER, PORT);
    engine.setRemote(session, socket, PEER, PORT);
    const rtp = new RtpSession(engine, forwarder, scheduler, {
      session,
      cname: 'fuzz',
      randomBytes: (count) => random.bytes(count),
      listener: { trackChanged: () => {}, peerActive: () => {}, codecIncompatible: () => {} },
    });
    const distribute = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const at = i * Descriptor.Stride;
        const { descriptors } = engine;
        if (descriptors[at + Descriptor.Kind] === PacketKind.Rtp) rtp.onRtp(descriptors, at, now);
        else if (descriptors[at + Descriptor.Kind] === PacketKind.Rtcp) {
          rtp.onRtcp(descriptors[at + Descriptor.Slot]!, descriptors[at + Descriptor.Length]!, now);
        }
      }
      forwarder.endBatch();
      rtp.onBatchEnd(now);
    };
    const none: AnswerMedia = { codecs: RTP_AUDIO_CODECS, sources: [] };
    const { session: agreed } = createRtpAnswer(parseSessionDescription(OFFER), {
      session: { sessionId: '1' },
      address: { family: 4, address: '192.0.2.2' },
      sdes: { key: () => new Uint8Array() },
      audio: none,
      video: { codecs: RTP_VIDEO_CODECS, sources: [{ ssrc: OURS, cname: 'fuzz' }] },
      transport: () => ({ port: 6000 }),
    });
    const { receive, send } = rtp.setMedia(agreed.media[0]!);
    send!.setOrigin(receive);
    rtp.ready();
    let sequence = 0;
    return {
      take(input) {
        now += 20;
        sequence++;
        const payload = Uint8Array.of(0x10, sequence % 10 === 1 ? 0 : 1, 7, 7);
        const media = { payloadType: 96, marker: true, sequence, timestamp: sequence * 3000, ssrc: THEIRS };
        engine.receiveVirtual(socket, PEER, PORT, [buildRtp({ ...media, payload })]);
        const before = send!.packetsSent;
        engine.receiveVirtual(socket, PEER, PORT, [
          input,
          repairRtcp(input),
          nackFor(send!.highestSent - ((input[0] ?? 0) & 63), input),
        ]);
        // Each sequence number at most once a round trip, out of a history that is bounded.
        assert.ok(send!.packetsSent - before <= 512, `${send!.packetsSent - before} packets for three`);
        rtp.onTime(now);
        for (const { rttMs } of [rtp, send!.statistics])
          assert.ok(Number.isFinite(rttMs), `round trip ${rttMs}`);
        assert.ok(rtp.streams.size <= 64);
      },
      close() {
        rtp.close();
        scheduler.close();
        engine.close();
      },
    };
  },
};

/** A receiver report and a NACK (RFC 4585 section 6.2.1) from a sequence number on, with a mask out of the input. */
function nackFor(sequence: number, input: Uint8Array): Uint8Array {
  const data = Buffer.from('80c9000100000000' + '81cd00030000000000000000' + '00000000', 'hex');
  data.writeUInt32BE(THEIRS, 4);
  data.writeUInt32BE(THEIRS, 12);
  data.writeUInt32BE(OURS, 16);
  data.writeUInt16BE(sequence & 0xffff, 20);
  data.set(input.slice(1, 3), 22);
  return data;
}
