import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  FileStorage,
  type GapsFix,
  HLS_KEY_FRAME_MS,
  HlsStorage,
  HttpStorage,
  hlsProfile,
  LiveStorage,
  Recording,
  type RecordingInput,
  type RecordingProfile,
  recordingProfiles,
  type S3Account,
  S3Storage,
  type Storage,
  StorageError,
} from '@rivero/recording';
import type { StreamKind } from '../protocol.js';
import type { Stream } from '../stream.js';
import { GraphElement } from './element.js';
import { RecorderInput } from './recorder-input.js';

/**
 * Frames go into the file so often, ms: waking up for each of them costs more than writing them. A crash takes so much, and what is
 * waited for because a packet is missing (120 ms).
 */
const COLLECT_MS = 500;
/** Where viewers wait for them. */
const COLLECT_LIVE_MS = 40;

export interface RecorderParams {
  uri: string;
  /** A name of `recordingProfiles`. */
  profile: string;
  stopOnEndOfStream: boolean;
  /** Folder for recordings that go to a server. */
  spoolDirectory: string;
  /** For s3: URIs. */
  s3: S3Account;
  /** bit/s of video that has to be transcoded; 0 = the default. */
  bitrate: number;
  /** What gaps in sound become; NONE where it is not told. */
  gapsFix?: GapsFix;
}

/** What the recorder tells the worker, by type of its event. */
export interface RecorderEvents {
  recording: Record<string, never>;
  paused: Record<string, never>;
  stopped: { frames: number; milliseconds: number };
  failed: { type: string; code: number; message: string };
}

interface Run {
  recording: Recording;
  storage: Storage;
  inputs: Map<string, { input: RecordingInput; tap: RecorderInput }>;
  /** Takes what has come. */
  collecting?: NodeJS.Timeout;
  /** Asks for key frames, where the recording is to have them regularly. */
  keyFrames?: NodeJS.Timeout;
}

/**
 * Writes streams into a file or to a server. Inputs are named `audio` and `video`, or `audio/NAME` for the tracks of a split
 * recorder. Methods: record, pause, stop (answers when the file is complete).
 */
export class RecorderElement extends GraphElement {
  #params: RecorderParams | undefined;
  #profile: RecordingProfile | undefined;
  readonly #streams = new Map<string, Stream>();
  #run: Run | undefined;
  #stopping: Promise<void> | undefined;

