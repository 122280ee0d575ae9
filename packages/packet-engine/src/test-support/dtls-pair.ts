import { DtlsCertificate } from '../dtls-certificate.js';
import { type DtlsOptions, DtlsSession } from '../dtls-session.js';

export interface DtlsPair {
  client: DtlsSession;
  server: DtlsSession;
}

const certificates = new Map<string, Promise<DtlsCertificate>>();

/** The same certificate in all of a test file. */
export function certificate(name: string, type: 'ECDSA' | 'RSA' = 'ECDSA'): Promise<DtlsCertificate> {
  const key = `${type} ${name}`;
  const made = certificates.get(key) ?? DtlsCertificate.generate(type);
  certificates.set(key, made);
  return made;
}

export async function dtlsPair(client: DtlsOptions = {}, server: DtlsOptions = {}): Promise<DtlsPair> {
  return {
    client: new DtlsSession(await certificate('client'), 'client', client),
    server: new DtlsSession(await certificate('server'), 'server', server),
  };
}

/** Carries datagrams to and fro until both are silent; `lose` tells which of them get lost. */
export function exchange(pair: DtlsPair, lose: (datagram: Uint8Array) => boolean = () => false): void {
  for (let quiet = false; !quiet; ) {
    quiet = true;
    for (const [from, to] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
    ] as const) {
      for (const datagram of from.takeOutgoing()) {
        quiet = false;
        if (!lose(datagram)) to.handleDatagram(datagram);
      }
    }
  }
}

export async function connectedPair(client: DtlsOptions = {}, server: DtlsOptions = {}): Promise<DtlsPair> {
  const pair = await dtlsPair(client, server);
  pair.client.start();
  exchange(pair);
  return pair;
}
