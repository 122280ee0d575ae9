import { KurentoError } from '@rivero/api';
import type { StreamKind } from '../protocol.js';
import type { Stream } from '../stream.js';
import { Tee } from '../tee.js';
import { certificateProblem } from '../tls-trust.js';
import { GraphElement, problemText } from './element.js';
import { ForwardingWatch } from './forwarding-watch.js';
import type { PlayerBranch } from './player-branch.js';
import { PlayerSource, type PlayerSourceListener, type SourceProblem } from './player-source.js';

/** ms before a source that was lost is opened again: doubled each time up to the maximum. */
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 15_000;
/** GST_STREAM_ERROR_FORMAT. */
const STREAM_ERROR_FORMAT = 11;
/** What is begun anew within this time of its beginning (ns) is shown from the beginning. */
const BEGINNING = 1_000_000_000;
/** How long what is played is held back for those who are getting ready for it, and for the first sign of any, ms. */
const MAX_HOLD_MS = 600;
const SIGN_MS = 120;

interface Output {
  readonly stream: Stream;
  readonly tee: Tee;
  /** What tells whether another stream can take its place without anybody noticing. */
  readonly form: string;
  /** Of video that goes out as it is encoded. */
  readonly watch: ForwardingWatch | undefined;
}

/**
 * Plays a URI: `{ uri, networkCache, keepEncoded }`. Outputs `video` and `audio`, encoded where the codec is one of RTP; video that turns
 * out unfit for viewers as it is encoded is decoded from then on, unless `keepEncoded` forbids it. Its events are `error`
 * (`{ reason, code, message }`), `ended`, `lost` and `restored`.
 */
export class PlayerElement extends GraphElement {
  readonly #outputs = new Map<StreamKind, Output>();
  #source: PlayerSource | undefined;
  #uri = '';
  #networkCache = 0;
  #plays = 0;
  #keepEncoded = false;
  #decodeVideo = false;
  /** Running time at which the time 0 of the media was, or would have been, let out (ns). */
  #origin = 0;
  #pausedAt: number | undefined;
  /** Nothing more comes since then. */
  #failedAt: number | undefined;
  #download = false;
  #stamped = false;
  /** Of the URI, once it has been opened (ns). */
  #firstTime: number | undefined;
  #hasFlowed = false;
  /** Nothing is let out before those who get ready for it are. */
  #isHeld = false;
  /** Streams that were found when others flowed already, held for those who get ready for them. */
  readonly #late = new Set<PlayerBranch>();
  /** A live source has gone, and did not come back yet. */
  #isLost = false;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #closed = false;

  start({ uri, networkCache, keepEncoded }: Record<string, unknown>): Promise<unknown> | unknown {
    this.#uri = String(uri);
    this.#networkCache = Number(networkCache);
    this.#keepEncoded = keepEncoded === true;
    return null;
  }

  override readonly methods = {
    play: () => this.play(),
    pause: () => this.#pause(),
    stop: () => this.stop(),
    /** `{ position }`: ns */
    seek: ({ position }: Record<string, unknown>) => this.#seek(Number(position)),
    /** ns */
    position: () => this.#position(),
    info: async () => (await this.#source?.info()) ?? null,
  };

  get #now(): number {
    return this.host.pipeline.runningTime ?? 0;
  }

