import type { GstPad } from '@rivero/graph-engine';
import { Branch, type BranchHost } from './branch.js';
import { type Codec, DEFAULT_BITRATE, findCodec } from './codecs.js';
import { decodeSteps, encodeChain, encodeKey } from './conversions.js';
import type { EncodeDemand, StreamCodec, StreamKind } from './protocol.js';
import type { Tap, Tee } from './tee.js';

/** What a stream comes from: encoded frames, or raw pictures or sound. */
export type StreamSource =
  | {
      /** The tee that gives the encoded frames out. */
      readonly native: Tee;
      readonly codec: Codec;
      readonly format: StreamCodec;
      /** Gets a key frame from whoever encodes it. */
      requestKeyFrame(): void;
    }
  | { readonly raw: Tee };

/** Somebody's use of a stream in one form. It keeps what makes the form running until it is released. */
export interface Use {
  /** Lets the flow go to a sink pad of something that runs. */
  tap(sink: GstPad): Tap;
  /** The codec of encoded uses. */
  readonly format: StreamCodec | undefined;
  requestKeyFrame(): void;
  /** bit/s, for uses with an encoder. */
  setBitrate(bitrate: number): void;
  /** The taps must be closed. Idempotent. */
  release(): void;
}

/** Called when what a use stands on has failed or ended: close the taps and release the use. */
export type LostListener = (reason: string) => void;

interface User {
  readonly lost: LostListener;
}

/**
 * Media of one kind inside the graph, that can be had as it is encoded already, raw, or encoded as somebody wants it. What
 * that takes (one decoder, one encoder for each distinct demand) runs while there are users.
 */
export class Stream {
  #raw: Branch | undefined;
  readonly #encodes = new Map<string, Branch>();
  readonly #users = new Set<User>();
  /** Those who get nothing yet. */
  readonly #awaiting = new Set<User>();
  readonly #ends = new Set<() => void>();
  #closed = false;

  constructor(
    private readonly host: BranchHost,
    readonly id: string,
    readonly kind: StreamKind,
    private readonly source: StreamSource,
  ) {}

  /** The codec that it is encoded in already; undefined for raw streams. */
  get format(): StreamCodec | undefined {
    return 'native' in this.source ? this.source.format : undefined;
  }

  get codec(): Codec | undefined {
    return 'native' in this.source ? this.source.codec : undefined;
  }

  /** The encoded frames as they come. @throws Error when the stream is raw */
  native(lost: LostListener): Use {
    const { source } = this;
    if (!('native' in source)) throw new Error(`${this.id} is not encoded`);
    const { user, release } = this.#enter(lost);
    return {
      tap: (sink) => this.#tap(source.native, sink, user),
      format: source.format,
      requestKeyFrame: () => source.requestKeyFrame(),
      setBitrate: () => {},
      release,
    };
  }

  /** Pictures (video/x-raw) or sound (audio/x-raw). Rejects when it can't be decoded. */
  async raw(lost: LostListener): Promise<Use> {
    const { source } = this;
    const { user, release } = this.#enter(lost);
    if ('raw' in source) {
      return {
        tap: (sink) => this.#tap(source.raw, sink, user),
        format: undefined,
        requestKeyFrame: () => {},
        setBitrate: () => {},
        release,
      };
    }
    if (this.#raw === undefined || this.#raw.ended) {
      this.#raw = new Branch(this.host, `decode-${this.id}`, {
        steps: decodeSteps(source.codec),
        upstream: () => Promise.resolve(this.native((reason) => this.#raw?.fail(reason))),
        // The decoder begins at a key frame.
        started: () => source.requestKeyFrame(),
      });
    }
    return this.#use(this.#raw, lost, user, release, undefined);
  }

  /** Frames as `demand` says. Rejects when there is no such encoder. */
  async encoded(demand: EncodeDemand, lost: LostListener): Promise<Use> {
    const { user, release } = this.#enter(lost);
    const key = encodeKey(demand);
    let branch = this.#encodes.get(key);
    if (branch === undefined || branch.ended) {
      try {
        branch = this.#encode(key, demand);
      } catch (error) {
        release();
        throw error;
      }
      this.#encodes.set(key, branch);
    }
    return this.#use(branch, lost, user, release, demand.codec);
  }

  #encode(key: string, demand: EncodeDemand): Branch {
    const codec = findCodec(demand.codec.name);
    if (codec === undefined || codec.kind !== this.kind) {
      throw new Error(`${demand.codec.name} is no ${this.kind} codec that can be encoded`);
    }
    const bitrate = demand.bitrate ?? DEFAULT_BITRATE[this.kind];
    const { steps, encoder } = encodeChain(codec, demand, bitrate);
    const branch: Branch = new Branch(this.host, `encode-${this.id}-${key}`, {
      steps,
      encoder,
      bitrate,
      maxQueued: this.kind === 'video' ? 2 : 0,
      upstream: () => this.raw((reason) => branch.fail(reason)),
    });
    return branch;
  }

  async #use(
    branch: Branch,
    lost: LostListener,
    user: User,
    release: () => void,
    format: StreamCodec | undefined,
  ): Promise<Use> {
    const leave = branch.join(lost);
    const both = (): void => {
      leave();
      release();
    };
    try {
      await branch.ready;
    } catch (error) {
      both();
      throw error;
    }
    this.#awaiting.delete(user);
    return {
      tap: (sink) => branch.tap(sink),
      format,
      requestKeyFrame: () => branch.requestKeyFrame(),
      setBitrate: (bitrate) => branch.setBitrate(bitrate),
      release: both,
    };
  }

  #tap(tee: Tee, sink: GstPad, user: User): Tap {
    this.#awaiting.delete(user);
    return tee.tap(sink);
  }

  /** Calls the listener each time that what it comes from is at its end: it may be played again. @returns what ends it */
  onEnd(listener: () => void): () => void {
    this.#ends.add(listener);
    return () => this.#ends.delete(listener);
  }

  /** What it comes from is at its end. */
  sourceEnded(): void {
    for (const listener of [...this.#ends]) listener();
  }

  get isUsed(): boolean {
    return this.#users.size > 0;
  }

  /** Somebody is about to use it, and gets nothing yet. */
  get isAwaited(): boolean {
    return this.#awaiting.size > 0;
  }

  #enter(lost: LostListener): { user: User; release: () => void } {
    if (this.#closed) throw new Error(`${this.id} has ended`);
    const user = { lost };
    this.#users.add(user);
    this.#awaiting.add(user);
    const release = (): void => {
      this.#users.delete(user);
      this.#awaiting.delete(user);
    };
    return { user, release };
  }

  /** Decoders and encoders at work. */
  get branches(): readonly Branch[] {
    const all = [...this.#encodes.values()];
    if (this.#raw !== undefined) all.push(this.#raw);
    return all.filter(({ ended }) => !ended);
  }

  /** Ends it for all users; resolves when its branches have stopped. */
  async close(reason: string): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const branches = this.branches;
    for (const user of [...this.#users]) user.lost(reason);
    await Promise.all(branches.map((branch) => branch.stopped));
  }
}
