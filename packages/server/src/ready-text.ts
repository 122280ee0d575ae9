import { isIP } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

export interface ReadyState {
  version: string;
  /** The configured address and the port in use. */
  host: string;
  port: number;
  path: string;
  secure: boolean;
  tokenRequired: boolean;
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
}

/** What the program tells a person when it is ready: where to connect, and who else can. */
export function readyText(state: ReadyState): string {
  const { version, host, port, path, secure, tokenRequired } = state;
  const token = tokenRequired ? '?access_token=TOKEN' : '';
  const s = secure ? 's' : '';
  const lines = [
    '',
    `Rivero ${version} is ready`,
    '',
    `  Kurento clients:  ws${s}://${authority(host, port)}${path}${token}`,
    `  Test page:        http${s}://${authority(host, port)}/${token}`,
  ];
  if (isLoopback(host)) {
    lines.push('', '  Only this machine can connect; docs/operations.md says how to let others.');
  } else {
    const others = isWildcard(host) ? addresses(host, state.interfaces) : [];
    others.forEach((address, index) => {
      const label = index === 0 ? '  Other machines:   ' : ' '.repeat(20);
      lines.push(`${label}ws${s}://${authority(address, port)}${path}${token}`);
    });
    if (!tokenRequired) {
      lines.push(
        '',
        '  Whoever reaches this port controls the server; docs/operations.md says how to ask for tokens.',
      );
    }
  }
  lines.push('  Ctrl-C ends it.', '', '');
  return lines.join('\n');
}

/** `host:port` for a URL that works on this machine. */
export function authority(host: string, port: number): string {
  // An address that stands for all is no address to connect to.
  const name = isWildcard(host) ? 'localhost' : host;
  return `${name.includes(':') ? `[${name}]` : name}:${port}`;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '';
}

/** The addresses at which other machines may reach this one; those of the link only are left out. */
function addresses(host: string, interfaces: ReadyState['interfaces']): string[] {
  return Object.values(interfaces)
    .flatMap((infos) => infos ?? [])
    .filter(({ internal, family, address }) => {
      if (internal || /^(fe[89ab]|169\.254\.)/i.test(address)) return false;
      return family === 'IPv4' || host !== '0.0.0.0';
    })
    .map(({ address }) => address);
}
