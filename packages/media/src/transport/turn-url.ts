export type TurnTransport = 'udp' | 'tcp' | 'tls';

export interface TurnUrl {
  username: string;
  password: string;
  /** IP address or name. */
  host: string;
  port: number;
  transport: TurnTransport;
  /** Of the relayed addresses. */
  families: readonly (4 | 6)[];
}

const SHAPE =
  /^(?:(turns?):)?(?:([^:]*):(.*)@)?(\[[0-9a-fA-F:.]+\]|[^:@[\]?]+)(?::(\d{1,5}))?(?:\?([a-z0-9=&]*))?$/i;

/**
 * Reads Kurento's `turnUrl`: 'user:password@address:port' with an optional '?transport=udp|tcp|tls'. Beyond that:
 * 'family=6' for a relayed IPv6 address or 'family=both' for one of each (RFC 8656 section 14.8), joined by '&'; names for the address, IPv6 in brackets, 'turn:' and 'turns:' (TLS) in front, and the default ports 3478 and 5349.
 * undefined when it is none.
 */
export function parseTurnUrl(text: string): TurnUrl | undefined {
  const match = text.length <= 1024 ? SHAPE.exec(text.trim()) : null;
  if (match === null) return undefined;
  const [, scheme, username = '', password = '', host = '', portText, query] = match;
  const parameters = parseQuery(query ?? '');
  if (parameters === undefined) return undefined;
  const secure = scheme?.toLowerCase() === 'turns';
  let transport = (parameters.transport ?? (secure ? 'tls' : 'udp')) as TurnTransport;
  if (secure && transport === 'tcp') transport = 'tls';
  if (secure && transport === 'udp') return undefined; // TURN over DTLS
  const port = portText === undefined ? (transport === 'tls' ? 5349 : 3478) : Number(portText);
  if (port < 1 || port > 65535) return undefined;
  return {
    username,
    password,
    host: host.replace(/^\[|\]$/g, ''),
    port,
    transport,
    families: parameters.families,
  };
}

const TRANSPORTS: readonly string[] = ['udp', 'tcp', 'tls'];
const FAMILIES: ReadonlyMap<string, readonly (4 | 6)[]> = new Map([
  ['4', [4]],
  ['6', [6]],
  ['both', [4, 6]],
]);

function parseQuery(
  query: string,
): { transport: string | undefined; families: readonly (4 | 6)[] } | undefined {
  let transport: string | undefined;
  let families: readonly (4 | 6)[] = [4];
  for (const part of query === '' ? [] : query.toLowerCase().split('&')) {
    const [name, value = ''] = part.split('=');
    const known = FAMILIES.get(value);
    if (name === 'transport' && TRANSPORTS.includes(value)) transport = value;
    else if (name === 'family' && known !== undefined) families = known;
    else return undefined;
  }
  return { transport, families };
}
