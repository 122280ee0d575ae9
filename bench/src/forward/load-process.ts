import { DtlsCertificate } from '@rivero/packet-engine';
import { PeerTransport, readAnswer } from '../peer/transport.js';
import { type CapturedDatagram, type LoadResult, native, type Traffic } from '../support/native.js';
import { serve } from '../support/processes.js';
import { type BenchProfile, deriveSessionKeys, packKeys } from '../support/srtp.js';

/** The process of the peers: makes the load and receives what is forwarded. */

const ADDRESS = '127.0.0.1';
/** How often sockets are looked at between runs, ms. */
const POLL_MS = 2;

const load = new native.Load();
const transports = new Map<number, PeerTransport>();
const captured: CapturedDatagram[] = [];

/** Hands STUN and DTLS to the peers' transports, keeps RTP that was asked for, and runs timers. */
function attend(): void {
  const now = performance.now();
  load.poll();
  for (const datagram of load.takeDatagrams()) {
    const { peer, port, data } = datagram;
    if ((data[0] ?? 0) >= 128) captured.push(datagram);
    else transports.get(peer)?.handle(data, ADDRESS, port, now);
  }
  for (const transport of transports.values()) if (transport.nextTimeout <= now) transport.onTime(now);
}

const calls = {
  pin: (processor: number): boolean => native.pinThread(processor),
  /** @returns their UDP ports */
  addPeers: (count: number): number[] => Array.from({ length: count }, () => load.port(load.addPeer())),
  /** @returns UDP ports of sockets that nobody reads */
  addSinks: (count: number): number[] => Array.from({ length: count }, () => load.addSink()),
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
    attend();
    captured.length = 0;
    for (const peer of peers) load.captureNext(peer);
  },
  captured: (_: undefined): CapturedDatagram[] => {
    attend();
    return captured.splice(0);
  },

  /** Gives peers ICE and DTLS. @returns what their offers say */
  openTransports: async (
    ports: readonly number[],
  ): Promise<{ ufrag: string; pwd: string; fingerprint: string; candidate: string }[]> => {
    const certificate = await DtlsCertificate.generate('ECDSA');
    const fingerprint = certificate.fingerprint('sha-256');
    setInterval(attend, POLL_MS);
    return ports.map((port, peer) => {
      const send = (data: Uint8Array) => void load.sendRaw(peer, data);
      const transport = new PeerTransport({ certificate, address: ADDRESS, port, send });
      transports.set(peer, transport);
      return { ufrag: transport.ufrag, pwd: transport.pwd, fingerprint, candidate: transport.candidate };
    });
  },
  answer: ({ peer, sdp, candidate }: { peer: number; sdp: string; candidate: string }): void => {
    const transport = transports.get(peer)!;
    transport.connect(readAnswer(sdp), performance.now());
    transport.addCandidate(candidate, performance.now());
  },
  /** How many peers are connected. @throws Error when one failed */
  connected: (_: undefined): number => {
    let connected = 0;
    for (const { keys, failure } of transports.values()) {
      if (failure !== undefined) throw new Error(failure);
      if (keys !== undefined) connected++;
    }
    return connected;
  },
  /** Lets a connected peer send. */
  startSource: ({ peer, ssrc, payloadType }: { peer: number; ssrc: number; payloadType: number }): void => {
    const { profile, sendKey } = transports.get(peer)!.keys!;
    if (profile !== 'AEAD_AES_128_GCM') throw new Error(`${profile} was negotiated`);
    load.setSource(peer, true, packKeys(deriveSessionKeys(profile, sendKey)), ssrc, payloadType);
  },
};

export type LoadCalls = typeof calls;

serve(calls);
