import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, rootCertificates } from 'node:tls';
import { trustTls } from '@rivero/graph-engine';
import type { TlsTrust } from './protocol.js';

const SYSTEM_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/** Makes all elements of this process trust whom the settings trust. @throws Error when the file of authorities can't be used */
export function trustServers({ verify, caFile }: TlsTrust): void {
  if (!verify) {
    trustTls(undefined);
    return;
  }
  if (caFile === '') return;
  const own = readFileSync(caFile, 'utf8');
  // Alone, so that one without certificates is noticed.
  trustTls(caFile);
  trustTls(keep(`${own}\n${systemAuthorities()}`));
  authorities = [own, systemAuthorities()];
}

let authorities: string[] | undefined;

function systemAuthorities(): string {
  return existsSync(SYSTEM_BUNDLE) ? readFileSync(SYSTEM_BUNDLE, 'utf8') : rootCertificates.join('\n');
}

/** A file of this text for as long as there are processes: GLib reads it again for each connection. All processes share it. */
function keep(text: string): string {
  const user = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `rivero-trust-${user}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== user) throw new Error(`${folder} belongs to somebody else`);
  const file = join(folder, `${createHash('sha256').update(text).digest('hex')}.pem`);
  if (existsSync(file)) return file;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
  return file;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'https:': 443,
  'rtsps:': 322,
  'rtmps:': 443,
};
const LOOK_MS = 3000;

/** Why the certificate of the server of a URI is not trusted; undefined when it is, and where there is none. GStreamer does not tell. */
export function certificateProblem(uri: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const url = URL.canParse(uri) ? new URL(uri) : undefined;
    const defaultPort = url && DEFAULT_PORTS[url.protocol];
    if (url === undefined || defaultPort === undefined) {
      resolve(undefined);
      return;
    }
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = connect({
      host,
      port: url.port === '' ? defaultPort : Number(url.port),
      // A name, never an address (RFC 6066 3).
      ...(!/^[\d.]+$|:/.test(host) && { servername: host }),
      rejectUnauthorized: false,
      ca: authorities ?? systemAuthorities(),
    });
    const timer = setTimeout(() => done(undefined), LOOK_MS);
    const done = (problem: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(problem);
    };
    socket.on('error', () => done(undefined));
    socket.on('secureConnect', () => {
      const reason = socket.authorizationError;
      done(reason ? `the server's certificate is not trusted: ${String(reason)}` : undefined);
    });
  });
}
