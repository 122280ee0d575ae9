import { availableParallelism } from 'node:os';
import { choice, flag, integer, type Kind, list, path, text } from './kinds.js';

export interface Setting<T> {
  readonly kind: Kind<T>;
  readonly default: T;
  readonly doc: string;
}

function setting<T>(kind: Kind<T>, defaultValue: T, doc: string): Setting<T> {
  return { kind, default: defaultValue, doc };
}

/**
 * Every setting of the server. Names, command line, environment, the shape of the configuration file, validation
 * and the help text all come from this table.
 */
export const settings = {
  host: setting(
    text(),
    '127.0.0.1',
    'Address to listen on. The default takes connections from this machine only: whoever reaches the port controls the server. Use 0.0.0.0 or :: to serve others.',
  ),
  port: setting(integer(0, 65_535), 8888, 'TCP port of the protocol and the test page; 0: any free one.'),
  path: setting(path(), '/kurento', 'Path of the WebSocket.'),
  workers: setting(
    integer(1, 256),
    Math.min(availableParallelism(), 256),
    'Number of media worker processes; the default is the number of cores.',
  ),
  origins: setting(
    list(),
    [],
    'Web origins whose pages may connect, such as https://app.example.com; * for all. Pages of this machine, and clients that are no browsers, always may.',
  ),

  'tls.cert': setting(
    text(),
    '',
    'PEM file with the certificate and its chain. With it the port speaks TLS (https, wss). The file is read again when it changes.',
  ),
  'tls.key': setting(text(), '', 'PEM file with the private key.'),

  'log.level': setting(
    choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    'info',
    'The least severe level that is logged.',
  ),
  'log.format': setting(
    choice(['auto', 'pretty', 'json']),
    'auto',
    'auto: pretty on a terminal, JSON lines otherwise.',
  ),

  'limits.messageBytes': setting(
    integer(1024, 64 * 1024 * 1024),
    1024 * 1024,
    'Largest message from a client in bytes; a larger one closes its connection (1009).',
  ),
  'limits.connections': setting(integer(1, 1_000_000), 10_000, 'Open WebSocket connections.'),
  'limits.sessions': setting(integer(1, 1_000_000), 10_000, 'Sessions that exist at a time.'),
  'limits.objectsPerSession': setting(
    integer(1, 1_000_000),
    10_000,
    'Media objects one session may hold; more are refused with NOT_ENOUGH_RESOURCES.',
  ),
  'limits.subscriptionsPerSession': setting(
    integer(1, 10_000_000),
    100_000,
    'Event subscriptions of one session; more are refused with NOT_ENOUGH_RESOURCES.',
  ),
  'limits.pendingRequests': setting(
    integer(1, 100_000),
    1000,
    'Unanswered requests of one connection; reading from it stops until there are fewer.',
  ),
  'limits.outboundBytes': setting(
    integer(64 * 1024, 1024 * 1024 * 1024),
    8 * 1024 * 1024,
    'Bytes that may wait for a slow client before its connection is closed (1013).',
  ),

  'sessions.collectAfter': setting(
    integer(1, 1_000_000),
    240,
    'Seconds after which a session without a connection and without requests ends.',
  ),
  'requestCache.seconds': setting(
    integer(0, 3600),
    20,
    'How long an answer is kept for a client that repeats its request; 0: not at all.',
  ),
  'requestCache.entries': setting(integer(1, 1_000_000), 2000, 'Answers kept for one session.'),
  'requestCache.bytes': setting(
    integer(0, 16 * 1024 * 1024 * 1024),
    64 * 1024 * 1024,
    'Bytes kept for all sessions together.',
  ),

  'supervision.probeSeconds': setting(
    integer(1, 3600),
    2,
    'How often each media worker is asked for a sign of life.',
  ),
  'supervision.timeoutSeconds': setting(
    integer(1, 3600),
    10,
    'A media worker that is silent for so long is killed and replaced.',
  ),
  'supervision.startSeconds': setting(integer(1, 3600), 20, 'How long a media worker may take to start.'),
  'supervision.waitSeconds': setting(
    integer(0, 3600),
    5,
    'How long the creation of a pipeline waits while no media worker is ready.',
  ),

  'media.port': setting(
    integer(0, 65_535),
    0,
    'UDP port of the first media worker, the next ones use the ports after it; 0: any free ones.',
  ),
  'media.interfaces': setting(
    list(),
    [],
    'Names or addresses of the network interfaces for media; empty: all but loopback.',
  ),
  'media.loopback': setting(
    choice(['auto', 'always', 'never']),
    'auto',
    'Whether to use loopback for media; auto: only when there is nothing else.',
  ),
  'media.externalIPv4': setting(text(), '', 'IPv4 address to announce in place of the own ones.'),
  'media.externalIPv6': setting(text(), '', 'IPv6 address to announce in place of the own ones.'),
  'media.networkInterfaces': setting(
    text(),
    '',
    'Default of the property networkInterfaces of WebRtcEndpoint.',
  ),
  'media.stunServerAddress': setting(text(), '', 'Default of the property stunServerAddress.'),
  'media.stunServerPort': setting(integer(1, 65_535), 3478, 'Default of the property stunServerPort.'),
  'media.turnUrl': setting(text(), '', 'Default of the property turnUrl: user:password@address:port.'),
  'media.maxSdpBytes': setting(
    integer(1024, 16 * 1024 * 1024),
    256 * 1024,
    'Largest SDP that is parsed, in bytes.',
  ),
  'media.renegotiation': setting(
    flag(),
    true,
    'Whether a connected endpoint can be negotiated anew; false is the rule of Kurento: once only.',
  ),
  'media.maxSsrcsPerEndpoint': setting(
    integer(1, 4096),
    64,
    'Received RTP streams that an endpoint keeps apart.',
  ),
  'media.historyBytes': setting(
    integer(1024 * 1024, 16 * 1024 * 1024 * 1024),
    64 * 1024 * 1024,
    'Memory of each worker for packets that may be asked for again, in bytes.',
  ),
  'media.gso': setting(
    flag(),
    true,
    'Whether to send with UDP segmentation offload where the kernel has it.',
  ),
} as const satisfies Record<
  string,
  Setting<never> | Setting<string> | Setting<number> | Setting<boolean> | Setting<string[]>
>;

type Table = typeof settings;
export type SettingName = keyof Table;

type Value<S> = S extends Setting<infer T> ? T : never;
type Group<P extends string> = {
  [K in SettingName as K extends `${P}.${infer Leaf}` ? Leaf : never]: Value<Table[K]>;
};
type GroupName = SettingName extends infer K ? (K extends `${infer P}.${string}` ? P : never) : never;

/** The settings as the program uses them: `media.port` of the table is `configuration.media.port`. */
export type Configuration = {
  [K in SettingName as K extends `${string}.${string}` ? never : K]: Value<Table[K]>;
} & { [P in GroupName]: Group<P> };

export const settingNames = Object.keys(settings) as SettingName[];

/** `media.externalIPv4` is `RIVERO_MEDIA_EXTERNAL_IPV4`. */
export function environmentName(name: string): string {
  const words = name.replace('IPv', 'Ipv').replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return `RIVERO_${words.replaceAll('.', '_').toUpperCase()}`;
}
