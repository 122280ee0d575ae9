/**
 * `npm run bench:latency`: how long packets take through the real server at half load of a core, alone, with signaling, with
 * garbage collections, and with both. See bench/README.md. Options: --viewers=100, --repeat=N, --quick,
 * --inputs=smooth,bursts, --disturbances=none,signaling,garbage,both, --json=NAME.
 */
import { fileURLToPath } from 'node:url';
import { ServedBroadcast } from './forward/served.js';
import { FRAME_PACKETS } from './forward/shapes.js';
import { chromiumOffer } from './peer/offer.js';
import { KurentoConnection } from './support/kurento.js';
import type { LoadResult } from './support/native.js';
import { formatSpread, formatTable, writeResults } from './support/report.js';
import { spread } from './support/statistics.js';

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const viewers = Number(option('viewers') ?? 100);
const seconds = 2;
const chosen = (name: string, all: readonly string[]): readonly string[] => {
  const given = option(name)?.split(',');
  return given === undefined ? all : all.filter((one) => given.includes(one));
};
const inputs = chosen('inputs', ['smooth', 'bursts']);
const disturbances = chosen('disturbances', ['none', 'signaling', 'garbage', 'both']);
const repeat = Number(option('repeat') ?? (process.argv.includes('--quick') ? 3 : 9));
/** Between two endpoints that are made, negotiated and released, ms. */
const CHURN_MS = 50;

/** Endpoints that come and go in the same worker. */
class Churn {
  #running = true;
  #done: Promise<number>;

  private constructor(private readonly connection: KurentoConnection) {
    this.#done = this.#run();
  }

  static async start(url: string): Promise<Churn> {
    return new Churn(await KurentoConnection.open(url));
  }

  async #run(): Promise<number> {
    const offer = chromiumOffer({ ufrag: 'abcd', pwd: 'abcdefghijklmnopqrstuvwx', fingerprint: FINGERPRINT });
    const pipeline = await this.connection.create('MediaPipeline', {});
    let made = 0;
    while (this.#running) {
      const endpoint = await this.connection.create('WebRtcEndpoint', { mediaPipeline: pipeline });
      await this.connection.invoke(endpoint, 'processOffer', { offer });
      await this.connection.invoke(endpoint, 'gatherCandidates');
      await this.connection.release(endpoint);
      made++;
      await new Promise((resolve) => setTimeout(resolve, CHURN_MS));
    }
    await this.connection.release(pipeline);
    this.connection.close();
    return made;
  }

  /** @returns endpoints made */
  stop(): Promise<number> {
    this.#running = false;
    return this.#done;
  }
}

const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');

process.env.NODE_OPTIONS = `--require ${fileURLToPath(new URL('../fixtures/worker-pressure.cjs', import.meta.url))}`;
const broadcast = await ServedBroadcast.start(viewers);
const results = [];
const rows: string[][] = [];
try {
  for (const input of inputs) {
    const burst = input === 'smooth' ? 1 : FRAME_PACKETS;
    // Half of a core at 5 µs a packet, at 2.5 µs in bursts.
    const intervalNs = Math.round(1e4 * viewers * (burst === 1 ? 1 : burst / 2));
    const traffic = { burst, intervalNs, window: 1, durationNs: seconds * 1e9 };
    await broadcast.run({ ...traffic, durationNs: 2e9 });
    for (const disturbance of disturbances) {
      const garbage = disturbance === 'garbage' || disturbance === 'both';
      const signaling = disturbance === 'signaling' || disturbance === 'both';
      const churn = signaling ? await Churn.start(broadcast.url) : undefined;
      if (garbage) process.kill(broadcast.workerPid, 'SIGUSR2');
      const runs: LoadResult[] = [];
      let [core, lost] = [0, 0];
      for (let i = 0; i < repeat; i++) {
        const { load, cpu } = await broadcast.run(traffic, 1);
        runs.push(load);
        core += (cpu.process * 1000) / load.wallNs / repeat;
        lost += load.sent * viewers - load.received + load.missing;
      }
      if (garbage) process.kill(broadcast.workerPid, 'SIGUSR2');
      const endpoints = await churn?.stop();
      const shape = burst === 1 ? input : `${input} of ${burst}`;
      results.push({ input: shape, disturbance, core, endpoints, lost, runs });
      const ms = (field: 'medianUs' | 'p99Us' | 'maxUs') => spread(runs.map((run) => run[field] / 1000));
      rows.push([
        `1→${viewers} ${shape}, ${disturbance}`,
        formatSpread(ms('medianUs')),
        formatSpread(ms('p99Us')),
        formatSpread(ms('maxUs')),
        (core * 100).toFixed(0),
        endpoints?.toString() ?? '',
        // With losses at the beginning the times would be those of other packets.
        lost === 0 ? '0' : `${lost}, not valid`,
      ]);
    }
  }
} finally {
  await broadcast.close();
}
console.log(
  `\nms from sending a packet until its receivers' kernel has it, median (min–max) of ${repeat} runs of ${seconds} s\n`,
);
console.log(formatTable(['', 'median', 'p99', 'max', 'core %', 'endpoints', 'lost'], rows));
writeResults(option('json') ?? 'latency', { viewers, seconds, repeat, results });