  override readonly methods = {
    record: () => this.#record(),
    pause: () => this.#pause(),
    stop: () => this.#stop(),
    /** Where a live stream is served inside this machine; null while there is none. */
    liveUrl: () => (this.#run?.storage instanceof LiveStorage ? (this.#run.storage.url ?? null) : null),
    setBitrate: ({ bitrate }: Record<string, unknown>) => {
      this.#params!.bitrate = Number(bitrate);
      return null;
    },
  };

  start(params: Record<string, unknown>): null {
    this.#params = params as unknown as RecorderParams;
    this.#profile = recordingProfiles[this.#params.profile];
    if (this.#profile === undefined) throw new Error(`unknown media profile '${this.#params.profile}'`);
    return null;
  }

  override async connect(name: string, stream: Stream): Promise<void> {
    if (this.#streams.get(name) === stream) return;
    this.#streams.set(name, stream);
    if (this.#run !== undefined) await this.#feed(this.#run, name, stream);
  }

  override async disconnect(name: string): Promise<void> {
    this.#streams.delete(name);
    await this.#run?.inputs.get(name)?.tap.setStream(undefined);
  }

  async close(): Promise<void> {
    await this.#stop();
    this.#streams.clear();
  }

  /** Begins, or goes on after a pause. What is wrong with the place comes as a `failed` event. */
  async #record(): Promise<null> {
    await this.#stopping;
    if (this.#run !== undefined) {
      collect(this.#run);
      this.#run.recording.record();
      return null;
    }
    let storage: Storage;
    try {
      storage = this.#storage();
    } catch (error) {
      this.#fail(error);
      return null;
    }
    const recording: Recording = new Recording(
      this.#profileFor(storage),
      storage,
      {
        started: () => this.#tell('recording', {}),
        keyFrameWanted: (input) => this.#tapOf(input)?.requestKeyFrame(),
        codecWanted: (input) => this.#reopen(input),
        sourcesEnded: () => {
          if (this.#params!.stopOnEndOfStream) void this.#stop();
        },
      },
      (pts) => Date.now() - Math.max(0, (this.host.pipeline.runningTime ?? pts) - pts) / 1e6,
      this.#params!.gapsFix,
    );
    const run: Run = { recording, storage, inputs: new Map() };
    this.#run = run;
    storage.onError = (error) => {
      if (this.#run !== run) return;
      this.#fail(error);
      void this.#stop();
    };
    try {
      await storage.open();
    } catch (error) {
      this.#run = undefined;
      this.#fail(error);
      return null;
    }
    recording.record();
    const segmented = isSegmented(storage);
    run.collecting = setInterval(
      () => {
        collect(run);
        if (!segmented) recording.flush();
      },
      storage instanceof LiveStorage ? COLLECT_LIVE_MS : COLLECT_MS,
    );
    if (segmented) run.keyFrames = setInterval(() => this.#requestKeyFrames(run), HLS_KEY_FRAME_MS);
    await Promise.all([...this.#streams].map(([name, stream]) => this.#feed(run, name, stream)));
    return null;
  }

  async #pause(): Promise<null> {
    if (this.#run !== undefined) collect(this.#run);
    this.#run?.recording.pause();
    await this.#run?.storage.flush?.();
    this.#tell('paused', {});
    return null;
  }

  #stop(): Promise<null> {
    const run = this.#run;
    this.#run = undefined;
    if (run !== undefined) {
      this.#stopping = this.#finish(run).finally(() => {
        this.#stopping = undefined;
      });
    }
    return (this.#stopping ?? Promise.resolve()).then(() => null);
  }

  /** Segments begin with key frames. */
  #requestKeyFrames({ inputs }: Run): void {
    for (const { input, tap } of inputs.values()) if (input.kind === 'video') tap.requestKeyFrame();
  }

  async #finish(run: Run): Promise<void> {
    clearInterval(run.keyFrames);
    clearInterval(run.collecting);
    await Promise.all([...run.inputs.values()].map(({ tap }) => tap.close()));
    try {
      run.recording.finish();
      await run.storage.close();
    } catch (error) {
      this.#fail(error);
    }
    const frames = [...run.inputs.values()].reduce((sum, { input }) => sum + input.framesWritten, 0);
    this.#tell('stopped', { frames, milliseconds: Math.round(run.recording.length / 1e6) });
  }

  async #feed(run: Run, name: string, stream: Stream): Promise<void> {
    let entry = run.inputs.get(name);
    if (entry === undefined) {
      const [kind, track] = name.split('/', 2) as [StreamKind, string | undefined];
      if (!run.recording.takes(kind)) return;
      const input = run.recording.addInput(kind, track);
      const tap = new RecorderInput(this.host, `${this.id}-${name}`, run.recording, input, {
        ...(this.#params!.bitrate > 0 && { bitrate: this.#params!.bitrate }),
        drained: () => collect(run),
        taken: (stream, transcodes) => this.host.tellTaken(name, stream, transcodes),
        failed: (message) => this.#tell('failed', { type: 'RESOURCE_ERROR_FAILED', code: 1, message }),
      });
      entry = { input, tap };
      run.inputs.set(name, entry);
      if (isSegmented(run.storage)) run.storage.expectedTracks = run.inputs.size;
    }
    try {
      await entry.tap.setStream(stream);
    } catch (error) {
      this.#fail(error);
    }
  }

  #tapOf(input: RecordingInput): RecorderInput | undefined {
    return [...(this.#run?.inputs.values() ?? [])].find((entry) => entry.input === input)?.tap;
  }

  /** The source goes on in a codec that its track does not hold: it is taken again, transcoded. */
  #reopen(input: RecordingInput): void {
    const run = this.#run;
    for (const [name, entry] of run?.inputs ?? []) {
      const stream = this.#streams.get(name);
      if (entry.input === input && stream !== undefined)
        entry.tap.setStream(stream).catch((error: unknown) => this.#fail(error));
    }
  }

  #profileFor(storage: Storage): RecordingProfile {
    if (storage instanceof HlsStorage) return hlsProfile(storage, this.#profile!);
    return storage instanceof LiveStorage ? storage.profile(this.#profile!) : this.#profile!;
  }

  #storage(): Storage {
    const { uri, spoolDirectory, s3 } = this.#params!;
    let url: URL;
    try {
      url = new URL(uri);
    } catch (error) {
      throw new StorageError(
        'RESOURCE_ERROR_NOT_FOUND',
        `'${uri}' is no URI: file:, http:, https: or s3: is needed`,
        { cause: error },
      );
    }
    switch (url.protocol) {
      case 'file:':
        return isPlaylist(url) ? new HlsStorage(fileURLToPath(url)) : new FileStorage(fileURLToPath(url));
      case 'http:':
      case 'https:':
        return new HttpStorage(url, {
          spoolDirectory,
          spoolName: randomUUID(),
          contentType: this.#profile!.contentType,
        });
      case 'hls:':
        return new LiveStorage();
      case 's3:':
        return new S3Storage(url, {
          spoolDirectory,
          spoolName: randomUUID(),
          contentType: this.#profile!.contentType,
          account: s3 ?? {},
        });
      default:
        throw new StorageError(
          'RESOURCE_ERROR_NOT_FOUND',
          `${uri}: nothing can be recorded to '${url.protocol}', only to file:, http:, https: and s3:`,
        );
    }
  }

  #fail(error: unknown): void {
    const { type, code } = error instanceof StorageError ? error : { type: 'RESOURCE_ERROR_FAILED', code: 1 };
    this.#tell('failed', { type, code, message: error instanceof Error ? error.message : String(error) });
  }

  #tell<K extends keyof RecorderEvents>(type: K, data: RecorderEvents[K]): void {
    this.host.emit(type, data);
  }
}

/** Whether it consists of segments, which begin with key frames. */
function isSegmented(storage: Storage): storage is HlsStorage | LiveStorage {
  return storage instanceof HlsStorage || storage instanceof LiveStorage;
}

/** Writes what has come, of all inputs in the order of its times. */
function collect({ inputs }: Run): void {
  const frames = [...inputs.values()].flatMap(({ tap }) => tap.collect());
  if (inputs.size > 1) frames.sort((a, b) => a.order - b.order);
  for (const frame of frames) frame.write();
}

/** A recording with such a name is HTTP Live Streaming. */
function isPlaylist({ pathname }: URL): boolean {
  return /\.m3u8$/i.test(pathname);
}
