import { KurentoError } from '@rivero/api';
import { AlphaBlending } from './alpha-blending.js';
import { Composite } from './composite.js';
import type { ObjectContext, ObjectInit } from './context.js';
import { Dispatcher } from './dispatcher.js';
import { DispatcherOneToMany } from './dispatcher-one-to-many.js';
import { FaceOverlayFilter } from './face-overlay-filter.js';
import { GStreamerFilter } from './gstreamer-filter.js';
import { HttpPostEndpoint } from './http-post-endpoint.js';
import { HubPort } from './hub-port.js';
import { ImageOverlayFilter } from './image-overlay-filter.js';
import type { MediaObject } from './media-object.js';
import { MediaPipeline } from './media-pipeline.js';
import { Mixer } from './mixer.js';
import { ModuleElement } from './module-element.js';
import { PassThrough } from './pass-through.js';
import { PlayerEndpoint } from './player-endpoint.js';
import { RecorderEndpoint } from './recorder-endpoint.js';
import { RtpEndpoint } from './rtp-endpoint.js';
import { WebRtcEndpoint } from './webrtc-endpoint.js';
import { ZBarFilter } from './zbar-filter.js';

type ObjectClass = new (context: ObjectContext, init: ObjectInit) => MediaObject;

const implementations: ReadonlyMap<string, ObjectClass> = new Map<string, ObjectClass>([
  ['AlphaBlending', AlphaBlending],
  ['Composite', Composite],
  ['Dispatcher', Dispatcher],
  ['DispatcherOneToMany', DispatcherOneToMany],
  ['HttpPostEndpoint', HttpPostEndpoint],
  ['HubPort', HubPort],
  ['MediaPipeline', MediaPipeline],
  ['Mixer', Mixer],
  ['PassThrough', PassThrough],
  ['FaceOverlayFilter', FaceOverlayFilter],
  ['GStreamerFilter', GStreamerFilter],
  ['ImageOverlayFilter', ImageOverlayFilter],
  ['PlayerEndpoint', PlayerEndpoint],
  ['RecorderEndpoint', RecorderEndpoint],
  ['RtpEndpoint', RtpEndpoint],
  ['WebRtcEndpoint', WebRtcEndpoint],
  ['ZBarFilter', ZBarFilter],
]);

/**
 * Makes an object of a class that the signaling plane has found creatable.
 *
 * @throws KurentoError UNEXPECTED_ERROR for a class that has no implementation here: of a module that this worker does not have
 */
export function createObject(context: ObjectContext, init: ObjectInit): MediaObject {
  const implementation = implementations.get(init.type);
  if (implementation !== undefined) return new implementation(context, init);
  const ofModule = context.modules.implementation(init.type);
  if (ofModule !== undefined) return new ModuleElement(context, init, ofModule);
  throw new KurentoError('UNEXPECTED_ERROR', `this worker has no implementation of ${init.type}`);
}
