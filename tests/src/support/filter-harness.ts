import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';
import { FilterBench } from './filter-bench.js';
import { type KurentoClient, type MediaPipeline, openClient } from './kurento.js';
import { RtpPrograms } from './rtp-programs.js';
import { TestServer } from './server.js';

/** What tests of filters share: a server and a client for all of them, a pipeline and programs for each. Usable within tests only. */
export interface FilterHarness {
  /** For pictures and recordings; it is removed at the end. */
  readonly folder: string;
  readonly server: TestServer;
  readonly client: KurentoClient;
  readonly pipeline: MediaPipeline;
  readonly programs: RtpPrograms;
  readonly bench: FilterBench;
}

/** Called within `describe`, once. */
export function useFilterHarness(): FilterHarness {
  const own: Partial<Record<keyof FilterHarness, unknown>> = {};
  const folder = mkdtempSync(join(tmpdir(), 'rivero-filters-'));
  before(async () => {
    const server = await TestServer.start({ args: ['--media.loopback', 'always'] });
    own.server = server;
    own.client = await openClient(server.uri);
  });
  after(async () => {
    (own.client as KurentoClient | undefined)?.close();
    await (own.server as TestServer | undefined)?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    const pipeline = await (own.client as KurentoClient).create('MediaPipeline');
    const programs = new RtpPrograms();
    Object.assign(own, { pipeline, programs, bench: new FilterBench(pipeline, programs, folder) });
  });
  afterEach(async () => {
    (own.programs as RtpPrograms | undefined)?.stop();
    await (own.pipeline as MediaPipeline | undefined)?.release();
  });
  const started = <K extends keyof FilterHarness>(name: K): FilterHarness[K] => {
    if (own[name] === undefined) throw new Error(`${name}: not started`);
    return own[name] as FilterHarness[K];
  };
  return {
    folder,
    get server() {
      return started('server');
    },
    get client() {
      return started('client');
    },
    get pipeline() {
      return started('pipeline');
    },
    get programs() {
      return started('programs');
    },
    get bench() {
      return started('bench');
    },
  };
}
