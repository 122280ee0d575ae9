// Generated from the declaration in @rivero/api by src/generator; do not edit.

import { ChromaFilter, type ChromaFilterParams } from './chroma.js';
import {
  BaseRtpEndpoint,
  Endpoint,
  Filter,
  Hub,
  HubPort,
  MediaElement,
  MediaObject,
  MediaPipeline,
  PassThrough,
  SdpEndpoint,
  ServerManager,
  SessionEndpoint,
  UriEndpoint,
} from './core.js';
import { CrowdDetectorFilter, type CrowdDetectorFilterParams } from './crowddetector.js';
import { KmsDetectFaces, KmsSendData, KmsShowData, KmsShowFaces } from './datachannelexample.js';
import {
  AlphaBlending,
  Composite,
  type CompositeParams,
  Dispatcher,
  DispatcherOneToMany,
  HttpEndpoint,
  HttpPostEndpoint,
  type HttpPostEndpointParams,
  Mixer,
  PlayerEndpoint,
  type PlayerEndpointParams,
  RecorderEndpoint,
  type RecorderEndpointParams,
  RtpEndpoint,
  type RtpEndpointParams,
  WebRtcEndpoint,
  type WebRtcEndpointParams,
} from './elements.js';
import {
  FaceOverlayFilter,
  GStreamerFilter,
  type GStreamerFilterParams,
  ImageOverlayFilter,
  OpenCVFilter,
  ZBarFilter,
} from './filters.js';
import { GStreamerExample } from './gstreamerexample.js';
import { ArMarkerdetector } from './markerdetector.js';
import { OpenCVExample } from './opencvexample.js';
import { PlateDetectorFilter } from './platedetector.js';
import { PointerDetectorFilter, type PointerDetectorFilterParams } from './pointerdetector.js';
import { VideoSampler, type VideoSamplerParams } from './videosampler.js';
import { SpeakingIndicator, VoiceActivityDetector } from './voiceactivity.js';

export * from './chroma.js';
export * from './core.js';
export * from './crowddetector.js';
export * from './datachannelexample.js';
export * from './elements.js';
export * from './filters.js';
export * from './gstreamerexample.js';
export * from './markerdetector.js';
export * from './opencvexample.js';
export * from './platedetector.js';
export * from './pointerdetector.js';
export * from './videosampler.js';
export * from './voiceactivity.js';

/** Of a class whose constructor has nothing to choose. */
export interface NoParams {
  readonly noParams?: never;
}

/** What can be created in a pipeline: the class, and its constructor parameters without the pipeline. */
export interface PipelineClasses {
  PassThrough: { object: PassThrough; params: NoParams };
  AlphaBlending: { object: AlphaBlending; params: NoParams };
  Composite: { object: Composite; params: CompositeParams };
  Dispatcher: { object: Dispatcher; params: NoParams };
  DispatcherOneToMany: { object: DispatcherOneToMany; params: NoParams };
  HttpPostEndpoint: { object: HttpPostEndpoint; params: HttpPostEndpointParams };
  Mixer: { object: Mixer; params: NoParams };
  PlayerEndpoint: { object: PlayerEndpoint; params: PlayerEndpointParams };
  RecorderEndpoint: { object: RecorderEndpoint; params: RecorderEndpointParams };
  RtpEndpoint: { object: RtpEndpoint; params: RtpEndpointParams };
  WebRtcEndpoint: { object: WebRtcEndpoint; params: WebRtcEndpointParams };
  FaceOverlayFilter: { object: FaceOverlayFilter; params: NoParams };
  GStreamerFilter: { object: GStreamerFilter; params: GStreamerFilterParams };
  ImageOverlayFilter: { object: ImageOverlayFilter; params: NoParams };
  ZBarFilter: { object: ZBarFilter; params: NoParams };
  GStreamerExample: { object: GStreamerExample; params: NoParams };
  OpenCVExample: { object: OpenCVExample; params: NoParams };
  ChromaFilter: { object: ChromaFilter; params: ChromaFilterParams };
  PointerDetectorFilter: { object: PointerDetectorFilter; params: PointerDetectorFilterParams };
  CrowdDetectorFilter: { object: CrowdDetectorFilter; params: CrowdDetectorFilterParams };
  PlateDetectorFilter: { object: PlateDetectorFilter; params: NoParams };
  ArMarkerdetector: { object: ArMarkerdetector; params: NoParams };
  VideoSampler: { object: VideoSampler; params: VideoSamplerParams };
  KmsShowData: { object: KmsShowData; params: NoParams };
  KmsSendData: { object: KmsSendData; params: NoParams };
  KmsDetectFaces: { object: KmsDetectFaces; params: NoParams };
  KmsShowFaces: { object: KmsShowFaces; params: NoParams };
  VoiceActivityDetector: { object: VoiceActivityDetector; params: NoParams };
  SpeakingIndicator: { object: SpeakingIndicator; params: NoParams };
}

