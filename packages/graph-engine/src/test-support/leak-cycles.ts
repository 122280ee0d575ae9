// Adds and removes inputs of a running graph, or whole pipelines, and writes what the process held before and after.
import { readdirSync, readFileSync } from 'node:fs';
import { GstBin } from '../bin.js';
import { GstPipeline } from '../pipeline.js';
import { diagnostics } from '../registry.js';
import { until } from './running-pipeline.js';

declare const gc: () => void;

const WARM_UP = 100;
const CYCLES = 400;

const branch =
  'videotestsrc is-live=true ! video/x-raw,width=64,height=64 ! vp8enc deadline=1 ! vp8dec name=dec ! queue';
const graph = GstPipeline.create();
graph.useSystemClock();
graph.add(GstBin.parse('funnel name=mix ! fakesink async=false sync=false', false));
const mixer = graph.find('mix')!;
const surroundings = mixer.parent as GstBin;

async function cycleInput(): Promise<void> {
  const bin = GstBin.parse(branch, true);
  surroundings.add(bin);
  // What a listener mentions must not stay alive by it.
  bin.find('dec')!.on('notify::caps', () => bin.name);
  const out = bin.getStaticPad('src');
  const off = out.onEvent({ direction: 'downstream', types: ['caps'] }, () => out.name);
  const sink = mixer.requestPad('sink_%u');
  out.link(sink);
  const first = sink.firstBuffer();
  await bin.syncStateWithParent();
  await first;
  off();
  out.hold();
  out.unlink();
  mixer.releasePad(sink);
  surroundings.remove(bin);
  await bin.setState('null');
}

async function cyclePipeline(): Promise<void> {
  const pipeline = GstPipeline.create();
  pipeline.add(GstBin.parse('videotestsrc ! video/x-raw,width=64,height=64 ! fakesink name=sink', false));
  pipeline.onMessage(() => pipeline.name);
  const first = pipeline.find('sink')!.getStaticPad('sink').firstBuffer();
  await pipeline.setState('playing');
  await first;
  await pipeline.setState('null');
  pipeline.dispose();
}

const cycle = process.argv[2] === 'pipelines' ? cyclePipeline : cycleInput;

/** What waits for the garbage collector is no leak: it runs often. */
async function cycles(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await cycle();
    if (i % 10 === 0) gc();
  }
}

async function usage() {
  let handles = Number.POSITIVE_INFINITY;
  // Finalisers run a little after the collection; nothing is left to collect when two rounds agree.
  await until(async () => {
    const last = handles;
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
    handles = diagnostics().handles;
    return handles === last;
  });
  const status = readFileSync('/proc/self/status', 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    rss: Math.round(field('VmRSS') / 1024),
    threads: field('Threads'),
    files: readdirSync('/proc/self/fd').length,
    handles,
  };
}

await graph.setState('playing');
await cycles(WARM_UP);
const before = await usage();
await cycles(CYCLES);
const after = await usage();
await graph.setState('null');
console.log(JSON.stringify({ before, after }));
