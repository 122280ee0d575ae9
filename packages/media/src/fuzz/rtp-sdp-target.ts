import assert from 'node:assert/strict';
import {
  applyRtpAnswer,
  type CryptoSuite,
  createRtpAnswer,
  createRtpOffer,
  cryptoKeyLength,
  formatSessionDescription,
  OFFERED_RTP_VIDEO_CODECS,
  parseSessionDescription,
  RTP_AUDIO_CODECS,
  RTP_VIDEO_CODECS,
  SdpError,
} from '@rivero/sdp';
import { rtpDescriptions } from './corpus.js';
import { mutateText } from './mutate.js';
import type { FuzzRun, FuzzTarget } from './target.js';

const session = { sessionId: '4000000000' };
const address = { family: 4, address: '192.0.2.2' } as const;
const source = { ssrc: 1004, cname: 'local' };
const key = (suite: CryptoSuite): Uint8Array => new Uint8Array(cryptoKeyLength(suite)).fill(7);
const SUITE = 'AES_CM_128_HMAC_SHA1_80';

const known = rtpDescriptions();

function orRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SdpError) return undefined;
    throw error;
  }
}

/** Descriptions of gateways and phones, with keys: refused with the documented error, or answered so that it can be read. */
export const rtpSdp: FuzzTarget = {
  name: 'rtp-sdp',
  lifetime: 0,
  input: (random) => Buffer.from(mutateText(random, known, 10_000)),
  open(): FuzzRun {
    const offers = [undefined, SUITE].map((suite) =>
      createRtpOffer({
        session,
        address,
        sdes: { key, ...(suite !== undefined && { suite: suite as CryptoSuite }) },
        media: [
          { kind: 'audio', codecs: RTP_AUDIO_CODECS, source, transport: { port: 5000, rtcpPort: 5001 } },
          {
            kind: 'video',
            codecs: OFFERED_RTP_VIDEO_CODECS,
            source: { ...source, ssrc: 1005 },
            transport: { port: 5002 },
          },
        ],
      }),
    );
    return {
      take(input) {
        const text = Buffer.from(input).toString();
        const read = orRefused(() => parseSessionDescription(text));
        for (const crypto of read?.media.flatMap(({ cryptos = [] }) => cryptos) ?? []) {
          for (const { key: each, mki } of [crypto, ...(crypto.furtherKeys ?? [])]) {
            assert.equal(each.length, cryptoKeyLength(crypto.suite), 'a key of another length');
            assert.equal(mki?.length, crypto.mki?.length, 'an MKI of another length');
          }
        }
        if (read !== undefined) {
          const { description } = createRtpAnswer(read, {
            session,
            address,
            sdes: { key },
            audio: { codecs: RTP_AUDIO_CODECS, sources: [source] },
            video: { codecs: RTP_VIDEO_CODECS, sources: [{ ...source, ssrc: 1005 }] },
            transport: (index, mux) => ({
              port: 6000 + 2 * index,
              ...(!mux && { rtcpPort: 6001 + 2 * index }),
            }),
          });
          const answered = parseSessionDescription(formatSessionDescription(description));
          assert.equal(answered.media.length, read.media.length);
          for (const media of answered.media) {
            const secure = /SAVP/.test(media.protocol);
            assert.ok(
              media.port === 0 || secure === (media.cryptos?.length === 1),
              'keys where, and only where, it is SRTP',
            );
          }
        }
        for (const offer of offers) {
          const applied = orRefused(() => applyRtpAnswer(offer, text));
          if (applied !== undefined) assert.ok(applied.description.media.length <= offer.media.length);
        }
      },
    };
  },
};
