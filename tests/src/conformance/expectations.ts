import type { ReferenceProperty } from './api-reference.js';

/** What the reference answers for a fresh object, and after setters. */

export interface FreshObject {
  id: string;
  pipeline: string;
  parent: string | null;
  /** Constructor parameters that it was made with. */
  params: Record<string, unknown>;
  /** Seconds since 1970, from before it was made. */
  since: number;
}

const RELEASED_LATER = 3600;

/** Values that depend on the object. */
const OF_THE_OBJECT: Record<string, (object: FreshObject, actual: unknown) => boolean> = {
  mediaPipeline: ({ pipeline }, actual) => actual === pipeline,
  parent: ({ parent }, actual) => actual === parent,
  id: ({ id }, actual) => actual === id,
  name: ({ id }, actual) => actual === id,
  creationTime: ({ since }, actual) =>
    Number.isInteger(actual) && Number(actual) >= since && Number(actual) < since + RELEASED_LATER,
  uri: ({ params }, actual) => actual === params.uri,
  command: ({ params }, actual) => actual === params.command,
};

/** Values that the list describes in words. */
const IN_WORDS: Record<string, unknown> = {
  rembParams: {},
  videoInfo: { isSeekable: false, seekableInit: 0, seekableEnd: 0, duration: 0 },
};

/**
 * Judges the value of a property of a fresh object.
 * @returns what is wrong; undefined when it is as in the reference
 */
export function wrongDefault(
  property: ReferenceProperty,
  object: FreshObject,
  actual: unknown,
): string | undefined {
  const own = OF_THE_OBJECT[property.name];
  if (own !== undefined) return own(object, actual) ? undefined : `is ${JSON.stringify(actual)}`;
  const expected = IN_WORDS[property.name] ?? observedValue(property);
  const same = JSON.stringify(actual) === JSON.stringify(expected) || sameMembers(actual, expected);
  return same ? undefined : `is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`;
}

function observedValue({ name, observed }: ReferenceProperty): unknown {
  if (observed === undefined) throw new Error(`no expectation for ${name}`);
  // Enum values are written without quotes.
  return /^[A-Z]\w+$/.test(observed) ? observed : JSON.parse(observed);
}

function sameMembers(actual: unknown, expected: unknown): boolean {
  if (typeof actual !== 'object' || typeof expected !== 'object' || !actual || !expected) return false;
  const sorted = (value: object) =>
    JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(actual) === sorted(expected);
}

/** A value to write, and what is read afterwards; or the code of the error. */
export type Step = { write: unknown; read: unknown } | { write: unknown; fails: number };

const same = (...values: unknown[]): Step[] => values.map((value) => ({ write: value, read: value }));
const float = Math.fround;

/** What setters do, in the order in which they are tried on one object. */
export const setterSteps: Record<string, Step[]> = {
  name: same('a name'),
  sendTagsInEvents: same(true, false),
  latencyStats: same(true, false),
  maxAudioRecvBandwidth: same(64, 0),
  maxVideoRecvBandwidth: same(50, -1, 0),
  minVideoRecvBandwidth: same(300, 101),
  minVideoSendBandwidth: [...same(0, 200), { write: 600, read: 500 }],
  maxVideoSendBandwidth: same(0, 100_000, -1),
  mtu: same(1400, 0),
  rembParams: [
    {
      write: { upLosses: 20, packetsRecvIntervalTop: 50 },
      read: {
        packetsRecvIntervalTop: 50,
        exponentialFactor: float(0.04),
        linealFactorMin: 50,
        linealFactorGrade: 30,
        decrementFactor: 0.5,
        thresholdFactor: float(0.8),
        upLosses: 20,
        rembOnConnect: 300_000,
      },
    },
    {
      write: { exponentialFactor: 0.05 },
      read: {
        packetsRecvIntervalTop: 100,
        exponentialFactor: float(0.05),
        linealFactorMin: 100,
        linealFactorGrade: 30,
        decrementFactor: 0.5,
        thresholdFactor: float(0.8),
        upLosses: 12,
        rembOnConnect: 300_000,
      },
    },
  ],
  encoderBitrate: [...same(500_000, 0), { write: -1, read: 0 }],
  minEncoderBitrate: same(700_000),
  maxEncoderBitrate: [{ write: 600_000, read: 700_000 }, ...same(900_000)],
  networkInterfaces: same('lo,eth0', ''),
  iceTcp: same(false, true),
  stunServerAddress: same('192.0.2.1', 'not an address'),
  stunServerPort: [...same(3479), { write: 0, read: 3479 }, ...same(99_999)],
  turnUrl: same('user:password@192.0.2.1:3478', 'not a URL'),
  externalIPv4: same('192.0.2.9', ''),
  externalIPv6: same('2001:db8::9', ''),
  position: [{ write: 7, fails: 40700 }],
};

/** Errors that methods of a fresh object answer, called with sample parameters. */
export const methodErrors: Record<string, number[]> = {
  getTag: [40110],
  processOffer: [40201],
  processAnswer: [40201],
  getRemoteSessionDescriptor: [40203],
  requestKeyframe: [40111],
  createDataChannel: [40111],
  closeDataChannel: [40111],
  // The client sends the value of a parameter `id` in place of all parameters.
  addImage: [40001],
  removeImage: [40001],
  // No element has a property `text`.
  setElementProperty: [40001],
};
