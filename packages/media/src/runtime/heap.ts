import { setFlagsFromString } from 'node:v8';

/**
 * Has this process hold less memory that it does not use. V8 lets the heap of a young process grow to several times what lives before it
 * looks through all of it: in a worker that is garbage of setting endpoints up, tens of MB, for as long as nothing else is set up.
 * Growing by half it looks more often, beside the running program. To be called once, at the start.
 *
 * `--optimize-for-size` and `--compact-on-every-full-gc` would take less still, with more pauses and longer ones (`npm run bench:pauses`).
 */
export function keepHeapSmall(): void {
  // Node.js tells, and goes on, should it not know the flag any more.
  setFlagsFromString('--heap-growing-percent=50');
}
