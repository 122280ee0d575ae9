import type { ClassDecl } from '../../declaration.js';
import { mediaPipelineParam } from '../pipeline-param.js';

export const rtpEndpoint = {
  name: 'RtpEndpoint',
  extends: 'BaseRtpEndpoint',
  doc: 'Sends and receives plain RTP, or SRTP with keys in the SDP (SDES, RFC 4568): for SIP gateways, cameras and other servers. There is no ICE; addresses and ports come from the SDP.',
  example: `const rtp = await pipeline.create('RtpEndpoint', {
  crypto: { crypto: 'AES_128_CM_HMAC_SHA1_80', key: '123456789012345678901234567890' },
});
const answer = await rtp.processOffer(offer);`,
  constructorParams: [
    mediaPipelineParam,
    {
      name: 'crypto',
      type: 'SDES',
      default: {},
      doc: 'Key and suite for SRTP; without members the media is not encrypted.',
    },
    { name: 'useIpv6', type: 'boolean', default: false, doc: 'Whether to use IPv6 instead of IPv4.' },
  ],
  events: ['OnKeySoftLimit'],
} as const satisfies ClassDecl;
