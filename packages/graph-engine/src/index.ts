export { DEBIAN_PACKAGES, isGraphEngineBuilt } from './addon.js';
export { AppSink, AppSource, type CollectedSample, type Sample } from './app.js';
export { GstBin } from './bin.js';
export { GstElement, type GstState, type SeekOptions, type StateChange } from './element.js';
export { GraphEngineError, type GraphEngineErrorCode } from './errors.js';
export type { GstEventRequest } from './event.js';
export { attachFrames, FrameGate, type FramePlane, type GateFigures, type GateFrame } from './frame-gate.js';
export { type FrameFigures, FrameMeter } from './frame-meter.js';
export type { BusMessage, ProblemMessage, StreamInfo } from './messages.js';
export { GstObject, type PropertyInfo } from './object.js';
export { PACKET_HEADROOM, PACKET_SLOT_SIZE, PACKET_SLOTS, PacketPort } from './packet-port.js';
export {
  type BufferCounts,
  BufferProbe,
  type DropMode,
  type EventProbeOptions,
  GstPad,
  type PadEvent,
  type PadHold,
} from './pad.js';
export { GstPipeline } from './pipeline.js';
export {
  diagnostics,
  type ElementInfo,
  gstreamerVersion,
  hasElement,
  inspectElement,
  monotonicTime,
  type PadTemplateInfo,
  parseCaps,
  trustTls,
} from './registry.js';
export type { GstStructure, GstValue } from './values.js';
