import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  GstBin,
  GstElement,
  type GstPad,
  type GstPipeline,
  inspectElement,
  type PadHold,
  type ProblemMessage,
} from '@rivero/graph-engine';
import { type HttpFile, lookAtHttpFile } from './http-file.js';
import { NO_TIME, PlayerBranch, playedFormat, type StreamTime } from './player-branch.js';

export interface PlayerSourceOptions {
  readonly name: string;
  readonly uri: string;
  /** Jitter buffer of RTSP sources, ms. */
  readonly networkCache: number;
  /** Where the bytes come from, in place of the URI. */
  readonly from?: GstElement;
  /** Video is decoded here, whatever its codec. */
  readonly decodeVideo?: boolean;
  /** A file of the web is read where its demultiplexer likes, by way of a file on disk. */
  readonly download?: boolean;
  /** A camera whose pictures have no times of their own: they are of when they come. */
  readonly stamped?: boolean;
  /** The time with which it begins, of a source that is opened once more (ns). */
  readonly firstTime?: number | undefined;
}

export type SourceProblem = Pick<ProblemMessage, 'domain' | 'reason' | 'code' | 'message' | 'debug'>;

export interface PlayerSourceListener {
  /** A stream that can be played; it waits until its source pad is linked and `release` is called. */
  branch(branch: PlayerBranch, release: () => void): void;
  /** Pictures that go out as they are encoded are to be turned before they are shown. */
  turned(): void;
  /** Only by way of a file on disk it is possible to move about in this file of the web. */
  wantsDownload(): void;
  /** Pictures come without times (multipart/x-mixed-replace), until the camera ends: they have to get some as they come in. */
  wantsTimes(): void;
  /** All streams have come to their end. */
  ended(): void;
  failed(problem: SourceProblem): void;
}

/** Schemes whose media comes when it comes: it is not held back, can't be seeked, and comes again after a loss. */
const LIVE_SCHEMES = /^(rtsp.*|rtmps?|rtmpt|srt|udp|rtp)$/;

/** How long a first stream is looked for in files, ms. */
const RECOGNISE_MS: Readonly<Record<string, number>> = { file: 10_000, http: 30_000, https: 30_000 };
const STREAM_ERROR_CODEC_NOT_FOUND = 6;
const STREAM_ERROR_DEMUX = 9;

/** Schemes of which each buffer has the running time of the pipeline at which it came, or was captured; others begin at 0. */
const PIPELINE_TIME = /^(rtsp.?|srt|udp|rtp)$/;

export function schemeOf(uri: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() ?? '';
}

/** They know neither the length of what they do not read by themselves nor their way about in it. */
const LOST_DEMULTIPLEXERS = new Set(['oggdemux', 'tsdemux']);

/** What is larger is not kept on disk (bytes). */
const MAX_DOWNLOAD = 512 * 1024 * 1024;

/** As players of television write that they listen at a port: `udp://@:1234`. */
function withAnyAddress(uri: string): string {
  return uri.replace(/^udp:\/\/@?(?=:)/i, 'udp://0.0.0.0');
}

/** By itself it would try again for ever without a word, a wrong passphrase, too. */
function srtSource(uri: string): GstElement {
  const source = GstElement.make('srtsrc', { uri });
  const tries = source.properties().some(({ name }) => name === 'auto-reconnect');
  return tries ? source.set('auto-reconnect', false) : source;
}

/** What is no URL is a path that was not percent-encoded. */
function filePath(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch {
    return uri.replace(/^file:(\/\/)?/i, '');
  }
}

