import { readFileSync } from 'node:fs';
import type { LinkCounters, NetworkProfile } from '@rivero/network-emulator';
import type { BrowserPeer } from '../support/browser.js';
import type { QualityRecord, QualitySample } from '../support/page-quality.js';
import { pause } from '../support/wait.js';
import type { LabCall, NetworkLab, Way } from './lab.js';

/** What a viewer got for some time, and what the network did. */
export interface Measurement {
  seconds: number;
  /** Of all that went over the emulated link in the direction of the media, with IP headers, kbit/s. */
  linkKbps: number;
  /** Of its packets, lost by chance and for want of capacity, in percent. */
  lostPercent: number;
  droppedPercent: number;
  /** Video that the viewer received, kbit/s, retransmissions among it; and its frames a second. */
  videoKbps: number;
  framesPerSecond: number;
  keyFrames: number;
  /** Height of its picture at the end. */
  height: number;
  /** Counted as libwebrtc does: gaps of more than three times the usual one, or 150 ms more than that. */
  freezes: number;
  frozenSeconds: number;
  /** Longest time between two frames that were shown, ms. */
  longestGapMs: number;
  nacks: number;
  plis: number;
  retransmitted: number;
  roundTripMs: number;
  /** Mean time of video in the jitter buffer, ms. */
  jitterBufferMs: number;
  /** Audio that had to be made up, in percent. */
  concealedPercent: number;
  /** What the presenter sends of video, and what it may send, kbit/s. */
  sentKbps: number;
  availableKbps: number;
  /** How busy the processors of the machine were, in percent. */
  loadPercent: number;
  /** How long the machine stood still at worst, ms. */
  stallMs: number;
}

/** State at one moment, of which two make a measurement. */
export interface Snapshot {
  at: number;
  link: LinkCounters;
  stallMs: number;
  viewer: QualitySample;
  presenter: QualitySample;
  busy: number;
  total: number;
}

export async function snapshot(lab: NetworkLab, way: Way, call: LabCall): Promise<Snapshot> {
  const [counters, viewer, presenter] = await Promise.all([
    lab.network.counters(),
    newest(call.viewer),
    newest(call.presenter),
  ]);
  const link = way === 'downlink' ? counters.down : counters.up;
  return { at: Date.now(), link, viewer, presenter, stallMs: counters.stallMs, ...processorTime() };
}

/** The samples are half a second old at most; this one is from now. */
async function newest(peer: BrowserPeer): Promise<QualitySample> {
  const { samples } = await peer.quality();
  return samples.at(-1)!;
}

/** What happened between two moments. */
export async function measured(call: LabCall, from: Snapshot, to: Snapshot): Promise<Measurement> {
  const record = await call.viewer.quality();
  const viewer = (name: keyof QualitySample) => Number(to.viewer[name]) - Number(from.viewer[name]);
  const presenter = (name: keyof QualitySample) => Number(to.presenter[name]) - Number(from.presenter[name]);
  const link = (name: keyof LinkCounters) => to.link[name] - from.link[name];
  const viewerMs = viewer('at');
  return {
    seconds: (to.at - from.at) / 1000,
    linkKbps: (link('deliveredBytes') * 8) / (to.at - from.at),
    lostPercent: percent(link('lost'), link('sent')),
    droppedPercent: percent(link('dropped'), link('sent')),
    videoKbps: (viewer('videoBytes') * 8) / viewerMs,
    framesPerSecond: (viewer('framesDecoded') * 1000) / viewerMs,
    keyFrames: viewer('keyFramesDecoded'),
    height: to.viewer.height,
    freezes: viewer('freezes'),
    frozenSeconds: viewer('frozenSeconds'),
    longestGapMs: longestGap(record, from.at, to.at),
    nacks: viewer('nacks'),
    plis: viewer('plis'),
    retransmitted: viewer('retransmitted'),
    roundTripMs: meanOf(record.samples, from.at, to.at, 'roundTripSeconds') * 1000,
    jitterBufferMs: (viewer('jitterBufferSeconds') * 1000) / Math.max(1, viewer('jitterBufferEmitted')),
    concealedPercent: percent(viewer('concealedSamples'), viewer('samples')),
    sentKbps: (presenter('sentVideoBytes') * 8) / presenter('at'),
    availableKbps: to.presenter.availableBitrate / 1000,
    loadPercent: percent(to.busy - from.busy, to.total - from.total),
    stallMs: to.stallMs,
  };
}

/** One part of a call: the network is so for some time, and is measured after it has settled. */
export interface Phase {
  profile: NetworkProfile;
  seconds: number;
  /** At the beginning, not counted in `settled`. */
  settleSeconds: number;
}

export interface PhaseResult {
  /** From the beginning of the phase (of the first one: from two seconds after the first picture), and from when it has settled. */
  whole: Measurement;
  settled: Measurement;
}

/** A picture comes at once, but what is measured begins with a running call. */
const START_SECONDS = 2;

/** Runs a call through the phases. */
export async function runPhases(lab: NetworkLab, way: Way, call: LabCall, phases: readonly Phase[]) {
  const results: PhaseResult[] = [];
  await pause(START_SECONDS * 1000);
  for (const [index, phase] of phases.entries()) {
    if (index > 0) await lab.network.setProfile(phase.profile);
    const begin = await snapshot(lab, way, call);
    await pause(phase.settleSeconds * 1000);
    const settled = await snapshot(lab, way, call);
    await pause((phase.seconds - phase.settleSeconds) * 1000);
    const end = await snapshot(lab, way, call);
    results.push({
      whole: { ...(await measured(call, begin, end)), stallMs: Math.max(settled.stallMs, end.stallMs) },
      settled: await measured(call, settled, end),
    });
  }
  return results;
}

function percent(part: number, whole: number): number {
  return whole > 0 ? (100 * part) / whole : 0;
}

function longestGap({ frames }: QualityRecord, from: number, to: number): number {
  let longest = 0;
  let last = from;
  for (const at of [...frames.filter((frame) => frame > from && frame < to), to]) {
    longest = Math.max(longest, at - last);
    last = at;
  }
  return longest;
}

function meanOf(
  samples: readonly QualitySample[],
  from: number,
  to: number,
  name: 'roundTripSeconds',
): number {
  const values = samples.filter(({ at }) => at >= from && at <= to).map((sample) => sample[name]);
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of all processors, in ticks. */
function processorTime(): { busy: number; total: number } {
  const [, ...fields] = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.trim().split(/\s+/);
  const ticks = fields.map(Number);
  const total = ticks.slice(0, 8).reduce((sum, value) => sum + value, 0);
  return { total, busy: total - ticks[3]! - ticks[4]! };
}
