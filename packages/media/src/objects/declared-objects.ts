import { MediaElement } from './media-element.js';
import { MediaObject } from './media-object.js';

/**
 * An element whose processing does not exist yet: it can be created, described, connected, and its properties read and
 * written. Operations that would process media answer NOT_IMPLEMENTED; nothing flows through it.
 */
export class DeclaredElement extends MediaElement {}

/** The same for hubs. */
export class DeclaredHub extends MediaObject {}
