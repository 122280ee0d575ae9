import type { Scheduler, Timed, TimerHandle } from '../runtime/scheduler.js';
import { Held, HeldPackets } from './held-packets.js';
import { type PacedOutput, PacedPath, type Priority } from './paced-path.js';

/** Packets of all viewers together that wait at most; what comes then is lost, as in the full queue of a router. */
const MAX_HELD = 65_536;
/**
 * So long media waits at most, ms. libwebrtc bounds its queue to 2 s and its encoder takes care of that, LiveKit to 0.5 s and
 * drops frames: a large key frame at the lowest rates takes most of a second.
 */
const MAX_WAIT_MS = 1000;
/** What comes faster than it goes is given up sooner: when the last of it would wait for longer than that, after so long, ms. */
const HOPELESS_MS = 200;
/** A frame that the viewer begins with has more time, ms: the next one would be as large. */
const MAX_START_WAIT_MS = 2000;
/** While something waits, it is looked at so often, ms, and at least so often. */
const STEP_MS = 5;
const LOOK_MS = 100;

export interface PacerOutput extends PacedOutput {
  /** What waits for a consumer has waited for too long: it is given up. */
  giveUp(consumer: number): void;
  /** Whether a consumer's stream began, or began anew, with the frame of this timestamp. */
  beganAt(consumer: number, timestamp: number): boolean;
  /** Sends what was released. */
  send(): void;
}

/**
 * Holds packets to viewers with a slow path back until the path can take them, so that a key frame does not fill its queue. One
 * for all viewers of a worker; its timer runs only while something waits.
 */
export class Pacer implements Timed {
  /** Packets that found no room. */
  dropped = 0;
  readonly #packets = new HeldPackets(MAX_HELD);
  /** Paths on which something waits. */
  readonly #waiting: PacedPath[] = [];
  readonly #scheduler: Scheduler;
  readonly #timer: TimerHandle;
  #output: PacerOutput | undefined;
  #nextMs = Number.POSITIVE_INFINITY;
  /** NaN: to be read from the clock. */
  #nowMs = Number.NaN;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.#timer = scheduler.create(this);
  }

  /** Where released packets go. */
  set output(output: PacerOutput) {
    this.#output = output;
  }

  /** A path of its own for a viewer, without bound for now. */
  open(): PacedPath {
    return new PacedPath(this.#packets);
  }

  /** What was decided until now is being sent: the clock goes on. */
  advance(): void {
    this.#nowMs = Number.NaN;
  }

  /**
   * A packet is to go out on a path.
   * @param commands and @param at its command, of so many @param entries
   * @returns whether it has to wait (or is lost): then it was taken
   */
  takes(
    path: PacedPath,
    commands: Int32Array,
    at: number,
    entries: number,
    receiveNumber: number,
    bytes: number,
    priority: Priority,
  ): boolean {
    if (Number.isNaN(this.#nowMs)) this.#nowMs = this.#scheduler.now();
    const now = this.#nowMs;
    if (path.pass(bytes, priority, now)) return false;
    const entry = this.#packets.take();
    if (entry < 0) {
      this.dropped++;
      return true;
    }
    const { fields } = this.#packets;
    for (let i = 0; i < 4 * entries; i++) fields[entry + i] = commands[at + i]!;
    fields[entry + Held.Entries] = entries;
    fields[entry + Held.ReceiveNumber] = receiveNumber;
    fields[entry + Held.Bytes] = bytes;
    fields[entry + Held.SinceMs] = now;
    path.hold(entry, priority);
    if (path.position < 0) path.position = this.#waiting.push(path) - 1;
    this.#wake(Math.min(path.nextMs(now), now + LOOK_MS));
    return true;
  }

  onTime(nowMs: number): void {
    const output = this.#output;
    if (output === undefined) return;
    this.#nextMs = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      const path = this.#waiting[i]!;
      path.discardOld(MAX_WAIT_MS, nowMs);
      this.#giveUp(path, output, nowMs);
      path.release(nowMs, output);
      if (path.holds) next = Math.min(next, path.nextMs(nowMs), nowMs + LOOK_MS);
      else this.#remove(path);
    }
    output.send();
    this.#wake(Math.max(nowMs + STEP_MS, next));
  }

  #giveUp(path: PacedPath, output: PacerOutput, nowMs: number): void {
    for (let waitMs = path.mediaWaitMs(nowMs); waitMs > HOPELESS_MS; waitMs = path.mediaWaitMs(nowMs)) {
      const at = path.oldestMedia + Held.Command;
      const { fields } = this.#packets;
      const consumer = fields[at + 1]! & 0xffffff;
      if (waitMs <= MAX_WAIT_MS && path.mediaMs <= MAX_WAIT_MS) return;
      if (waitMs <= MAX_START_WAIT_MS && output.beganAt(consumer, fields[at + 3]!)) return;
      output.giveUp(consumer);
    }
  }

  #wake(atMs: number): void {
    if (atMs >= this.#nextMs) return;
    this.#nextMs = atMs;
    this.#scheduler.schedule(this.#timer, atMs);
  }

  #remove(path: PacedPath): void {
    const last = this.#waiting.pop()!;
    if (last !== path) {
      this.#waiting[path.position] = last;
      last.position = path.position;
    }
    path.position = -1;
  }
}
