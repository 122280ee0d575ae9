import assert from 'node:assert/strict';
import { DataChannelPeer } from '@rivero/sctp';
import {
  AUDIO_CODECS,
  AUDIO_EXTENSIONS,
  applyAnswer,
  createAnswer,
  createOffer,
  OFFERED_AUDIO_EXTENSIONS,
  OFFERED_VIDEO_CODECS,
  OFFERED_VIDEO_EXTENSIONS,
  parseSessionDescription,
  SdpError,
  VIDEO_CODECS,
  VIDEO_EXTENSIONS,
} from '@rivero/sdp';
import { descriptions, samples } from './corpus.js';
import { mutate, mutateText } from './mutate.js';
import { Random } from './random.js';
import type { FuzzRun, FuzzTarget } from './target.js';

const knownSctp = samples('sctp');

/** Packets of a peer that is connected: right tag, no checksum as was agreed, nonsense behind. */
const sctp: FuzzTarget = {
  name: 'sctp',
  lifetime: 200,
  input: (random) => mutate(random, knownSctp),
  open(): FuzzRun {
    const random = new Random(1);
    const make = (role: 'client' | 'server'): DataChannelPeer =>
      new DataChannelPeer({ role, localPort: 5000, remotePort: 5000, randomBytes: (n) => random.bytes(n) });
    const [client, server] = [make('client'), make('server')];
    let now = 0;
    let tag = new Uint8Array(4);
    client.start(now);
    server.start(now);
    for (let i = 0; i < 8; i++) {
      for (const packet of client.takeOutgoing(now)) {
        tag = packet.slice(4, 8);
        server.handlePacket(now, packet);
      }
      for (const packet of server.takeOutgoing(now)) client.handlePacket(now, packet);
      now += 10;
    }
    assert.equal(server.state, 'connected');
    const channel = server.open(now, { label: 'fuzz' });
    return {
      take(input) {
        now += 7;
        server.handlePacket(now, input);
        const known = Uint8Array.from(input);
        known.set([0x13, 0x88, 0x13, 0x88, ...tag, 0, 0, 0, 0].slice(0, known.length));
        server.handlePacket(now, known);
        if (server.state === 'connected' && server.channel(channel)?.state === 'open')
          server.send(now, channel, 'x');
        if (server.nextTimeout() <= now) server.handleTimeout(now);
        const answers = server.takeOutgoing(now);
        assert.ok(answers.length <= 64, `${answers.length} packets for two`);
        server.takeEvents();
        const statistics = server.statistics();
        if (statistics !== undefined) assert.ok(statistics.localWindow >= 0);
      },
    };
  },
};

const FINGERPRINT = { algorithm: 'sha-256', value: Array(32).fill('A2').join(':') };
const transport = { iceUfrag: 'ufr2', icePwd: 'password02xxxxxxxxxxxx', fingerprints: [FINGERPRINT] };
const audioSource = { ssrc: 1004, cname: 'local', msid: { stream: 'stream', track: 'audio' } };
const videoSource = { ssrc: 1005, rtxSsrc: 1006, cname: 'local', msid: { stream: 'stream', track: 'video' } };
const session = { sessionId: '4000000000' };
const knownDescriptions = descriptions();

/** Text that is refused with the documented error, or answered in text that can be read. */
const sdp: FuzzTarget = {
  name: 'sdp',
  lifetime: 0,
  input: (random) => Buffer.from(mutateText(random, knownDescriptions, 30_000)),
  open(): FuzzRun {
    const offer = createOffer({
      session,
      transport,
      media: [
        { kind: 'audio', codecs: AUDIO_CODECS, extensions: OFFERED_AUDIO_EXTENSIONS, source: audioSource },
        {
          kind: 'video',
          codecs: OFFERED_VIDEO_CODECS,
          extensions: OFFERED_VIDEO_EXTENSIONS,
          source: videoSource,
        },
        { kind: 'application', sctpPort: 5000 },
      ],
    }).description;
    const orRefused = <T>(read: () => T): T | undefined => {
      try {
        return read();
      } catch (error) {
        if (error instanceof SdpError) return undefined;
        throw error;
      }
    };
    return {
      take(input) {
        const text = Buffer.from(input).toString();
        const read = orRefused(() => parseSessionDescription(text));
        if (read !== undefined) {
          const answer = createAnswer(read, {
            session,
            transport,
            audio: { codecs: AUDIO_CODECS, extensions: AUDIO_EXTENSIONS, sources: [audioSource] },
            video: { codecs: VIDEO_CODECS, extensions: VIDEO_EXTENSIONS, sources: [videoSource] },
            data: {},
            maxTransports: 3,
          });
          assert.equal(parseSessionDescription(answer.text).media.length, read.media.length);
        }
        const applied = orRefused(() => applyAnswer(offer, text));
        if (applied !== undefined) assert.equal(applied.session.media.length, offer.media.length);
      },
    };
  },
};

export const sessionTargets: readonly FuzzTarget[] = [sctp, sdp];
