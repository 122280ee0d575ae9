import { readFileSync } from 'node:fs';

const CHROMIUM = readFileSync(new URL('../../fixtures/chromium-offer.sdp', import.meta.url), 'utf8');

export interface OfferParameters {
  ufrag: string;
  pwd: string;
  /** SHA-256 */
  fingerprint: string;
}

/** An offer of audio and video as Chromium makes it, with the credentials of a peer of our own. */
export function chromiumOffer({ ufrag, pwd, fingerprint }: OfferParameters): string {
  return CHROMIUM.replaceAll(/^a=ice-ufrag:.*$/gm, `a=ice-ufrag:${ufrag}\r`)
    .replaceAll(/^a=ice-pwd:.*$/gm, `a=ice-pwd:${pwd}\r`)
    .replaceAll(/^a=fingerprint:.*$/gm, `a=fingerprint:sha-256 ${fingerprint}\r`);
}
