/** Recorded descriptions and the local side that the tests of this package negotiate for. */

import { readdirSync, readFileSync } from 'node:fs';
import type { AnswerOptions } from '../answer.js';
import type { OfferOptions } from '../offer.js';
import {
  AUDIO_CODECS,
  AUDIO_EXTENSIONS,
  OFFERED_AUDIO_EXTENSIONS,
  OFFERED_VIDEO_CODECS,
  OFFERED_VIDEO_EXTENSIONS,
  VIDEO_CODECS,
  VIDEO_EXTENSIONS,
} from '../presets.js';

const ROOT = new URL('../../fixtures/', import.meta.url);

/** @param name such as `kurento/chromium-offer` */
export function fixture(name: string): string {
  return readFileSync(new URL(`${name}.sdp`, ROOT), 'utf8');
}

export function fixtureNames(folders = ['kurento', 'peers', 'phones']): string[] {
  return folders.flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, ROOT)).map((file) => `${folder}/${file.replace(/\.sdp$/, '')}`),
  );
}

export const LOCAL_FINGERPRINT = { algorithm: 'sha-256', value: Array(32).fill('A2').join(':') };

const transport = { iceUfrag: 'ufr2', icePwd: 'password02xxxxxxxxxxxx', fingerprints: [LOCAL_FINGERPRINT] };
const audioSource = { ssrc: 1004, cname: 'local', msid: { stream: 'stream', track: 'audio' } };
const videoSource = { ssrc: 1005, rtxSsrc: 1006, cname: 'local', msid: { stream: 'stream', track: 'video' } };

export const ANSWER_OPTIONS = {
  session: { sessionId: '4000000000' },
  transport,
  audio: { codecs: AUDIO_CODECS, extensions: AUDIO_EXTENSIONS, sources: [audioSource] },
  video: { codecs: VIDEO_CODECS, extensions: VIDEO_EXTENSIONS, sources: [videoSource] },
} satisfies AnswerOptions;

export const OFFER_OPTIONS = {
  session: { sessionId: '4000000000' },
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
} satisfies OfferOptions;
