import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** After so many removed bins the garbage is collected. */
const REMOVALS = 16;

let collect: (() => void) | undefined;
let removals = 0;

/**
 * A bin has been removed. Its elements, with their buffers and sockets, are freed when JavaScript's handles of them are collected, and
 * to JavaScript a handle is too small a thing to hurry for: so it is told. A collection of this process' small heap takes a few
 * milliseconds, in which media flows on.
 */
export function binRemoved(): void {
  if (++removals < REMOVALS) return;
  removals = 0;
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  setImmediate(collect);
}
