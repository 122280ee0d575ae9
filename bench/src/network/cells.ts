import { type LinkProfile, NETWORK_PROFILES, type NetworkProfile } from '@rivero/network-emulator';

/** One part of a call, named after its network. */
export interface CellPhase {
  name: string;
  profile: NetworkProfile;
  seconds: number;
  settleSeconds: number;
}

/** A call that is made once for each way: one row of the table for each of its phases. */
export interface Cell {
  name: string;
  /** The presenter sends two encodings, of which the viewer gets one. */
  simulcast: boolean;
  phases: readonly CellPhase[];
}

/** What a change of the network may take, seconds: then the bitrate has to fit. */
const CHANGE_SECONDS = 10;

/** Networks for which an encoding is chosen. */
const SIMULCAST = [
  'clean',
  'cap-300k',
  'cap-500k',
  'cap-1000k',
  'cap-2000k',
  'cap-3000k',
  'loss-10-rtt-100',
] as const;

/** @param seconds of a phase after it has settled */
export function allCells(seconds: number): readonly Cell[] {
  const plain = Object.entries<NetworkProfile>(NETWORK_PROFILES).map(([name, profile]) => ({
    name,
    simulcast: false,
    phases: [phase(name, profile, seconds, 5)],
  }));
  const changes = [
    [2000, 500],
    [1500, 300],
    [3000, 1000],
  ] as const;
  return [
    ...plain,
    ...changes.map(([high, low]) => drop(high, low, seconds, false)),
    ...SIMULCAST.map((name) => ({
      name: `simulcast-${name}`,
      simulcast: true,
      phases: [phase(`simulcast, ${name}`, NETWORK_PROFILES[name], seconds, CHANGE_SECONDS)],
    })),
    drop(2500, 800, seconds, true),
  ];
}

/** The capacity falls in the middle of a call, and comes back. */
function drop(high: number, low: number, seconds: number, simulcast: boolean): Cell {
  const before = simulcast ? 'simulcast, ' : '';
  return {
    name: `${simulcast ? 'simulcast-' : ''}drop-${high}-${low}`,
    simulcast,
    phases: [
      phase(`${before}${high} kbit/s`, capped(high), seconds, CHANGE_SECONDS),
      phase(`${before}… falls to ${low}`, capped(low), seconds, CHANGE_SECONDS),
      phase(`${before}… back to ${high}`, capped(high), seconds, CHANGE_SECONDS),
    ],
  };
}

function phase(name: string, profile: NetworkProfile, seconds: number, settleSeconds: number): CellPhase {
  return { name, profile, seconds: seconds + settleSeconds, settleSeconds };
}

function capped(kbps: number): NetworkProfile {
  const link: LinkProfile = { delay: 25, rate: kbps * 1000, queue: 250 };
  return { down: link, up: link };
}
