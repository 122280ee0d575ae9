import { type Floor, type FloorLoad, type FloorResult, native } from '../support/native.js';
import { serve } from '../support/processes.js';
import type { BenchProfile } from '../support/srtp.js';
import { Product, type ProductOptions } from './product.js';

/** The process that is measured: the product's forwarding path, and the floor in the same place. */

let product: Product | undefined;
let floor: Floor | undefined;

const calls = {
  pin: (processor: number): boolean => native.pinThread(processor),
  /** @returns the UDP port */
  start: async (options: ProductOptions): Promise<number> => {
    product = await Product.start(options);
    return product.port;
  },
  startFloor: ({ profile, ports }: { profile: BenchProfile; ports: readonly number[] }): void => {
    floor = new native.Floor(profile === 'AEAD_AES_128_GCM');
    for (const port of ports) floor.addReceiver(port);
  },
  processors: (list: readonly number[]): boolean => native.pinThread(...list),
  floor: (load: FloorLoad): FloorResult => floor!.run(load),
  counters: (_: undefined): Record<string, number> => product!.counters(),
};

export type ForwarderCalls = typeof calls;

serve(calls);
