import { readFixture } from './transcript.js';

/** What two descriptions of the same session have in common, whatever codecs, keys and ports they name. */
export interface MediaShape {
  kind: string;
  protocol: string;
  refused: boolean;
  mid: string | undefined;
  direction: string | undefined;
  setup: string | undefined;
  bandwidth: string | undefined;
  ice: boolean;
  fingerprint: boolean;
  crypto: boolean;
}

/** The m-lines of a description. */
export function sdpShape(sdp: string): MediaShape[] {
  const [session = '', ...sections] = sdp.split(/^(?=m=)/m);
  return sections.map((section) => {
    const lines = section.split(/\r?\n/);
    const [, kind = '', port, protocol = ''] = /^m=(\S+) (\d+)\S* (\S+)/.exec(section) ?? [];
    const attribute = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`a=${name}:`))?.slice(name.length + 3);
    const anywhere = (name: string): boolean =>
      attribute(name) !== undefined || session.includes(`a=${name}:`);
    const refused = port === '0';
    const fingerprint = !refused && anywhere('fingerprint');
    return {
      kind,
      // The reference leaves the transport out of its offers, against RFC 8829, section 5.1.2. Peers take both.
      protocol: fingerprint && protocol === 'RTP/SAVPF' ? 'UDP/TLS/RTP/SAVPF' : protocol,
      refused,
      mid: attribute('mid'),
      // Of a refused line nothing else counts (RFC 3264, section 6).
      direction: refused
        ? undefined
        : lines.find((line) => /^a=(sendrecv|sendonly|recvonly|inactive)$/.test(line)),
      setup: refused ? undefined : attribute('setup'),
      bandwidth: refused ? undefined : lines.find((line) => line.startsWith('b=AS:')),
      ice: !refused && anywhere('ice-ufrag') && anywhere('ice-pwd'),
      fingerprint,
      crypto: !refused && attribute('crypto') !== undefined,
    };
  });
}

/** The m-lines that a recorded description has; undefined where its text was not kept. */
export function recordedShape(placeholder: string): MediaShape[] | undefined {
  const file = /^<sdp: sdp\/([\w-]+\.sdp)/.exec(placeholder)?.[1];
  return file === undefined ? undefined : sdpShape(readFixture(`sdp/${file}`));
}
