import type { LinkProfile } from './network-link.js';

/** How a network treats packets in each direction, `down` towards the peer that is looked at. */
export interface NetworkProfile {
  readonly down: LinkProfile;
  readonly up: LinkProfile;
}

function both(profile: LinkProfile): NetworkProfile {
  return { down: profile, up: profile };
}

/** The capacity is that of both directions, as of a line or a radio cell; its queue is that of a home router. */
function capped(rate: number, more: LinkProfile = {}): NetworkProfile {
  return both({ delay: 25, rate, queue: 250, ...more });
}

/** Networks by name. Delays are one way: the round trip takes twice as long. */
export const NETWORK_PROFILES = {
  clean: both({}),
  'loss-1': both({ delay: 25, loss: 0.01 }),
  'loss-5': both({ delay: 25, loss: 0.05 }),
  'loss-10': both({ delay: 25, loss: 0.1 }),
  'loss-20': both({ delay: 25, loss: 0.2 }),
  /** The first of the two that a call must bear: 10 % loss and 100 ms of round trip. */
  'loss-10-rtt-100': both({ delay: 50, loss: 0.1 }),
  /** 3 % of the packets, in bursts of eight on average. */
  'bursts-3': both({ delay: 25, burst: { begin: 0.004, end: 0.125 } }),
  /** 10 % of the packets, in bursts of ten on average. */
  'bursts-10': both({ delay: 25, burst: { begin: 0.011, end: 0.1 } }),
  'delay-50': both({ delay: 50 }),
  'delay-100': both({ delay: 100 }),
  'delay-200': both({ delay: 200 }),
  'delay-300': both({ delay: 300 }),
  'jitter-30': both({ delay: 50, jitter: 30 }),
  'reordering-5': both({ delay: 50, reordering: { probability: 0.05, delay: 30 } }),
  'duplication-5': both({ delay: 25, duplication: 0.05 }),
  'cap-300k': capped(300e3),
  'cap-500k': capped(500e3),
  'cap-1000k': capped(1e6),
  'cap-2000k': capped(2e6),
  'cap-3000k': capped(3e6),
  'cap-1000k-loss-5': capped(1e6, { loss: 0.05 }),
  /** A busy wireless network: everything at once, nothing of it extreme. */
  wifi: both({
    delay: 10,
    jitter: 25,
    rate: 4e6,
    queue: 300,
    burst: { begin: 0.003, end: 0.3, loss: 0.7 },
    reordering: { probability: 0.01, delay: 20 },
  }),
  /** A train: long delays that vary, some loss, little capacity. */
  mobile: both({ delay: 60, jitter: 40, rate: 1.2e6, queue: 600, burst: { begin: 0.004, end: 0.2 } }),
} as const satisfies Record<string, NetworkProfile>;

export type NetworkProfileName = keyof typeof NETWORK_PROFILES;
