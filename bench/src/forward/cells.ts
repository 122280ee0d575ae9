import { type Spread, spread } from '../support/statistics.js';
import type { ServedBroadcast } from './served.js';
import type { Setting } from './setting.js';
import { FRAME_PACKETS } from './shapes.js';

/** One line of the table. */
export interface Cell {
  input: string;
  load: 'half' | 'full';
  /** CPU µs per packet. */
  floorMicros: Spread;
  /** CPU µs per forwarded packet of the thread that forwards. */
  productMicros: Spread;
  /** The same of the whole process. */
  processMicros: Spread;
  /** Of the medians. */
  ratio: number;
  /** What one core forwards when it does nothing else. */
  packetsPerCore: number;
  /** Share of a core that the forwarding thread used. */
  coreShare: number;
  packetsPerMessage: number;
  packetsPerBatch: number;
  /** Packets that should have arrived in all runs, and how many did not. */
  expected: number;
  lost: number;
  /** Packets decrypted and compared at receivers. */
  checked: number;
}

export interface Effort {
  /** Length of one measurement. */
  seconds: number;
  /** Measurements of each kind. */
  repeat: number;
}

export interface Input {
  name: string;
  burst: number;
  segmentation: 0 | 1;
}

export const INPUTS: readonly Input[] = [
  { name: 'smooth', burst: 1, segmentation: 0 },
  { name: `bursts of ${FRAME_PACKETS}`, burst: FRAME_PACKETS, segmentation: 1 },
];

/** Share of a core that the floor may use at half load; the product is heavier. */
const HALF_LOAD = 0.35;
/** Bursts on their way at full load: one in work, one waiting. */
export const WINDOW = 2;

/** Measures every input at half and at full load; floor and product take turns, so that noise meets both. */
export async function measureCells(setting: Setting, effort: Effort): Promise<Cell[]> {
  await warmUp(setting, effort);
  const cells: Cell[] = [];
  for (const input of INPUTS) {
    const floorMicros = await floorCost(setting, input, 0, effort.seconds);
    // Floor and product send equally often: a burst to everybody each interval.
    const bursts = HALF_LOAD / (floorMicros * 1e-6 * setting.shape.fanOut * input.burst);
    cells.push(await measureCell(setting, input, 'half', Math.round(1e9 / bursts), effort));
    cells.push(await measureCell(setting, input, 'full', 0, effort));
  }
  return cells;
}

/** Until the code is compiled and the memory is touched. */
export async function warmUp(setting: Setting, { seconds }: Effort): Promise<void> {
  for (const { burst } of INPUTS) {
    await setting.product({ burst, intervalNs: 0, window: WINDOW, durationNs: seconds * 2e9 });
  }
}

export async function floorCost(
  setting: Setting,
  { burst, segmentation }: Input,
  intervalNs: number,
  seconds: number,
): Promise<number> {
  const { cpuNs, packets } = await setting.floor({
    burst,
    segmentation,
    intervalNs,
    durationNs: seconds * 1e9,
  });
  return cpuNs / 1000 / packets;
}

async function measureCell(
  setting: Setting,
  input: Input,
  load: 'half' | 'full',
  intervalNs: number,
  { seconds, repeat }: Effort,
): Promise<Cell> {
  const { shape } = setting;
  const floor: number[] = [];
  const product: number[] = [];
  const whole: number[] = [];
  let [expected, lost, checked, share, messages, packets, batches] = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < repeat; i++) {
    floor.push(await floorCost(setting, input, intervalNs, seconds));
    await setting.capture();
    const run = await setting.product({
      burst: input.burst,
      // The interval is that of all sources together.
      intervalNs: intervalNs * shape.sources,
      window: WINDOW,
      durationNs: seconds * 1e9,
    });
    checked += await setting.checkCaptured();
    product.push(run.cpu.mainThread / run.packets);
    whole.push(run.cpu.process / run.packets);
    expected += run.load.sent * shape.fanOut;
    lost += run.load.sent * shape.fanOut - run.load.received;
    share += (run.cpu.mainThread * 1000) / run.load.wallNs / repeat;
    messages += run.messages;
    packets += run.packets;
    batches += run.batches;
  }
  if (checked === 0) throw new Error('no packet was checked');
  const floorMicros = spread(floor);
  const productMicros = spread(product);
  return {
    input: input.name,
    load,
    floorMicros,
    productMicros,
    processMicros: spread(whole),
    ratio: productMicros.median / floorMicros.median,
    packetsPerCore: 1e6 / productMicros.median,
    coreShare: share,
    packetsPerMessage: packets / messages,
    packetsPerBatch: packets / shape.fanOut / batches,
    expected,
    lost,
    checked,
  };
}

/** The same traffic through the path that is measured above and through the real server. */
export interface Comparison {
  input: string;
  /** CPU µs per forwarded packet of the whole process: the server's sender threads take part of the work. */
  harnessMicros: Spread;
  serverMicros: Spread;
  lost: number;
}

/** Proves that the figures are those of the product: both are measured in turn, at half load. */
export async function compareWithServer(
  setting: Setting,
  served: ServedBroadcast,
  { seconds, repeat }: Effort,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const { name, burst } of INPUTS) {
    const harness: number[] = [];
    const server: number[] = [];
    let lost = 0;
    // Half of a core at 5 µs each, whichever the machine.
    const intervalNs = Math.round(1e4 * setting.shape.fanOut * burst * (burst > 1 ? 0.5 : 1));
    const traffic = { burst, intervalNs, window: WINDOW, durationNs: seconds * 1e9 };
    await setting.product(traffic);
    await served.run({ ...traffic, durationNs: seconds * 3e9 });
    for (let i = 0; i < repeat; i++) {
      const { cpu, packets } = await setting.product(traffic);
      harness.push(cpu.process / packets);
      const run = await served.run(traffic);
      server.push(run.cpu.process / run.load.received);
      lost += run.load.sent * setting.shape.fanOut - run.load.received;
    }
    comparisons.push({
      input: name,
      harnessMicros: spread(harness),
      serverMicros: spread(server),
      lost,
    });
  }
  return comparisons;
}
