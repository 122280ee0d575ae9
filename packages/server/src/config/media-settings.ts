import { availableParallelism } from 'node:os';
import { builtInModules, type ModuleDecl } from '@rivero/api';
import {
  address,
  choice,
  flag,
  host,
  hosts,
  httpUrl,
  integer,
  list,
  readableFile,
  schemes,
  text,
  turnUrl,
} from './kinds.js';
import { secret, setting } from './setting.js';

/** Unmodified applications play and record anywhere; what belongs to the system, or holds keys, is nobody's media. */
const OPEN_FOLDERS = [
  '/',
  '!/boot',
  '!/dev',
  '/dev/shm',
  '!/etc',
  '!/proc',
  '!/root/.ssh',
  '!/run',
  '!/sys',
  '!/usr',
  '/usr/local/share',
  '/usr/share',
] as const;

/** What Kurento calls DSCPValue; NO_VALUE is what takes the setting. */
const DSCP_VALUES = (builtInModules as readonly ModuleDecl[])
  .flatMap(({ complexTypes }) => complexTypes)
  .flatMap((type) => (type.kind === 'enum' && type.name === 'DSCPValue' ? type.values : []))
  .filter((value) => value !== 'NO_VALUE') as [string, ...string[]];

/** Settings of the media workers: ports, ICE, RTP, transcoding, and what players and recorders may reach. */
export const mediaSettings = {
  'media.port': setting(
    integer(0, 65_535),
    0,
    'UDP port of the first media worker, the next ones use the ports after it; 0: any free ones.',
  ),
  'media.iceTcp': setting(
    flag(),
    true,
    'Whether browsers can reach media over TCP where UDP is blocked (ICE-TCP).',
  ),
  'media.tcpPort': setting(
    integer(0, 65_535),
    0,
    'TCP port of the first media worker, the next ones use the ports after it; 0: the same as for UDP.',
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
  'media.externalIPv4': setting(address(4), '', 'IPv4 address to announce in place of the own ones.'),
  'media.externalIPv6': setting(address(6), '', 'IPv6 address to announce in place of the own ones.'),
  'media.networkInterfaces': setting(
    text(),
    '',
    'Default of the property networkInterfaces of WebRtcEndpoint.',
  ),
  'media.stunServerAddress': setting(host(), '', 'Default of the property stunServerAddress.'),
  'media.stunServerPort': setting(integer(1, 65_535), 3478, 'Default of the property stunServerPort.'),
  'media.turnUrl': setting(
    turnUrl(),
    '',
    'Default of the property turnUrl: user:password@address:port?transport=udp&family=4, with tcp or tls, 6 or both.',
  ),
  'media.turnCaFile': setting(
    readableFile(),
    '',
    'File with certificates (PEM) of the authorities to trust for TURN over TLS; empty: those of the system.',
  ),
  'media.rtpPortMin': setting(integer(1024, 65_534), 20_000, 'First UDP port for RtpEndpoint.'),
  'media.rtpPortMax': setting(
    integer(1025, 65_535),
    29_999,
    'Last UDP port for RtpEndpoint; each audio or video takes two.',
  ),
  'media.rtpSource': setting(
    choice(['latch', 'sdp']),
    'latch',
    'Whose plain RTP is taken: latch: the first valid source; sdp: only the address in the description.',
  ),
  'media.ulpfec': setting(
    flag(),
    false,
    'Whether FEC among the video of a sender (ULPFEC in RED, RFC 5109) is answered where it is offered. Browsers then wrap every packet and, on long lossy paths, spend part of the bandwidth on it: losses are mended without a round trip.',
  ),
  'media.qosDscp': setting(
    choice(DSCP_VALUES, 'name of DSCPValue'),
    'NO_DSCP',
    'How media is marked for quality of service (DSCP) where qosDscp of a WebRtcEndpoint does not say it, and of RtpEndpoints: a name of DSCPValue such as EF, AF41 or AUDIO_HIGH; NO_DSCP marks nothing.',
  ),
  'media.srtpKeySoftLimit': setting(
    integer(1, 2 ** 48),
    2 ** 47,
    'Packets under one SDES key after which RtpEndpoint tells OnKeySoftLimit.',
  ),
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
  'media.maxPacketsPerSecond': setting(
    integer(0, 10_000_000),
    10_000,
    'Media packets of one peer that are taken in a second, and as many of STUN and DTLS; 0: any number.',
  ),
  'media.maxStunPerSecond': setting(
    integer(0, 10_000_000),
    1000,
    'STUN messages of one address without a call that are taken in a second, 20 times as many of all; 0: any number.',
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
  'media.senderThreads': setting(
    integer(0, 64),
    availableParallelism() > 1 ? Math.min(availableParallelism(), 4) : 0,
    'Threads of each worker that encrypt and send when one batch of packets has hundreds of receivers; 0: none. The default is the number of cores, at most 4, and 0 with one core.',
  ),
  'media.transcoding': setting(
    choice(['allow', 'forbid']),
    'allow',
    'Whether media that a receiver does not accept is decoded and encoded for it; forbid: connecting such a receiver fails.',
  ),
  'media.weakReceiverEncodings': setting(
    integer(0, 1000),
    1,
    'How many sources of each worker may be decoded and encoded once more, smaller, for all receivers whose path does not carry what the source sends, when the source has no simulcast; 0: none, the weakest receiver then bounds the source for all. Each takes about a third of a core, whenever a network happens to be bad: one for each worker, and so for each core, is what a server can bear unattended.',
  ),
  'media.warmSpare': setting(
    choice(['never', 'auto', 'always']),
    'auto',
    'Whether a graph process is kept ready, so that transcoding, playing or mixing begins at once: never, auto (each worker keeps one after the first use), always. It takes about 40 MB.',
  ),
  'media.graphTimeoutSeconds': setting(
    integer(1, 3600),
    10,
    'A graph process that is silent for so long is killed.',
  ),
  'media.gstreamerFilterElements': setting(
    list(),
    ['effects'],
    'GStreamer elements that clients may run as GStreamerFilter: names; effects for those that change or analyse pictures and sound without files, network or foreign code (docs/security.md); * for all but those whose kind leads out of the pipeline. What is not named itself cannot have files or addresses set as properties.',
  ),
  'media.spoolDirectory': setting(
    text(),
    '',
    'Folder for recordings that go to a server (HTTP, S3), until they are uploaded, and for those whose upload failed; empty: rivero-recordings in the folder for temporary files.',
  ),
  'media.tlsVerify': setting(
    flag(),
    true,
    'Whether players verify the certificates of servers (https, rtsps, rtmps, HLS). What is not verified can be read and changed on its way.',
  ),
  'media.tlsCaFile': setting(
    text(),
    '',
    "PEM file of certificate authorities that players trust besides the system's: of cameras and servers with certificates of their own. Empty: none.",
  ),
  'media.recorderGapsFix': setting(
    choice(['NONE', 'GENPTS']),
    'NONE',
    'What recorders do about gaps of lost sound (Kurento: gapsFix, GapsFixMethod): NONE, times stay as they were; GENPTS, what follows moves up, so that every player plays through, and the recording is shorter by what was lost.',
  ),
  'media.folders': setting(
    list(),
    [...OPEN_FOLDERS],
    'Folders in which players, recorders, image filters and modules may open files, by where a path leads in the end. A leading `!` closes a folder; the nearest entry above a file decides. List your own to open no more than those.',
  ),
  'media.uriSchemes': setting(
    schemes(),
    [
      'file',
      'http',
      'https',
      'rtsp',
      'rtsps',
      'rtspt',
      'rtspu',
      'rtsph',
      'rtmp',
      'rtmps',
      'rtmpt',
      'srt',
      'udp',
      's3',
    ],
    'Schemes of the URIs that they may open.',
  ),
  'media.uriHosts': setting(
    hosts(),
    [],
    'Hosts that they may reach: names (*.example.com: all below it), addresses and networks (10.0.0.0/8); empty: all but link-local addresses, where clouds keep credentials. Redirects and playlists lead further: a firewall is what holds against a hostile server.',
  ),
  'media.s3Endpoint': setting(
    httpUrl(),
    '',
    'URL of the S3-compatible server that recordings to s3://BUCKET/KEY go to; empty: Amazon S3. The package @aws-sdk/client-s3 does the work.',
  ),
  'media.s3Region': setting(
    text(),
    '',
    'Region of the buckets; empty: AWS_REGION or that of the AWS profile, us-east-1 where s3Endpoint is set.',
  ),
  'media.s3AccessKeyId': secret(
    text(),
    '',
    'Access key for S3; empty: AWS_ACCESS_KEY_ID, the AWS profile, or the role of the machine.',
  ),
  'media.s3SecretAccessKey': secret(text(), '', 'Secret of that access key; empty as above.'),
} as const;
