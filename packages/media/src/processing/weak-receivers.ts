import type { Scheduler, Timed, TimerHandle } from '../runtime/scheduler.js';
import type { ReceiveTrack } from '../streams/receive-track.js';
import type { SendTrack } from '../streams/send-track.js';
import { type SmallEncoding, SmallEncodingChoice } from './small-encodings.js';
import { WatchedReceiver, WeakReceiverPolicy } from './weak-receiver-policy.js';

const UPDATE_MS = 500;
/** What a weak receiver could make use of, as part of the source's bitrate: enough to be found recovered. */
const USEFUL = 1.3;
/** After an encoder has failed none is tried for so long, ms. */
const PAUSE_MS = 60_000;

/** How many sources of a worker may be encoded for weak receivers at once. */
export class SmallEncodingBudget {
  #used = 0;

  constructor(private readonly limit: number) {}

  take(): boolean {
    if (this.#used >= this.limit) return false;
    this.#used++;
    return true;
  }

  /** Whether one could be taken. */
  get free(): boolean {
    return this.#used < this.limit;
  }

  give(): void {
    this.#used--;
  }
}

/** A link that brings a source to a receiver. */
export interface WeakReceiverMember {
  readonly sink: SendTrack;
  mayTranscode(): boolean;
  /** What `encoding` says for it has changed. */
  encodingChanged(): void;
}

/**
 * The receivers of one source that has no encodings to choose from: those that are too weak for it share one smaller encoding, and
 * no longer hold back the others.
 */
export class WeakReceivers implements Timed {
  readonly #scheduler: Scheduler;
  readonly #budget: SmallEncodingBudget;
  readonly #timer: TimerHandle;
  readonly #members = new Map<WeakReceiverMember, WatchedReceiver>();
  readonly #policy = new WeakReceiverPolicy();
  readonly #choice = new SmallEncodingChoice();
  readonly #empty: () => void;
  #source: ReceiveTrack | undefined;
  #encoding: SmallEncoding | undefined;
  #holdsBudget = false;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;

  /** @param empty told when nobody is left */
  constructor(scheduler: Scheduler, budget: SmallEncodingBudget, empty: () => void) {
    this.#scheduler = scheduler;
    this.#budget = budget;
    this.#empty = empty;
    this.#timer = scheduler.create(this);
  }

  join(member: WeakReceiverMember): void {
    if (this.#members.has(member)) return;
    const now = this.#scheduler.now();
    this.#members.set(member, new WatchedReceiver(now));
    if (this.#members.size === 1) this.#scheduler.schedule(this.#timer, now + UPDATE_MS);
  }

  leave(member: WeakReceiverMember): void {
    if (!this.#members.delete(member)) return;
    this.#source?.exemptViewer(member.sink, false);
    member.sink.usefulBitrate = 0;
    this.#settle();
    if (this.#members.size > 0) return;
    this.#scheduler.cancel(this.#timer);
    this.#empty();
  }

  /** What those get who are not weak. */
  set source(track: ReceiveTrack) {
    this.#source = track;
  }

  /** How the source is to be encoded for a receiver; undefined: as for all. */
  encodingFor(member: WeakReceiverMember): SmallEncoding | undefined {
    return this.#members.get(member)?.weak === true ? this.#encoding : undefined;
  }

  /** The small encoding can't be made: everybody gets the source again, for a while. */
  failed(): void {
    this.#pausedUntilMs = this.#scheduler.now() + PAUSE_MS;
    this.onTime(this.#scheduler.now());
  }

  onTime(now: number): void {
    if (this.#members.size === 0) return;
    this.#scheduler.schedule(this.#timer, now + UPDATE_MS);
    const source = this.#source;
    if (source === undefined) return;
    for (const [{ sink }, { path }] of this.#members) {
      const { remb, allowed, limits } = sink;
      const most = (limits.maxKbps ?? 0) > 0 ? limits.maxKbps! * 1000 : Number.POSITIVE_INFINITY;
      path.estimate = Math.min(remb, most);
      path.allowed = Math.min(allowed, most);
      path.probed = sink.rtxSsrc !== undefined && sink.isTransportWide;
      path.received = sink.origin?.bitrateFor(sink, now) ?? 0;
    }
    const available = this.#holdsBudget || this.#budget.free;
    const possible = available && !source.layered && now >= this.#pausedUntilMs && this.#mayTranscode();
    const rate = source.flowing ? source.bitrate(now) : 0;
    this.#policy.update(now, rate, this.#members.values(), possible);
    const changed = this.#settle();
    const told: WeakReceiverMember[] = [];
    for (const [member, { exempt, weak, wasWeak }] of this.#members) {
      source.exemptViewer(member.sink, exempt);
      member.sink.usefulBitrate = weak ? this.#policy.reference * USEFUL : 0;
      if (weak !== wasWeak || (weak && changed)) told.push(member);
    }
    // Some may leave when they hear of it.
    for (const member of told) member.encodingChanged();
  }

  #mayTranscode(): boolean {
    for (const member of this.#members.keys()) if (!member.mayTranscode()) return false;
    return true;
  }

  /** Sees to it that there is an encoding for the weak ones. @returns whether it is another one than before */
  #settle(): boolean {
    const former = this.#encoding;
    let weakest = Number.POSITIVE_INFINITY;
    for (const { weak, path } of this.#members.values()) if (weak) weakest = Math.min(weakest, path.estimate);
    if (weakest === Number.POSITIVE_INFINITY) {
      this.#encoding = undefined;
      this.#choice.reset();
      if (this.#holdsBudget) this.#budget.give();
      this.#holdsBudget = false;
    } else {
      this.#holdsBudget ||= this.#budget.take();
      this.#encoding = this.#choice.choose(this.#scheduler.now(), weakest, this.#policy.reference);
    }
    return this.#encoding !== former;
  }
}
