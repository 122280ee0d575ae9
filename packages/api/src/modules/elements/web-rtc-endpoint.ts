import type { ClassDecl } from '../../declaration.js';
import { mediaPipelineParam } from '../pipeline-param.js';

export const webRtcEndpoint = {
  name: 'WebRtcEndpoint',
  extends: 'BaseRtpEndpoint',
  doc: 'Talks WebRTC with a browser or another peer: ICE finds the way, DTLS-SRTP encrypts the media, data channels carry messages. After the SDP negotiation call gatherCandidates, send the candidates of IceCandidateFound to the peer, and hand in those of the peer with addIceCandidate.',
  example: `const endpoint = await pipeline.create('WebRtcEndpoint');
endpoint.on('IceCandidateFound', ({ candidate }) => signaling.send({ candidate }));
signaling.on('candidate', (candidate) => endpoint.addIceCandidate(candidate));
const answer = await endpoint.processOffer(offer);
await endpoint.gatherCandidates();
await endpoint.connect(endpoint); // loopback`,
  constructorParams: [
    mediaPipelineParam,
    {
      name: 'recvonly',
      type: 'boolean',
      default: false,
      doc: 'Only receive media from the peer (a=recvonly).',
    },
    { name: 'sendonly', type: 'boolean', default: false, doc: 'Only send media to the peer (a=sendonly).' },
    {
      name: 'useDataChannels',
      type: 'boolean',
      default: false,
      doc: 'Whether to offer and accept data channels (RFC 8831).',
    },
    {
      name: 'certificateKeyType',
      type: 'CertificateKeyType',
      default: 'RSA',
      doc: 'Kind of key of the DTLS certificate.',
    },
    {
      name: 'qosDscp',
      type: 'DSCPValue',
      default: 'NO_VALUE',
      doc: 'How the packets sent are marked for quality of service (DSCP, RFC 8837).',
    },
  ],
  properties: [
    {
      name: 'networkInterfaces',
      type: 'String',
      default: '',
      doc: 'Network interfaces to gather candidates on, separated by commas; all when empty. Set it before gatherCandidates.',
    },
    {
      name: 'iceTcp',
      type: 'boolean',
      default: true,
      doc: 'Whether to gather TCP candidates (RFC 6544) besides those of UDP. Set it before gatherCandidates.',
    },
    {
      name: 'stunServerAddress',
      type: 'String',
      default: '',
      doc: 'IP address of the STUN server; none when empty. Set it before gatherCandidates.',
    },
    {
      name: 'stunServerPort',
      type: 'int',
      default: 3478,
      doc: 'Port of the STUN server, 1 to 65535.',
    },
    {
      name: 'turnUrl',
      type: 'String',
      default: '',
      doc: 'TURN server as user:password@address:port, with ?transport=udp, tcp or tls after it; none when empty. Set it before gatherCandidates.',
    },
    {
      name: 'externalIPv4',
      type: 'String',
      default: '',
      doc: 'IPv4 address to announce in candidates in place of the local ones, for servers behind 1:1 NAT; none when empty.',
    },
    {
      name: 'externalIPv6',
      type: 'String',
      default: '',
      doc: 'IPv6 address to announce in candidates in place of the local ones; none when empty.',
    },
    {
      name: 'ICECandidatePairs',
      type: 'IceCandidatePair[]',
      readonly: true,
      default: [],
      doc: 'The candidate pairs that have been selected.',
    },
    {
      name: 'IceConnectionState',
      type: 'IceConnection[]',
      readonly: true,
      default: [],
      doc: 'State of ICE for each stream and component.',
    },
    {
      name: 'DtlsConnectionState',
      type: 'DtlsConnection[]',
      readonly: true,
      default: [],
      doc: 'State of DTLS for each stream and component.',
    },
  ],
  methods: [
    {
      name: 'gatherCandidates',
      params: [],
      doc: 'Starts gathering; each candidate comes as IceCandidateFound, the end as IceGatheringDone. Call it after the local description was made.',
    },
    {
      name: 'addIceCandidate',
      params: [{ name: 'candidate', type: 'IceCandidate', doc: 'A candidate of the peer.' }],
      doc: 'Hands in a candidate of the peer; accepted at any time. Fails with ICE_ADD_CANDIDATE_ERROR when it names no media line of the SDP.',
    },
    {
      name: 'createDataChannel',
      params: [
        { name: 'label', type: 'String', default: '', doc: 'Label by which the peer knows the channel.' },
        {
          name: 'ordered',
          type: 'boolean',
          default: true,
          doc: 'Whether messages arrive in the order in which they were sent.',
        },
        {
          name: 'maxPacketLifeTime',
          type: 'int',
          default: -1,
          doc: 'Time in which a message may be sent again, in milliseconds; -1 for no limit. Excludes maxRetransmits.',
        },
        {
          name: 'maxRetransmits',
          type: 'int',
          default: -1,
          doc: 'How often a message may be sent again; -1 for no limit. Excludes maxPacketLifeTime.',
        },
        { name: 'protocol', type: 'String', default: '', doc: 'Name of the protocol spoken on the channel.' },
      ],
      doc: 'Opens a data channel; DataChannelOpened tells its number. Needs useDataChannels and a finished negotiation.',
    },
    {
      name: 'closeDataChannel',
      params: [{ name: 'channelId', type: 'int', doc: 'Number of the channel.' }],
      doc: 'Closes a data channel. An unknown number is no error.',
    },
  ],
  events: [
    'IceCandidateFound',
    'IceGatheringDone',
    'IceComponentStateChanged',
    'DtlsConnectionStateChange',
    'DataChannelOpened',
    'DataChannelClosed',
    'NewCandidatePairSelected',
  ],
} as const satisfies ClassDecl;
