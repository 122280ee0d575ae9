import type { BenchProfile } from '../support/srtp.js';
import { type Spread, spread } from '../support/statistics.js';
import { type Effort, floorCost, INPUTS, type Input, WINDOW, warmUp } from './cells.js';
import { Setting } from './setting.js';
import type { Shape } from './shapes.js';

/** The same shape in two workers at once, beside two floors at once. */
export interface PairCell {
  input: string;
  /** CPU µs per packet of a floor while the other one runs. */
  floorMicros: Spread;
  /** CPU µs per forwarded packet of a worker's forwarding thread while the other one works. */
  productMicros: Spread;
  /** Of the medians. */
  ratio: number;
  /** The same ratio of one worker and one floor, while the other core is idle but for the load. */
  aloneRatio: number;
  /** Of both together. */
  packetsPerSecond: number;
  expected: number;
  lost: number;
}

/** Of a core, for each floor: both cores have a forwarder and the load of the other one. */
const LOAD = 0.25;

/** Two workers, each on a core of its own, as the server starts them: neither knows of the other. */
export class WorkerPair {
  private constructor(
    readonly shape: Shape,
    private readonly settings: readonly [Setting, Setting],
  ) {}

  static async start(shape: Shape, profile: BenchProfile): Promise<WorkerPair> {
    const first = await Setting.start(shape, profile, [], 0, { forwarder: 0, load: 1 });
    const second = await Setting.start(shape, profile, [], 0, { forwarder: 1, load: 0 });
    return new WorkerPair(shape, [first, second]);
  }

  async measure(effort: Effort): Promise<PairCell[]> {
    for (const setting of this.settings) await warmUp(setting, effort);
    const cells: PairCell[] = [];
    for (const input of INPUTS) cells.push(await this.#measure(input, effort));
    return cells;
  }

  async #measure(input: Input, { seconds, repeat }: Effort): Promise<PairCell> {
    const { shape } = this;
    const cost = await floorCost(this.settings[0], input, 0, seconds);
    const intervalNs = Math.round((cost * 1000 * shape.fanOut * input.burst) / LOAD);
    const floor: number[] = [];
    const product: number[] = [];
    const alone: { floor: number[]; product: number[] } = { floor: [], product: [] };
    let [expected, lost, packets, wallNs] = [0, 0, 0, 0];
    for (let i = 0; i < repeat; i++) {
      floor.push(...(await this.#both((setting) => floorCost(setting, input, intervalNs, seconds))));
      const traffic = {
        burst: input.burst,
        // The interval is that of all sources together.
        intervalNs: intervalNs * shape.sources,
        window: WINDOW,
        durationNs: seconds * 1e9,
      };
      const runs = await this.#both((setting) => setting.product(traffic));
      alone.floor.push(await floorCost(this.settings[0], input, intervalNs, seconds));
      const single = await this.settings[0].product(traffic);
      alone.product.push(single.cpu.mainThread / single.packets);
      for (const run of runs) {
        product.push(run.cpu.mainThread / run.packets);
        packets += run.packets;
        expected += run.load.sent * shape.fanOut;
        lost += run.load.sent * shape.fanOut - run.load.received;
      }
      wallNs += Math.max(...runs.map(({ load }) => load.wallNs));
    }
    const [floorMicros, productMicros] = [spread(floor), spread(product)];
    return {
      input: input.name,
      floorMicros,
      productMicros,
      ratio: productMicros.median / floorMicros.median,
      aloneRatio: spread(alone.product).median / spread(alone.floor).median,
      packetsPerSecond: (packets * 1e9) / wallNs,
      expected,
      lost,
    };
  }

  #both<T>(run: (setting: Setting) => Promise<T>): Promise<T[]> {
    return Promise.all(this.settings.map(run));
  }

  async close(): Promise<void> {
    await Promise.all(this.settings.map((setting) => setting.close()));
  }
}
