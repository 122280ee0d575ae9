import { GstElement, type GstValue, hasElement } from '@rivero/graph-engine';

/** An element of a chain: its factory and properties. */
export type Step = readonly [factory: string, properties?: Readonly<Record<string, GstValue>>];

export function makeStep([factory, properties]: Step): GstElement {
  return GstElement.make(factory, properties);
}

/** Only these caps pass. */
export function capsFilter(caps: string): Step {
  return ['capsfilter', { caps }];
}

/** Whole pictures of half ones; others pass as they are. Adaptive to motion, for a fiftieth of the time that it takes to decode. */
export const DEINTERLACE: readonly Step[] = [
  ['deinterlace', { mode: 'auto', method: 'greedyl', fields: 'top' }],
];

/** The first of several alternatives that this machine has. */
export function firstAvailable<T extends { readonly factory: string }>(
  alternatives: readonly T[],
): T | undefined {
  return alternatives.find(({ factory }) => hasElement(factory));
}
