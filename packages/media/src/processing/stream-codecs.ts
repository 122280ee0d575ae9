import { RTP_CODECS, type StreamCodec } from '@rivero/graph/protocol';
import {
  AmrPayload,
  amrPayload,
  type CodecFormat,
  codecsCompatible,
  type FormatParameters,
  h264PacketizationMode,
  type NegotiatedCodec,
  parseFormatParameters,
} from '@rivero/sdp';

/** Parameters of what the graph's encoders make, where codecs of one name differ. */
const ENCODED_PARAMETERS: Readonly<Record<string, string>> = {
  h264: 'packetization-mode=1;profile-level-id=42e01f',
  vp9: 'profile-id=0',
};
/** For receivers of whole NAL units. */
const H264_WHOLE = 'packetization-mode=0;profile-level-id=42e01f';
const KNOWN: ReadonlySet<string> = new Set(RTP_CODECS.map((name) => name.toLowerCase()));

/** Whether the graph takes this codec in and can decode it, if GStreamer has what it needs. */
export function isDecodable(format: CodecFormat): boolean {
  return KNOWN.has(format.name.toLowerCase()) && !isProtectedAmr(format);
}

function isAmr(name: string): boolean {
  return name === 'amr' || name === 'amr-wb';
}

function isProtectedAmr(format: CodecFormat): boolean {
  return isAmr(format.name.toLowerCase()) && amrPayload(format) === AmrPayload.Protected;
}

/** The codec as the graph encodes it for a receiver; undefined when it can't, or the receiver would not understand it. */
export function encodedFor(receiver: CodecFormat): CodecFormat | undefined {
  const name = receiver.name.toLowerCase();
  if (!isDecodable(receiver)) return undefined;
  const format: CodecFormat = {
    name: receiver.name,
    clockRate: receiver.clockRate,
    channels: receiver.channels,
    fmtp: encodedParameters(name, receiver),
  };
  return codecsCompatible(format, receiver) ? format : undefined;
}

function encodedParameters(name: string, receiver: CodecFormat): FormatParameters {
  const { fmtp } = receiver;
  // What the encoder heeds, so that receivers share it who differ in other things.
  if (isAmr(name)) return new Map([...fmtp].filter(([key]) => key === 'octet-align' || key === 'mode-set'));
  const whole = name === 'h264' && h264PacketizationMode(receiver) === 0;
  const parameters = whole ? H264_WHOLE : ENCODED_PARAMETERS[name];
  return parameters === undefined ? fmtp : parseFormatParameters(parameters);
}

export function toStreamCodec({ name, clockRate, channels, fmtp }: CodecFormat): StreamCodec {
  return { name, clockRate, channels, parameters: Object.fromEntries(fmtp) };
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
