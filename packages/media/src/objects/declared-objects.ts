import { KurentoError } from '@rivero/api';
import { MediaElement } from './media-element.js';
import { MediaObject } from './media-object.js';

/**
 * An element whose processing does not exist yet: it can be created, described, connected, and its properties read and
 * written. Operations that would process media answer NOT_IMPLEMENTED; nothing flows through it.
 */
export class DeclaredElement extends MediaElement {}

/** A player that can't play: there is never anything loaded in which to look for a position. */
export class DeclaredPlayer extends DeclaredElement {
  setPosition(): never {
    throw new KurentoError('PLAYER_SEEK_FAIL', 'Seek fails');
  }
}

/** The same for hubs. */
export class DeclaredHub extends MediaObject {}
