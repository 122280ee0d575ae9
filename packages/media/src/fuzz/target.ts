import type { Random } from './random.js';

/** One kind of input and what reads it. */
export interface FuzzTarget {
  name: string;
  /** Inputs after which it is opened anew, for targets with a state; 0: it has none. */
  lifetime: number;
  /** An input, mutated from the corpus. */
  input(random: Random): Uint8Array;
  /** What takes inputs; it throws when a rule is broken. */
  open(): Promise<FuzzRun> | FuzzRun;
}

export interface FuzzRun {
  take(input: Uint8Array): void;
  close?(): void;
}
