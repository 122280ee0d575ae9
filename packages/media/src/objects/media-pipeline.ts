import { MediaObject } from './media-object.js';

/** Container of everything that processes one flow of media (Kurento: MediaPipeline). */
export class MediaPipeline extends MediaObject {}
