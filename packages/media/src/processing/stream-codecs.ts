import { RTP_CODECS, type StreamCodec } from '@rivero/graph/protocol';
import { type CodecFormat, codecsCompatible, type NegotiatedCodec, parseFormatParameters } from '@rivero/sdp';

/** Parameters of what the graph's encoders make, where codecs of one name differ. */
const ENCODED_PARAMETERS: Readonly<Record<string, string>> = {
  h264: 'packetization-mode=1;profile-level-id=42e01f',
  vp9: 'profile-id=0',
  amr: 'octet-align=1',
  'amr-wb': 'octet-align=1',
};
const KNOWN: ReadonlySet<string> = new Set(RTP_CODECS.map((name) => name.toLowerCase()));

/** Whether the graph takes this codec in and can decode it, if GStreamer has what it needs. */
export function isDecodable({ name }: CodecFormat): boolean {
  return KNOWN.has(name.toLowerCase());
}

/** The codec as the graph encodes it for a receiver; undefined when it can't, or the receiver would not understand it. */
export function encodedFor(receiver: CodecFormat): CodecFormat | undefined {
  const name = receiver.name.toLowerCase();
  if (!KNOWN.has(name)) return undefined;
  const parameters = ENCODED_PARAMETERS[name];
  const format: CodecFormat = {
    name: receiver.name,
    clockRate: receiver.clockRate,
    channels: receiver.channels,
    fmtp: parameters === undefined ? receiver.fmtp : parseFormatParameters(parameters),
  };
  if (name.startsWith('amr') && receiver.fmtp.get('octet-align') !== '1') return undefined;
  return codecsCompatible(format, receiver) ? format : undefined;
}

export function toStreamCodec({ name, clockRate, channels, fmtp }: CodecFormat): StreamCodec {
  return { name, clockRate, channels, parameters: Object.fromEntries(fmtp) };
}

export function fromStreamCodec({ name, clockRate, channels, parameters }: StreamCodec): CodecFormat {
  return { name, clockRate, channels, fmtp: new Map(Object.entries(parameters)) };
}

/** For RTP between worker and graph. No feedback: both ends talk over their channel. */
export function negotiatedCodec(format: CodecFormat, payloadType: number): NegotiatedCodec {
  return {
    ...format,
    payloadType,
    receivePayloadType: payloadType,
    feedback: { nack: false, pli: true, fir: false, remb: false, transportCc: false },
  };
}
