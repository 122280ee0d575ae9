import { type CapturedDatagram, type LoadResult, native, type Traffic } from '../support/native.js';
import { serve } from '../support/processes.js';
import type { BenchProfile } from '../support/srtp.js';

/** The process of the peers: makes the load and receives what is forwarded. */

const load = new native.Load();

const calls = {
  pin: (processor: number): boolean => native.pinThread(processor),
  /** @returns their UDP ports */
  addPeers: (count: number): number[] => Array.from({ length: count }, () => load.port(load.addPeer())),
  setTarget: (port: number): void => load.setTarget(port),
  setSource: (source: {
    peer: number;
    profile: BenchProfile;
    keys: Uint8Array;
    ssrc: number;
    payloadType: number;
  }): void => {
    const { peer, profile, keys, ssrc, payloadType } = source;
    load.setSource(peer, profile === 'AEAD_AES_128_GCM', keys, ssrc, payloadType);
  },
  run: (traffic: Traffic): LoadResult => load.run(traffic),
  drain: (durationNs: number): LoadResult => load.drain(durationNs),
  /** Keeps some of the next packets that these peers get. */
  capture: (peers: readonly number[]): void => {
    load.takeDatagrams();
    for (const peer of peers) load.captureNext(peer);
  },
  captured: (_: undefined): CapturedDatagram[] => load.takeDatagrams(),
};

export type LoadCalls = typeof calls;

serve(calls);