/** Opens a URI once, and takes it apart into streams. */
export class PlayerSource {
  readonly isLive: boolean;
  readonly bin: GstBin;
  readonly #pipeline: GstPipeline;
  readonly #listener: PlayerSourceListener;
  readonly #decodeVideo: boolean;
  readonly #uri: string;
  readonly #scheme: string;
  readonly #download: boolean;
  readonly #stamped: boolean;
  #firstTime: number | undefined;
  readonly #queue = GstElement.make('multiqueue', {
    'max-size-buffers': 0,
    'max-size-bytes': 32 * 1024 * 1024,
    'max-size-time': 2_000_000_000,
    'use-interleave': true,
  });
  readonly #branches = new Map<string, PlayerBranch>();
  readonly #parsers: GstElement[] = [];
  readonly #unlisten: () => void;
  #running = 0;
  #told = false;
  #recognise: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  /** @throws GraphEngineError ELEMENT_MISSING, INVALID_VALUE */
  constructor(pipeline: GstPipeline, options: PlayerSourceOptions, listener: PlayerSourceListener) {
    const { name, uri, networkCache, from, decodeVideo = false, download = false, stamped = false } = options;
    const scheme = schemeOf(uri);
    this.#uri = uri;
    this.#scheme = from === undefined ? scheme : '';
    this.#download = download;
    this.#firstTime = options.firstTime;
    this.isLive = stamped || LIVE_SCHEMES.test(scheme);
    this.#stamped = stamped;
    this.#pipeline = pipeline;
    this.#listener = listener;
    this.#decodeVideo = decodeVideo;
    this.bin = GstBin.create(name);
    this.bin.lockState(true);
    this.bin.add(this.#queue);
    if (from !== undefined) this.#openBytes(from);
    else if (scheme === 'file') this.#openBytes(GstElement.make('filesrc', { location: filePath(uri) }));
    else if (download) this.#openDownload(uri);
    else if (stamped)
      this.#openBytes(GstElement.make('souphttpsrc', { location: uri, 'do-timestamp': true }));
    else if (scheme === 'srt') this.#openBytes(srtSource(uri));
    else this.#openNetwork(scheme, uri, networkCache);
    pipeline.add(this.bin);
    this.#unlisten = pipeline.onMessage((message) => {
      if (message.type !== 'error' || message.path.split('/')[2] !== `GstBin:${name}`) return;
      this.#problem(message);
    });
  }

  get branches(): readonly PlayerBranch[] {
    return [...this.#branches.values()];
  }

  /** Rejects when it can't be opened; `failed` has told why, or will. */
  async start(): Promise<void> {
    const ms = RECOGNISE_MS[this.#scheme];
    if (ms !== undefined) this.#recognise = setTimeout(() => this.#findsNothing(), ms).unref();
    await this.bin.setState('playing');
  }

  /** GStreamer's parsebin loses what demultiplexers tell at once: a file without any stream would be waited for in vain. */
  #findsNothing(): void {
    if (this.#branches.size === 0) this.#refuse('demux', STREAM_ERROR_DEMUX, 'no stream was found');
  }

  /** What it is can't be played. */
  #refuse(reason: string, code: number, message: string): void {
    if (this.#told || this.#closed !== undefined) return;
    this.#told = true;
    this.#listener.failed({ domain: 'stream', reason, code, message, debug: '' });
  }

  get isInPipelineTime(): boolean {
    return this.#stamped || PIPELINE_TIME.test(this.#scheme);
  }

  /** Length in ns and whether it can be seeked, undefined before there is a stream. */
  async info(): Promise<{ duration: number; seekable: boolean } | undefined> {
    const parser = this.#parsers[0];
    if (parser === undefined || this.#branches.size === 0) return undefined;
    const seekable = !this.isLive && (await parser.querySeekable()) && !(await this.#isPlainStream());
    return { duration: (await parser.queryDuration()) ?? 0, seekable };
  }

  /**
   * Exactly there where video is decoded or there is none, at the key frame before it where it goes out as it is encoded. Rejects when it
   * can't.
   * @param position ns
   */
  async seek(position: number): Promise<void> {
    // One stream tells the demultiplexer, which moves all: Ogg's would begin once more for each that does.
    const branch = this.#leading;
    if (branch === undefined) throw new Error('nothing is open');
    // What comes after it is not the beginning.
    this.#firstTime ??= branch.firstTime ?? 0;
    await branch.seek(position + this.#firstTime, this.branches);
    this.#running = this.#branches.size;
  }

  /** Moves it before anything has been let out: no stream is linked yet. Rejects when it can't. */
  async beginAt(position: number): Promise<void> {
    this.#firstTime ??= 0;
    await this.#parsers[0]?.seek(position + this.#firstTime, { flags: 'flush+accurate' });
  }

  /** How the time of what is played now relates to the running time from its origin on. */
  get time(): StreamTime {
    const { time, base } = this.#leading?.time ?? NO_TIME;
    return { time: time - (this.firstTime ?? 0), base };
  }

  get #leading(): PlayerBranch | undefined {
    return this.#branches.get('video') ?? this.#branches.get('audio');
  }

  /** The time with which it begins: that of a transport stream is the time of its clock, some way before the first picture. */
  get firstTime(): number | undefined {
    return this.#firstTime ?? this.#leading?.firstTime;
  }

  #httpFile: Promise<HttpFile> | undefined;
  #isPlaylist = false;
  #considered: Promise<void> | undefined;

  /** A file of a web server that gives out files from their beginning only: to ask for another place would end it. */
  async #isPlainStream(): Promise<boolean> {
    if (!this.#scheme.startsWith('http') || this.#isPlaylist) return false;
    this.#httpFile ??= lookAtHttpFile(this.#uri);
    return (await this.#httpFile).ranges === false;
  }

  /** Whether it is worth it to read it by way of a file. */
  async #considerDownload(): Promise<void> {
    this.#httpFile ??= lookAtHttpFile(this.#uri);
    const { ranges, length } = await this.#httpFile;
    if (this.#closed !== undefined || ranges !== true || length === undefined || length > MAX_DOWNLOAD)
      return;
    this.#listener.wantsDownload();
  }

  #problem(problem: ProblemMessage): void {
    if (this.#told || this.#closed !== undefined) return;
    this.#told = true;
    // Sources that can't connect tell of it as of a stream that broke off.
    const { source } = problem;
    const factory = source instanceof GstElement ? source.factoryName : '';
    const isSource = /\bSource\b/.test(inspectElement(factory)?.classification ?? '');
    this.#listener.failed(
      isSource && problem.domain === 'stream' ? { ...problem, domain: 'resource' } : problem,
    );
  }

  /** Demultiplexers read files where they like: they are linked before anything flows. */
  #openBytes(source: GstElement): void {
    const parser = this.#makeParser();
    this.bin.add(source);
    source.link(parser);
  }

  #openDownload(uri: string): void {
    const source = GstElement.make('souphttpsrc', { location: uri });
    const buffer = GstElement.make('downloadbuffer', {
      'temp-template': join(tmpdir(), 'rivero-player-XXXXXX'),
    });
    const parser = this.#makeParser();
    this.bin.add(source, buffer);
    source.link(buffer);
    buffer.link(parser);
  }

  #openNetwork(scheme: string, uri: string, latency: number): void {
    const source = scheme.startsWith('rtsp')
      ? GstElement.make('rtspsrc', { location: uri, latency, 'drop-on-latency': true })
      : GstElement.make('urisourcebin', { uri: withAnyAddress(uri) });
    this.bin.add(source);
    source.onPadAdded((pad, hold) => this.#sourcePad(pad, hold));
    if (!scheme.startsWith('http')) return;
    source.on('element-added', (added) => {
      const kind = added instanceof GstElement ? inspectElement(added.factoryName)?.classification : '';
      if (/\bAdaptive\b/.test(kind ?? '')) this.#isPlaylist = true;
    });
  }

  #makeParser(): GstElement {
    const parser = GstElement.make('parsebin');
    this.bin.add(parser);
    this.#parsers.push(parser);
    parser.onPadAdded((stream, held) => this.#stream(stream, held));
    if (this.#scheme.startsWith('http') && !this.#download && !this.#stamped) {
      parser.on('element-added', (added) => {
        if (!(added instanceof GstElement)) return;
        if (added.factoryName === 'multipartdemux' && this.#closed === undefined) this.#listener.wantsTimes();
        if (LOST_DEMULTIPLEXERS.has(added.factoryName) && this.#closed === undefined && !this.#isPlaylist)
          this.#considered = this.#considerDownload();
      });
    }
    return parser;
  }

  /** All there is of a source, or one stream of RTP. */
  #sourcePad(pad: GstPad, hold: PadHold): void {
    if (this.#closed !== undefined) return;
    const parser = this.#makeParser();
    void this.#run([parser], () => {
      pad.link(parser.getStaticPad('sink'));
      hold.release();
    });
  }

  #stream(pad: GstPad, hold: PadHold): void {
    if (this.#closed !== undefined) return;
    if (pad.caps === undefined) {
      this.#withCaps(pad, () => this.#stream(pad, hold));
      return;
    }
    // Not released: GStreamer shows one of its pictures and comes to no end.
    if (/^image\/(gst-libav-)?gif\b/.test(pad.caps)) {
      this.#refuse('codec-not-found', STREAM_ERROR_CODEC_NOT_FOUND, 'GIF pictures are not played');
      return;
    }
    const found = playedFormat(pad.caps);
    const played =
      this.#decodeVideo && found?.kind === 'video'
        ? { kind: found.kind, codec: undefined, format: undefined }
        : found;
    // One of each kind; what nobody takes is not linked, which sources put up with.
    if (played === undefined || this.#branches.has(played.kind)) {
      hold.release();
      return;
    }
    const sink = this.#queue.requestPad('sink_%u');
    const source = this.#queue.getStaticPad(sink.name.replace('sink', 'src'));
    const branch: PlayerBranch = new PlayerBranch(
      this.bin,
      source,
      played,
      !this.isLive,
      () => this.#branchEnded(),
      () => this.#listener.turned(),
    );
    this.#branches.set(played.kind, branch);
    this.#running++;
    Promise.all([branch.ready, this.#considered]).then(
      () => {
        if (this.#closed !== undefined) return;
        this.#listener.branch(branch, () => {
          pad.link(sink);
          hold.release();
        });
      },
      () => {},
    );
  }

  /** A new pad that is held still gets what describes its stream. */
  #withCaps(pad: GstPad, then: () => void): void {
    let waits = true;
    const look = (): void => {
      if (!waits || pad.caps === undefined) return;
      waits = false;
      off();
      then();
    };
    const off = pad.on('notify::caps', look);
    look();
  }

  #branchEnded(): void {
    if (--this.#running > 0 || this.#told || this.#closed !== undefined) return;
    this.#told = true;
    this.#listener.ended();
  }

  async #run(elements: readonly GstElement[], then: () => void): Promise<void> {
    try {
      for (const element of elements) await element.setState('playing');
      if (this.#closed === undefined) then();
    } catch {
      // The bus tells why.
    }
  }

  /** Stops it. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#recognise);
    this.#unlisten();
    await this.bin.setState('null');
    this.#pipeline.remove(this.bin);
  }
}
