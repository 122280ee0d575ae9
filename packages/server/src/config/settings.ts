import { availableParallelism } from 'node:os';
import { BUNDLED_MODULES } from '@rivero/module/loader';
import { JWT_ALGORITHMS, type JwtAlgorithm } from '../auth/jwt.js';
import { choice, choices, flag, httpUrl, integer, list, origins, path, text } from './kinds.js';
import { mediaSettings } from './media-settings.js';
import { type Setting, secret, setting } from './setting.js';

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
    origins(),
    [],
    'Web origins whose pages may connect, such as https://app.example.com; * for all. Pages of this machine, and clients that are no browsers, always may.',
  ),

  modules: setting(
    list(),
    [...BUNDLED_MODULES],
    'Media modules: names of packages, or folders (absolute, or with a leading dot). The server does not start when one cannot be loaded, unless optional: stands before its name.',
  ),

  'tls.cert': setting(
    text(),
    '',
    'PEM file with the certificate and its chain. With it the port speaks TLS (https, wss). The file is read again when it changes.',
  ),
  'tls.key': setting(text(), '', 'PEM file with the private key.'),

  'tls.minVersion': setting(
    choice(['TLSv1.2', 'TLSv1.3']),
    'TLSv1.2',
    'The oldest version of TLS that clients may use.',
  ),

  'auth.tokens': secret(
    list(),
    [],
    'Tokens that let clients connect: TOKEN or NAME:TOKEN. Without any auth.* setting everybody may who reaches the port.',
  ),
  'auth.tokensFile': setting(
    text(),
    '',
    'File with such tokens, one a line; lines with # are comments. It is read again when it changes.',
  ),
  'auth.jwtSecret': secret(
    text(),
    '',
    'Shared secret of JSON Web Tokens signed with HS256 (or HS384, HS512), at least 32 bytes.',
  ),
  'auth.jwtKeys': setting(
    text(),
    '',
    'Public keys of JSON Web Tokens: a file (PEM, JWK or JWK set; read again when it changes), or the https URL of a JWK set.',
  ),
  'auth.jwtAlgorithms': setting<JwtAlgorithm[]>(
    choices(JWT_ALGORITHMS),
    ['HS256', 'RS256', 'ES256', 'EdDSA'],
    'Signature algorithms that are accepted: HS256, HS384, HS512, RS256 …, PS256 …, ES256 …, EdDSA. Each works with a key of its kind only.',
  ),
  'auth.jwtIssuer': setting(list(), [], 'Issuers (iss) that are accepted; empty: any.'),
  'auth.jwtAudience': setting(list(), [], 'Audiences (aud) of which a token must name one; empty: no check.'),
  'auth.jwtClockTolerance': setting(
    integer(0, 3600),
    5,
    'Seconds by which the clock of the issuer may differ.',
  ),
  'auth.closeExpired': setting(
    flag(),
    true,
    'Whether a connection is closed (1008) when its JSON Web Token expires. The session can go on with a new connection.',
  ),

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
  'limits.connectionsPerSecond': setting(
    integer(0, 1_000_000),
    100,
    'New WebSocket connections of one address (IPv6: one /64 network) per second in the long run; 0: any number. Addresses of this machine are not limited.',
  ),
  'limits.connectionBurst': setting(
    integer(1, 1_000_000),
    1000,
    'New connections of one address that may come at once.',
  ),
  'limits.requestsPerSecond': setting(
    integer(0, 1_000_000),
    10_000,
    'Requests of one connection per second in the long run, more are refused with NOT_ENOUGH_RESOURCES; 0: any number.',
  ),
  'limits.requestBurst': setting(
    integer(1, 10_000_000),
    50_000,
    'Requests of one connection that may come at once.',
  ),
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
  'sessions.isolation': setting(
    choice(['none', 'session', 'subject']),
    'none',
    'Who sees whose objects and sessions. none: all see all, as in Kurento; subject: clients with the same subject of the token see each other; session: a session sees its own only.',
  ),
  'doors.whip': setting(
    flag(),
    true,
    'Open the doors for WHIP and WHEP: POST /whip/ELEMENT publishes into an element, POST /whep/ELEMENT plays it. Who may connect by WebSocket may come in here.',
  ),
  'doors.post': setting(
    flag(),
    true,
    'Open the door for uploads: POST or PUT to the URL of an HttpPostEndpoint. Whoever knows the URL may upload.',
  ),
  'doors.hls': setting(
    flag(),
    true,
    'Open the door for HLS: GET /hls/ELEMENT/index.m3u8 plays an element. Who may connect by WebSocket may come in here; whoever knows the URL of a stream may play it.',
  ),
  'doors.publicUrl': setting(
    httpUrl(),
    '',
    'What URLs that the server gives out begin with, such as https://media.example.com; without it they hold the address and port that it listens on.',
  ),
  'compatibility.kurento6': setting(
    flag(),
    false,
    'Understand names that Kurento 7 took away: operations such as setOutputBitrate and getChilds, events such as OnIceCandidate.',
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

  ...mediaSettings,
} as const satisfies Record<
  string,
  | Setting<never>
  | Setting<string>
  | Setting<number>
  | Setting<boolean>
  | Setting<string[]>
  | Setting<JwtAlgorithm[]>
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
