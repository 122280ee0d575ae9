/**
 * `npm run bench:signaling`: what it takes until an endpoint has answered an offer, and until a call is connected, with
 * the real server and peers that do real ICE and DTLS. See bench/README.md. Options: --quick, --workers=N, --json=NAME.
 */
import { connectAndRelease, createAndAnswer } from './signaling/calls.js';
import type { PeerCalls } from './signaling/peer-process.js';
import { KurentoConnection } from './support/kurento.js';
import { BenchProcess, cpuTime, residentBytes } from './support/processes.js';
import { formatTable, writeResults } from './support/report.js';
import { ServerUnderTest } from './support/server.js';
import { quantile, spread } from './support/statistics.js';

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const quick = process.argv.includes('--quick');
const workers = Number(option('workers') ?? 1);
const count = { answers: quick ? 100 : 400, calls: quick ? 60 : 300 };
/** Endpoints and calls before the measurement: the first ones run code that is not compiled yet. */
const WARM_UP = quick ? 60 : 300;
/** The first of them are told of as well. */
const COLD = 20;
/** Requests of so many endpoints at a time, where a rate is measured. */
const CONCURRENCY = 8;

/** What Kurento 7.3 needs on a machine of this class. */
const KURENTO = { answerMs: 9.5, answersPerSecond: 107, callMs: 155, rssMiB: [68, 118] };

const MiB = 2 ** 20;

const server = await ServerUnderTest.start(workers, option('node-option') ? [option('node-option')!] : []);
const peers = new BenchProcess<PeerCalls>(new URL('./signaling/peer-process.js', import.meta.url));
const connection = await KurentoConnection.open(server.url);
try {
  const pipeline = await connection.create('MediaPipeline', {});
  const answer = () => createAndAnswer(connection, pipeline);
  const call = () => connectAndRelease(connection, pipeline, peers);
  const coldMs: number[] = [];
  await times(WARM_UP, async () => {
    const start = performance.now();
    const endpoint = await answer();
    coldMs.push(performance.now() - start);
    await connection.release(endpoint);
  });
  coldMs.length = COLD;
  await times(WARM_UP, call);
  const rssBefore = residentMiB();

  const answerMs: number[] = [];
  const answerCpu = await cpuOf(() =>
    times(count.answers, async () => {
      const start = performance.now();
      const endpoint = await answer();
      answerMs.push(performance.now() - start);
      await connection.release(endpoint);
    }),
  );
  const answersPerSecond = await rate(count.answers, async () => connection.release(await answer()));
  const callMs: number[] = [];
  const releaseMs: number[] = [];
  const callCpu = await cpuOf(() =>
    times(count.calls, async () => {
      const { setUp, release } = await call();
      callMs.push(setUp + release);
      releaseMs.push(release);
    }),
  );
  const callsPerSecond = await rate(count.calls, call);
  const rssAfter = residentMiB();

  const row = (name: string, values: number[], kurento: number) => {
    const { min, median, max } = spread(values);
    const p95 = quantile(
      [...values].sort((a, b) => a - b),
      0.95,
    );
    const figures = [median, min, p95, max, kurento, median / kurento].map((value) => value.toFixed(2));
    return [name, ...figures];
  };
  console.log(`\nms, ${workers} media worker(s), requests one after the other\n`);
  console.log(
    formatTable(
      ['', 'median', 'min', 'p95', 'max', 'Kurento', 'ratio'],
      [
        row('create → SDP answer', answerMs, KURENTO.answerMs),
        row(`  the first ${COLD} after the start`, coldMs, KURENTO.answerMs),
        row('connected call, set up and released', callMs, KURENTO.callMs),
      ],
    ),
  );
  console.log(`\n${CONCURRENCY} at a time\n`);
  const perSecond = (value: number) => value.toFixed(0);
  console.log(
    formatTable(
      ['', 'per second', 'Kurento'],
      [
        [
          'endpoints created, answered and released',
          perSecond(answersPerSecond),
          `${KURENTO.answersPerSecond}`,
        ],
        ['calls connected and released', perSecond(callsPerSecond), (1000 / KURENTO.callMs).toFixed(1)],
      ],
    ),
  );
  console.log('\nCPU ms of each, one after the other');
  console.log(`  answer: ${describeCpu(answerCpu, count.answers)}`);
  console.log(`  call:   ${describeCpu(callCpu, count.calls)}`);
  const cycles = 2 * (count.answers + count.calls);
  console.log(
    `\nRSS over ${cycles} cycles, MiB: server ${rssBefore[0]} → ${rssAfter[0]}, workers ${rssBefore.slice(1).join('+')} → ${rssAfter.slice(1).join('+')} (Kurento: ${KURENTO.rssMiB.join(' → ')} over 200)`,
  );
  writeResults(option('json') ?? 'signaling', {
    workers,
    firstAnswersMs: spread(coldMs),
    answerMs: { ...spread(answerMs), kurento: KURENTO.answerMs },
    callMs: { ...spread(callMs), kurento: KURENTO.callMs },
    releaseMs: spread(releaseMs),
    answersPerSecond,
    callsPerSecond,
    cpuMs: { answer: perCycle(answerCpu, count.answers), call: perCycle(callCpu, count.calls) },
    cycles,
    rssMiB: { before: rssBefore, after: rssAfter },
  });
} finally {
  connection.close();
  await Promise.all([server.stop(), peers.close()]);
}

async function times(repetitions: number, action: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < repetitions; i++) await action();
}

/** How often an action can be done in a second, several at a time. */
async function rate(total: number, action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await Promise.all(Array.from({ length: CONCURRENCY }, () => times(Math.ceil(total / CONCURRENCY), action)));
  return (Math.ceil(total / CONCURRENCY) * CONCURRENCY * 1000) / (performance.now() - start);
}

/** CPU time of each process that an action takes, ms: server, workers …, peers. */
async function cpuOf(action: () => Promise<void>): Promise<number[]> {
  const pids = [...server.pids, peers.pid];
  const before = pids.map((pid) => cpuTime(pid).process);
  await action();
  return pids.map((pid, i) => (cpuTime(pid).process - before[i]!) / 1000);
}

function perCycle(
  cpu: readonly number[],
  cycles: number,
): { server: number; workers: number; peers: number } {
  const [serverMs = 0, ...rest] = cpu.map((ms) => ms / cycles);
  const peersMs = rest.pop() ?? 0;
  return { server: serverMs, workers: rest.reduce((sum, ms) => sum + ms, 0), peers: peersMs };
}

function describeCpu(cpu: readonly number[], cycles: number): string {
  return Object.entries(perCycle(cpu, cycles))
    .map(([name, ms]) => `${name} ${ms.toFixed(2)}`)
    .join(', ');
}

function residentMiB(): number[] {
  return server.pids.map((pid) => Math.round(residentBytes(pid) / MiB));
}
