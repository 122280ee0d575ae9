export type { MediaKind, MediaOrigin, MediaSink } from './routing/media.js';
export { Scheduler, type Timed, type TimerHandle } from './runtime/scheduler.js';
export { Forwarder } from './streams/forwarder.js';
export { ReceiveTrack } from './streams/receive-track.js';
export { RtpSession, type RtpSessionListener } from './streams/rtp-session.js';
export { SendTrack } from './streams/send-track.js';
export { TransportHub } from './transport/transport-hub.js';
export { WebRtcTransport, type WebRtcTransportListener } from './transport/webrtc-transport.js';
export { WorkerHost } from './worker/host.js';