  protected play(): null {
    if (this.#source === undefined) {
      this.#hasFlowed = false;
      this.#isLost = false;
      this.#open();
      return null;
    }
    if (this.#pausedAt === undefined) return null;
    this.#setOrigin(this.#origin + (this.#now - this.#pausedAt));
    this.#pausedAt = undefined;
    this.#resume(this.#source);
    return null;
  }

  #pause(): null {
    if (this.#source === undefined || this.#pausedAt !== undefined) return null;
    this.#pausedAt = this.#now;
    for (const branch of this.#source.branches) branch.pause();
    return null;
  }

  protected async stop(): Promise<null> {
    clearTimeout(this.#retry);
    const source = this.#source;
    this.#source = undefined;
    this.#pausedAt = undefined;
    this.#beginsAt = undefined;
    await source?.close();
    return null;
  }

  async #seek(position: number): Promise<null> {
    await this.#beginning;
    const source = this.#source;
    const info = await source?.info();
    if (
      source === undefined ||
      source !== this.#source ||
      this.#failedAt !== undefined ||
      info?.seekable !== true
    )
      throw seekFails();
    // There is nothing to be found behind the end, and not every demultiplexer takes it well to be sent there.
    if (info.duration > 0 && position >= info.duration) {
      this.#ended(source);
      return null;
    }
    await this.#move(source, () => source.seek(position));
    return null;
  }

  /** Nothing is let out before it is known when: what comes from another place would be late by the time that has been played. */
  async #move(source: PlayerSource, seek: () => Promise<void>): Promise<void> {
    for (const branch of source.branches) branch.pause();
    try {
      await seek();
      // The running time of the media begins at 0 again.
      if (this.#source === source) {
        const now = this.#now;
        if (this.#pausedAt !== undefined) this.#pausedAt = now;
        this.#setOrigin(now);
      }
    } catch {
      throw seekFails();
    } finally {
      if (this.#source === source) this.#resume(source);
    }
  }

  /** Lets flow what nothing holds back any more. */
  #resume(source: PlayerSource): void {
    if (this.#pausedAt !== undefined || this.#beginsAt !== undefined || this.#isHeld) return;
    for (const branch of source.branches) if (!this.#late.has(branch)) branch.resume();
  }

  #position(): number {
    if (this.#source === undefined || !this.#hasFlowed) return 0;
    const { time, base } = this.#source.time;
    return Math.max(0, time + (this.#failedAt ?? this.#pausedAt ?? this.#now) - this.#origin - base);
  }

  #setOrigin(runningTime: number): void {
    this.#origin = runningTime;
    const source = this.#source;
    if (source === undefined || source.isInPipelineTime) return;
    for (const branch of source.branches) branch.origin = runningTime;
  }

  /** @param from where it begins, ns */
  #open(from = 0): void {
    this.#failedAt = undefined;
    const name = `${this.id}-${++this.#plays}`;
    let isFirst = true;
    let held: Promise<void> | undefined;
    // All streams are found meanwhile: what a source of several has been read for one of them waits for the others, too.
    const hold = (branch: PlayerBranch): void => {
      if (held === undefined) {
        this.#isHeld = true;
        held = this.#othersReady().then(() => {
          if (!current()) return;
          this.#isHeld = false;
          // What is live keeps its time: it is not late for long.
          if (!source.isLive && this.#pausedAt === undefined) this.#setOrigin(this.#now);
          this.#resume(source);
        });
      } else if (!this.#isHeld) {
        this.#late.add(branch);
        void this.#othersReady().then(() => {
          this.#late.delete(branch);
          if (current()) this.#resume(source);
        });
      }
    };
    const current = (): boolean => this.#source === source;
    this.#isHeld = false;
    const source: PlayerSource = this.makeSource(name, {
      branch: (branch, release) => {
        if (!current()) return;
        if (isFirst) {
          isFirst = false;
          this.#origin = this.#now;
          this.#flows();
          if (from > 0) this.#beginning = this.#begin(source, from);
        }
        if (!source.isInPipelineTime) branch.origin = this.#origin;
        hold(branch);
        branch.pause();
        this.#give(branch, release, current).catch((error: Error) => {
          if (current()) this.#cannotPlay(source, error.message);
        });
      },
      turned: () => {
        if (current() && this.canReopen) this.#decode();
      },
      wantsDownload: () => {
        if (!current()) return;
        this.#download = true;
        this.#reopen(source);
      },
      wantsTimes: () => {
        if (current()) void this.#openStamped(source);
      },
      ended: () => {
        if (current()) this.#ended(source);
      },
      failed: (problem) => {
        if (current()) this.#failed(source, problem);
      },
    });
    this.#source = source;
    // The bus tells why it can't.
    source.start().catch(() => {});
  }

  /** The place to which a source is on its way, ns; nothing flows meanwhile. */
  #beginsAt: number | undefined;
  #beginning: Promise<void> | undefined;

  async #begin(source: PlayerSource, from: number): Promise<void> {
    this.#beginsAt = from;
    try {
      // It can be seeked when all its streams are there.
      for (let looks = 0; looks < 50 && this.#source === source; looks++) {
        if ((await source.info())?.seekable === true) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      if (this.#source !== source) return;
      await source.beginAt(from);
    } catch {
      // From its beginning, then.
    }
    if (this.#source !== source) return;
    this.#beginsAt = undefined;
    if (this.#pausedAt !== undefined) this.#pausedAt = this.#now;
    this.#setOrigin(this.#now);
    this.#resume(source);
  }

  /** Viewers can't use video as it is encoded: it is decoded from here on. */
  #decode(): void {
    const source = this.#source;
    if (this.#keepEncoded || source === undefined || this.#closed) return;
    this.#decodeVideo = true;
    this.#reopen(source);
  }

  /** Begins anew where it is, in another way. */
  #reopen(source: PlayerSource): void {
    const position = this.#position();
    const paused = this.#pausedAt !== undefined;
    this.#firstTime = source.firstTime;
    this.#source = undefined;
    void source.close();
    this.#open(source.isLive || position < BEGINNING ? 0 : position);
    if (paused) this.#pausedAt = this.#now;
  }

  /** Many a camera serves one viewer at a time: it is opened again when it has been closed. */
  async #openStamped(source: PlayerSource): Promise<void> {
    this.#stamped = true;
    await source.close();
    if (this.#source === source && !this.#closed) this.#open();
  }

  /** Whether what is played can be opened once more. */
  protected get canReopen(): boolean {
    return true;
  }

  /** What is played. */
  protected makeSource(name: string, listener: PlayerSourceListener): PlayerSource {
    const options = {
      name,
      uri: this.#uri,
      networkCache: this.#networkCache,
      decodeVideo: this.#decodeVideo,
      download: this.#download,
      stamped: this.#stamped,
      firstTime: this.#firstTime,
    };
    return new PlayerSource(this.host.pipeline, options, listener);
  }

  /** Tells the worker. */
  protected tell(type: string, data?: Record<string, unknown>): void {
    this.host.emit(type, data);
  }

  /** Whether something of what is played now has been seen to be media. */
  protected get hasFlowed(): boolean {
    return this.#hasFlowed;
  }

  #flows(): void {
    this.#hasFlowed = true;
    this.#retryMs = FIRST_RETRY_MS;
    if (this.#isLost) this.tell('restored');
    this.#isLost = false;
  }

  /** Lets a branch flow into the output of its kind: that of the last time where it fits, so that those who watch stay. */
  async #give(branch: PlayerBranch, release: () => void, current: () => boolean): Promise<void> {
    const { kind, codec, format } = branch.played;
    const form = JSON.stringify(format ?? 'raw');
    const former = this.#outputs.get(kind);
    if (former !== undefined && former.form !== form) {
      this.#outputs.delete(kind);
      await this.#remove(former);
    }
    let output = this.#outputs.get(kind);
    if (output === undefined) {
      const tee = new Tee(this.host.pipeline, `${this.id}-${kind}-${this.#plays}-tee`);
      await tee.start();
      if (!current() || this.#closed) return tee.stop();
      const isEncoded = codec !== undefined && format !== undefined;
      const watch =
        isEncoded && kind === 'video' && this.canReopen && !this.#keepEncoded
          ? new ForwardingWatch(tee.sink, () => this.#decode())
          : undefined;
      const source = isEncoded
        ? { native: tee, codec, format, requestKeyFrame: () => watch?.keyFrameWanted() }
        : { raw: tee };
      output = { stream: this.host.addStream(kind, kind, source), tee, form, watch };
      this.#outputs.set(kind, output);
      this.host.announce(output.stream);
    }
    if (!current()) return;
    if (output.tee.sink.isLinked) output.tee.sink.unlink();
    branch.src.link(output.tee.sink);
    release();
  }

  /** Those who come late would miss the first key frame, and with it all up to the next one. */
  async #othersReady(): Promise<void> {
    const begun = performance.now();
    let changed = begun;
    let known = '';
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const now = performance.now();
      const streams = [...this.#outputs.values()].map(({ stream }) => stream);
      if (now - begun > MAX_HOLD_MS) return;
      const names = streams.map(({ kind }) => kind).join();
      if (names !== known) changed = now;
      known = names;
      if (now - changed > SIGN_MS && !streams.some(({ isAwaited }) => isAwaited)) return;
    }
  }

  async #remove({ stream, tee, watch }: Output): Promise<void> {
    watch?.stop();
    await this.host.removeStream(stream, 'the player has something else to play');
    await tee.stop();
  }

  #ended(source: PlayerSource): void {
    if (source.isLive) {
      this.#lost(source, 'the source has ended');
      return;
    }
    for (const { stream } of this.#outputs.values()) stream.sourceEnded();
    void this.stop();
    this.tell('ended');
  }

  #failed(source: PlayerSource, problem: SourceProblem): void {
    if (source.isLive && this.#hasFlowed) {
      this.#lost(source, problemText(problem));
      return;
    }
    this.#fail(source, problem, problemText(problem));
  }

  /** A stream that was found to be media does not fit what was made for it. Others of its process must not be ended by that. */
  #cannotPlay(source: PlayerSource, message: string): void {
    this.#fail(source, { domain: 'stream', reason: 'format', code: STREAM_ERROR_FORMAT }, message);
  }

  #fail(
    source: PlayerSource,
    { domain, reason, code }: Pick<SourceProblem, 'domain' | 'reason' | 'code'>,
    message: string,
  ): void {
    this.#failedAt = this.#pausedAt ?? this.#now;
    void source.close();
    const error = { domain, reason, code, hasFlowed: this.#hasFlowed, message };
    if (this.#hasFlowed || domain !== 'resource') {
      this.tell('error', error);
      return;
    }
    void certificateProblem(this.#uri).then((cause) => {
      if (this.#closed || this.#source !== source) return;
      this.tell('error', cause === undefined ? error : { ...error, message: cause });
    });
  }

  #lost(source: PlayerSource, message: string): void {
    if (!this.#isLost) this.tell('lost', { message });
    this.#isLost = true;
    this.#tryAgain(source);
  }

  #tryAgain(source: PlayerSource): void {
    this.#retry = setTimeout(() => {
      if (this.#source !== source || this.#closed) return;
      void source.close();
      this.#open();
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.stop();
    for (const output of this.#outputs.values()) await this.#remove(output);
    this.#outputs.clear();
  }
}

function seekFails(): KurentoError {
  return new KurentoError('PLAYER_SEEK_FAIL', 'Seek fails');
}
