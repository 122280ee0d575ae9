// Generated from the declaration in @rivero/api by src/generator; do not edit.

import type { eventTypes } from '../objects/remote-object.js';
import { MediaElement, type MediaElementEvents, type MediaEvent } from './core.js';

/** Format of a picture. */
export type ImageEncoding = 'PNG' | 'JPEG' | 'BMP' | 'PBM' | 'PPM';

/** How a picture is delivered: not at all, or by a gRPC call. */
export type ImageDelivery = 'NONE' | 'GRPC';

/** A picture has been delivered, or could not be. */
export interface SampleImageDeliveredEvent extends MediaEvent {
  readonly type: 'SampleImageDelivered';
  /** Whether the receiver has accepted it. */
  readonly delivered: boolean;
}

/** Events of {@link VideoSampler} by name. */
export interface VideoSamplerEvents extends MediaElementEvents {
  /** A picture has been delivered, or could not be. */
  readonly SampleImageDelivered: SampleImageDeliveredEvent;
}

/** What can be chosen when a {@link VideoSampler} is created. */
export interface VideoSamplerParams {
  /** Time between two pictures in milliseconds. */
  readonly framePeriod: number;
  /**
   * How pictures are delivered.
   * Default: `"NONE"`.
   */
  readonly imageDeliveryMethod?: ImageDelivery | undefined;
  /**
   * Height of the pictures in pixels; 0 keeps that of the video.
   * Default: `0`.
   */
  readonly height?: number | undefined;
  /**
   * Width of the pictures in pixels; 0 keeps that of the video.
   * Default: `0`.
   */
  readonly width?: number | undefined;
  /**
   * Format of the pictures.
   * Default: `"PNG"`.
   */
  readonly imageEncoding?: ImageEncoding | undefined;
  /**
   * Address to which pictures are delivered.
   * Default: `""`.
   */
  readonly endpointUrl?: string | undefined;
  /**
   * Free text that accompanies each picture.
   * Default: `""`.
   */
  readonly metadata?: string | undefined;
}

/**
 * Takes a picture from its video input at fixed intervals and delivers it to an address.
 * @example
 * ```js
 * const sampler = await pipeline.create('VideoSampler', {
 *   framePeriod: 1000,
 *   imageDeliveryMethod: 'GRPC',
 *   imageEncoding: 'JPEG',
 *   endpointUrl: 'analyser.example:5000',
 * });
 * await camera.connect(sampler, 'VIDEO');
 * ```
 */
export class VideoSampler extends MediaElement {
  static override readonly className: string = 'VideoSampler';
  declare protected readonly isVideoSampler: true;
  declare readonly [eventTypes]: VideoSamplerEvents;
}
