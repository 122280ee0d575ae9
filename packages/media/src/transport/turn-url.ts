export type TurnTransport = 'udp' | 'tcp' | 'tls';

export interface TurnUrl {
  username: string;
  password: string;
  /** IP address or name. */
  host: string;
  port: number;
  transport: TurnTransport;
}

const SHAPE =
  /^(?:(turns?):)?(?:([^:]*):(.*)@)?(\[[0-9a-fA-F:.]+\]|[^:@[\]?]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp|tls))?$/i;

/**
 * Reads Kurento's `turnUrl`: 'user:password@address:port' with an optional '?transport=udp|tcp|tls'. Beyond that: names
 * for the address, IPv6 in brackets, 'turn:' and 'turns:' (TLS) in front, and the default ports 3478 and 5349.
 * undefined when it is none.
 */
export function parseTurnUrl(text: string): TurnUrl | undefined {
  const match = text.length <= 1024 ? SHAPE.exec(text.trim()) : null;
  if (match === null) return undefined;
  const [, scheme, username = '', password = '', host = '', portText, transportText] = match;
  const secure = scheme?.toLowerCase() === 'turns';
  let transport = (transportText?.toLowerCase() ?? (secure ? 'tls' : 'udp')) as TurnTransport;
  if (secure && transport === 'tcp') transport = 'tls';
  if (secure && transport === 'udp') return undefined; // TURN over DTLS
  const port = portText === undefined ? (transport === 'tls' ? 5349 : 3478) : Number(portText);
  if (port < 1 || port > 65535) return undefined;
  return { username, password, host: host.replace(/^\[|\]$/g, ''), port, transport };
}
