/** Directions as arithmetic: what each side is willing to do and what comes of it (RFC 3264 section 6.1). */

import type { Direction } from './model.js';

/** From this side's view. */
export interface MediaDirection {
  readonly send: boolean;
  readonly receive: boolean;
}

export function readDirection(direction: Direction): MediaDirection {
  return {
    send: direction === 'sendrecv' || direction === 'sendonly',
    receive: direction === 'sendrecv' || direction === 'recvonly',
  };
}

export function writeDirection({ send, receive }: MediaDirection): Direction {
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}

/** What this side does when it is willing to do `local` and the peer wrote `remote`. */
export function intersectDirections(local: Direction, remote: Direction): MediaDirection {
  const ours = readDirection(local);
  const theirs = readDirection(remote);
  return { send: ours.send && theirs.receive, receive: ours.receive && theirs.send };
}
