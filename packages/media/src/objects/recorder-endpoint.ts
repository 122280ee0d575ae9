import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KurentoError } from '@rivero/api';
import { GraphEndedError } from '../processing/graph-client.js';
import type { ObjectContext, ObjectInit } from './context.js';
import { UriEndpoint } from './uri-endpoint.js';

interface Failure {
  type: string;
  code: number;
  message: string;
}

/** Writes what comes into it to a file or to a server (Kurento: RecorderEndpoint). */
export class RecorderEndpoint extends UriEndpoint {
  readonly #profile: string;
  readonly #stopOnEndOfStream: boolean;
  /** Requests reach the graph one after the other, in their order. */
  #work: Promise<unknown> = Promise.resolve();
  #stopping = false;
  /** What was asked for last. */
  #wanted: 'record' | 'pause' | 'stop' = 'stop';

  constructor(context: ObjectContext, init: ObjectInit) {
    super(context, init);
    this.#profile = String(init.params.mediaProfile ?? 'WEBM');
    this.#stopOnEndOfStream = init.params.stopOnEndOfStream === true;
  }

  /** Begins with the first media, or goes on after a pause. What is wrong with the place comes as an Error event. */
  record(): null {
    if (this.#wanted === 'record') return null;
    this.#wanted = 'record';
    this.#do(async () => {
      if (!this.isInGraph) {
        // A live stream is written nowhere: the server's door asks for it.
        const uri = isLive(this.uri) ? this.uri : await this.context.uriAccess.check(this.uri);
        await this.startInGraph('Recorder', this.#params(uri));
      }
      await this.call('record');
    });
    return null;
  }

  /** Where the live stream of an `hls:` URI is served inside this machine; the server gives clients the URL of its door in place of it. */
  async getLiveUrl(): Promise<string> {
    await this.#work;
    const url = isLive(this.uri) && this.isInGraph ? await this.call<string | null>('liveUrl') : null;
    if (url === null) {
      throw new KurentoError(
        'UNEXPECTED_ERROR',
        'There is a live stream while a recorder with the URI hls: records',
      );
    }
    return url;
  }

  pause(): null {
    if (this.#wanted === 'pause') return null;
    this.#wanted = 'pause';
    // What was asked for before may not be in the graph yet.
    this.#do(async () => {
      if (this.isInGraph) await this.call('pause');
      else this.#paused();
    });
    return null;
  }

  stop(): null {
    void this.stopAndWait();
    return null;
  }

  /** Resolves when the file is complete, or will not be. */
  async stopAndWait(): Promise<null> {
    if (this.#wanted === 'stop') {
      await this.#work;
      return null;
    }
    this.#wanted = 'stop';
    await this.#do(async () => {
      this.#stopping = true;
      try {
        if (this.isInGraph) await this.call('stop');
      } finally {
        this.#stopping = false;
        this.#stopped();
      }
    });
    return null;
  }

  override graphEvent(type: string, data: Record<string, unknown>): void {
    switch (type) {
      case 'recording':
        this.setState('START');
        this.emit('Recording', {});
        return;
      case 'paused':
        this.#paused();
        return;
      case 'stopped':
        // By itself: at the end of its sources, or because it can't go on.
        if (this.#stopping) return;
        this.#wanted = 'stop';
        this.#stopped();
        return;
      case 'failed': {
        const { type: error, code, message } = data as unknown as Failure;
        this.emitError(error, code, message);
        return;
      }
      default:
        super.graphEvent(type, data);
    }
  }

  override graphLost(): void {
    super.graphLost();
    this.#wanted = 'stop';
    this.#stopped();
  }

  #params(uri: string): Record<string, unknown> {
    const { s3Endpoint, s3Region, s3AccessKeyId, s3SecretAccessKey } = this.context.configuration;
    return {
      uri,
      profile: this.#profile,
      stopOnEndOfStream: this.#stopOnEndOfStream,
      spoolDirectory: this.context.configuration.spoolDirectory || join(tmpdir(), 'rivero-recordings'),
      s3: {
        endpoint: s3Endpoint,
        region: s3Region,
        accessKeyId: s3AccessKeyId,
        secretAccessKey: s3SecretAccessKey,
      },
      gapsFix: this.context.configuration.recorderGapsFix,
      bitrate: this.property('encoderBitrate') ?? 0,
    };
  }

  #paused(): void {
    if (this.setState('PAUSE')) this.emit('Paused', {});
  }

  #stopped(): void {
    if (this.setState('STOP')) this.emit('Stopped', {});
  }

  /** Does something in the graph after what was asked before; a failure becomes an Error event. */
  #do(step: () => Promise<unknown>): Promise<void> {
    const done = this.#work.then(step).then(
      () => {},
      (error: Error & { type?: string; code?: number }) => {
        // The end of the graph process is told once, by graphLost.
        if (!this.released && !(error instanceof GraphEndedError))
          this.emitError(error.type ?? 'UNEXPECTED_ERROR', error.code ?? 40003, error.message);
      },
    );
    this.#work = done;
    return done;
  }
}

function isLive(uri: string): boolean {
  return /^hls:/i.test(uri);
}
