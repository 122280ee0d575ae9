export type {
  ClassDecl,
  ComplexTypeDecl,
  EnumDecl,
  EventDecl,
  Json,
  MethodDecl,
  ModuleDecl,
  ParamDecl,
  PropertyDecl,
  RegisterDecl,
} from '@rivero/api';
export {
  type AudioFormat,
  type AudioFrame,
  AudioProcessor,
  type AudioProcessorOptions,
} from './audio-processor.js';
export type { ElementContext, ModuleLog } from './context.js';
export { type DataMessage, MAX_DATA_BYTES } from './data-message.js';
export type {
  CreatableClass,
  DeclaredEvent,
  DeclaredEventData,
  DeclaredMethods,
  DeclaredParams,
  DeclaredProperties,
  DeclaredValue,
  Implements,
} from './declared-types.js';
export { defineModule, type ModuleDefinition } from './define-module.js';
export { ElementImplementation } from './element-implementation.js';
export {
  audioProcessor,
  type ElementKind,
  gstreamerBin,
  type KindName,
  packetProcessor,
  videoProcessor,
} from './element-kind.js';
export {
  type BinElement,
  type BinMessage,
  type BinValue,
  GStreamerBin,
  type GStreamerBinContext,
} from './gstreamer-bin.js';
export { ModuleError } from './module-error.js';
export {
  PacketProcessor,
  type PacketProcessorContext,
  type PacketProcessorOptions,
} from './packet-processor.js';
export { MAX_PACKET_PAYLOAD, type NewRtpPacket, type RtpPacket } from './rtp-packet.js';
export {
  type VideoFormat,
  type VideoFrame,
  type VideoPlane,
  VideoProcessor,
  type VideoProcessorOptions,
} from './video-processor.js';