/** What can be created: the class, and all its constructor parameters. */
export interface CreatableClasses {
  HubPort: { object: HubPort; params: { readonly hub: Hub } };
  PassThrough: { object: PassThrough; params: { readonly mediaPipeline: MediaPipeline } };
  MediaPipeline: { object: MediaPipeline; params: NoParams };
  AlphaBlending: { object: AlphaBlending; params: { readonly mediaPipeline: MediaPipeline } };
  Composite: { object: Composite; params: CompositeParams & { readonly mediaPipeline: MediaPipeline } };
  Dispatcher: { object: Dispatcher; params: { readonly mediaPipeline: MediaPipeline } };
  DispatcherOneToMany: { object: DispatcherOneToMany; params: { readonly mediaPipeline: MediaPipeline } };
  HttpPostEndpoint: {
    object: HttpPostEndpoint;
    params: HttpPostEndpointParams & { readonly mediaPipeline: MediaPipeline };
  };
  Mixer: { object: Mixer; params: { readonly mediaPipeline: MediaPipeline } };
  PlayerEndpoint: {
    object: PlayerEndpoint;
    params: PlayerEndpointParams & { readonly mediaPipeline: MediaPipeline };
  };
  RecorderEndpoint: {
    object: RecorderEndpoint;
    params: RecorderEndpointParams & { readonly mediaPipeline: MediaPipeline };
  };
  RtpEndpoint: { object: RtpEndpoint; params: RtpEndpointParams & { readonly mediaPipeline: MediaPipeline } };
  WebRtcEndpoint: {
    object: WebRtcEndpoint;
    params: WebRtcEndpointParams & { readonly mediaPipeline: MediaPipeline };
  };
  FaceOverlayFilter: { object: FaceOverlayFilter; params: { readonly mediaPipeline: MediaPipeline } };
  GStreamerFilter: {
    object: GStreamerFilter;
    params: GStreamerFilterParams & { readonly mediaPipeline: MediaPipeline };
  };
  ImageOverlayFilter: { object: ImageOverlayFilter; params: { readonly mediaPipeline: MediaPipeline } };
  ZBarFilter: { object: ZBarFilter; params: { readonly mediaPipeline: MediaPipeline } };
  GStreamerExample: { object: GStreamerExample; params: { readonly mediaPipeline: MediaPipeline } };
  OpenCVExample: { object: OpenCVExample; params: { readonly mediaPipeline: MediaPipeline } };
  ChromaFilter: {
    object: ChromaFilter;
    params: ChromaFilterParams & { readonly mediaPipeline: MediaPipeline };
  };
  PointerDetectorFilter: {
    object: PointerDetectorFilter;
    params: PointerDetectorFilterParams & { readonly mediaPipeline: MediaPipeline };
  };
  CrowdDetectorFilter: {
    object: CrowdDetectorFilter;
    params: CrowdDetectorFilterParams & { readonly mediaPipeline: MediaPipeline };
  };
  PlateDetectorFilter: { object: PlateDetectorFilter; params: { readonly mediaPipeline: MediaPipeline } };
  ArMarkerdetector: { object: ArMarkerdetector; params: { readonly mediaPipeline: MediaPipeline } };
  VideoSampler: {
    object: VideoSampler;
    params: VideoSamplerParams & { readonly mediaPipeline: MediaPipeline };
  };
  KmsShowData: { object: KmsShowData; params: { readonly mediaPipeline: MediaPipeline } };
  KmsSendData: { object: KmsSendData; params: { readonly mediaPipeline: MediaPipeline } };
  KmsDetectFaces: { object: KmsDetectFaces; params: { readonly mediaPipeline: MediaPipeline } };
  KmsShowFaces: { object: KmsShowFaces; params: { readonly mediaPipeline: MediaPipeline } };
  VoiceActivityDetector: { object: VoiceActivityDetector; params: { readonly mediaPipeline: MediaPipeline } };
  SpeakingIndicator: { object: SpeakingIndicator; params: { readonly mediaPipeline: MediaPipeline } };
}

