import {
  AUDIO_CODECS,
  AUDIO_EXTENSIONS,
  createAnswer,
  createOffer,
  OFFERED_AUDIO_EXTENSIONS,
  OFFERED_VIDEO_CODECS,
  OFFERED_VIDEO_EXTENSIONS,
  parseSessionDescription,
  VIDEO_CODECS,
  VIDEO_EXTENSIONS,
} from '@rivero/sdp';

/** Enough for the compiler to have seen what matters; longer brings little. */
const TIME_MS = 150;

/**
 * Runs the longest code path of a call's set-up, offer and answer, before the worker says that it is ready: the first
 * callers after a start would otherwise wait for the compiler.
 */
export function warmUp(): void {
  const fingerprints = [{ algorithm: 'sha-256', value: Array(32).fill('00').join(':') }];
  const transport = { iceUfrag: 'warm', icePwd: 'warmwarmwarmwarmwarmwarm', fingerprints };
  const session = { sessionId: '1' };
  const source = (ssrc: number) => ({ ssrc, cname: 'warm' });
  const end = performance.now() + TIME_MS;
  while (performance.now() < end) {
    const { text } = createOffer({
      session,
      transport,
      media: [
        { kind: 'audio', codecs: AUDIO_CODECS, extensions: OFFERED_AUDIO_EXTENSIONS, source: source(1) },
        {
          kind: 'video',
          codecs: OFFERED_VIDEO_CODECS,
          extensions: OFFERED_VIDEO_EXTENSIONS,
          source: source(2),
        },
      ],
    });
    createAnswer(parseSessionDescription(text), {
      session,
      transport,
      audio: { codecs: AUDIO_CODECS, extensions: AUDIO_EXTENSIONS, sources: [source(3)] },
      video: { codecs: VIDEO_CODECS, extensions: VIDEO_EXTENSIONS, sources: [source(4)] },
    });
  }
}
