import type { MediaDescription } from './model.js';

/** Characters (RFC 8839 section 5.4): 24 and 128 random bits. What is shorter could be guessed. */
const MIN_UFRAG = 4;
const MIN_PWD = 22;

/** Why connectivity checks can't be made with what an m-line says, if so. */
export function credentialsRefusal({
  iceUfrag,
  icePwd,
}: Pick<MediaDescription, 'iceUfrag' | 'icePwd'>): string | undefined {
  if (iceUfrag === undefined || icePwd === undefined) return 'has no ICE credentials';
  if (iceUfrag.length < MIN_UFRAG || icePwd.length < MIN_PWD)
    return `has ICE credentials of less than ${MIN_UFRAG} and ${MIN_PWD} characters`;
  return undefined;
}