/** Name of a class that can be created. */
export type CreatableName = keyof CreatableClasses;

/** The classes by name, abstract ones included. */
export const classes = {
  MediaObject,
  ServerManager,
  SessionEndpoint,
  Hub,
  Filter,
  Endpoint,
  HubPort,
  PassThrough,
  UriEndpoint,
  MediaPipeline,
  SdpEndpoint,
  BaseRtpEndpoint,
  MediaElement,
  AlphaBlending,
  Composite,
  Dispatcher,
  DispatcherOneToMany,
  HttpPostEndpoint,
  HttpEndpoint,
  Mixer,
  PlayerEndpoint,
  RecorderEndpoint,
  RtpEndpoint,
  WebRtcEndpoint,
  FaceOverlayFilter,
  GStreamerFilter,
  ImageOverlayFilter,
  OpenCVFilter,
  ZBarFilter,
  GStreamerExample,
  OpenCVExample,
  ChromaFilter,
  PointerDetectorFilter,
  CrowdDetectorFilter,
  PlateDetectorFilter,
  ArMarkerdetector,
  VideoSampler,
  KmsShowData,
  KmsSendData,
  KmsDetectFaces,
  KmsShowFaces,
  VoiceActivityDetector,
  SpeakingIndicator,
};

/** Name of a class, abstract ones included. */
export type ClassName = keyof typeof classes;

/** Members of registers and events that are, or contain, objects, with their types. */
export const references: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ElementConnectionData: { source: 'MediaElement', sink: 'MediaElement' },
  AudioLevel: { endpoint: 'MediaElement' },
  'RaiseBase event': { source: 'MediaObject' },
  'Error event': { source: 'MediaObject' },
  'MediaSessionTerminated event': { source: 'MediaObject' },
  'MediaSessionStarted event': { source: 'MediaObject' },
  'Media event': { source: 'MediaObject' },
  'ObjectCreated event': { object: 'MediaObject', source: 'MediaObject' },
  'ObjectDestroyed event': { source: 'MediaObject' },
  'MediaStateChanged event': { source: 'MediaObject' },
  'ConnectionStateChanged event': { source: 'MediaObject' },
  'MediaFlowOutStateChanged event': { source: 'MediaObject' },
  'MediaFlowInStateChanged event': { source: 'MediaObject' },
  'MediaTranscodingStateChanged event': { source: 'MediaObject' },
  'ElementConnected event': { sink: 'MediaElement', source: 'MediaObject' },
  'ElementDisconnected event': { sink: 'MediaElement', source: 'MediaObject' },
  'UriEndpointStateChanged event': { source: 'MediaObject' },
  'FilterOverloaded event': { source: 'MediaObject' },
  'DominantSpeakerChanged event': { endpoint: 'MediaElement', source: 'MediaObject' },
  'AudioLevels event': { levels: 'AudioLevel[]', source: 'MediaObject' },
  'AudioSilence event': { source: 'MediaObject' },
  'LastNChanged event': { forwarded: 'MediaElement[]', paused: 'MediaElement[]', source: 'MediaObject' },
  'EndOfStream event': { source: 'MediaObject' },
  'Recording event': { source: 'MediaObject' },
  'Paused event': { source: 'MediaObject' },
  'Stopped event': { source: 'MediaObject' },
  'OnKeySoftLimit event': { source: 'MediaObject' },
  'IceCandidateFound event': { source: 'MediaObject' },
  'IceGatheringDone event': { source: 'MediaObject' },
  'IceComponentStateChanged event': { source: 'MediaObject' },
  'DtlsConnectionStateChange event': { source: 'MediaObject' },
  'DataChannelOpened event': { source: 'MediaObject' },
  'DataChannelClosed event': { source: 'MediaObject' },
  'NewCandidatePairSelected event': { source: 'MediaObject' },
  'CodeFound event': { source: 'MediaObject' },
  'WindowOut event': { source: 'MediaObject' },
  'WindowIn event': { source: 'MediaObject' },
  'CrowdDetectorFluidity event': { source: 'MediaObject' },
  'CrowdDetectorOccupancy event': { source: 'MediaObject' },
  'CrowdDetectorDirection event': { source: 'MediaObject' },
  'PlateDetected event': { source: 'MediaObject' },
  'MarkerCount event': { source: 'MediaObject' },
  'SampleImageDelivered event': { source: 'MediaObject' },
  'SpeechStarted event': { source: 'MediaObject' },
  'SpeechStopped event': { source: 'MediaObject' },
};
