import { KurentoError } from '@rivero/api';
import type { ObjectContext, ObjectInit } from './context.js';
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

/**
 * A filter around one GStreamer element that does not run it yet. What can be told from its command alone is checked; whether
 * the element exists is not known without GStreamer.
 */
export class DeclaredGStreamerFilter extends DeclaredElement {
  constructor(context: ObjectContext, init: ObjectInit) {
    const command = String(init.params.command ?? '');
    if (command.trim() === '') {
      throw new KurentoError(
        'MARSHALL_ERROR',
        'GStreamer element cannot be created: empty pipeline not allowed',
      );
    }
    // An exclamation mark within quotes belongs to a property's value.
    if (command.replaceAll(/"[^"]*"|'[^']*'/g, '').includes('!')) {
      throw new KurentoError('MARSHALL_ERROR', 'Given command is not valid, only one element can be created');
    }
    super(context, init);
  }
}

/** The same for hubs. */
export class DeclaredHub extends MediaObject {}
