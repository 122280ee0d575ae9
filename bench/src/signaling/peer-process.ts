import { createSocket, type Socket } from 'node:dgram';
import { DtlsCertificate } from '@rivero/packet-engine';
import { PeerTransport, readAnswer } from '../peer/transport.js';
import { serve } from '../support/processes.js';

/** The process of the browsers' side: peers that do real ICE and DTLS. */

const ADDRESS = '127.0.0.1';
const TIMEOUT_MS = 20_000;

interface Peer {
  socket: Socket;
  transport: PeerTransport;
  timer: NodeJS.Timeout | undefined;
  changed: () => void;
}

const certificate = await DtlsCertificate.generate('ECDSA');
const fingerprint = certificate.fingerprint('sha-256');
const peers = new Map<number, Peer>();
let nextPeer = 1;

function rearm(peer: Peer): void {
  clearTimeout(peer.timer);
  const delay = peer.transport.nextTimeout - performance.now();
  if (delay !== Number.POSITIVE_INFINITY) {
    peer.timer = setTimeout(
      () => {
        peer.transport.onTime(performance.now());
        rearm(peer);
      },
      Math.max(0, Math.ceil(delay)),
    );
  }
  peer.changed();
}

function find(id: number): Peer {
  const peer = peers.get(id);
  if (peer === undefined) throw new Error(`no peer ${id}`);
  return peer;
}

const calls = {
  open: async (
    _: undefined,
  ): Promise<{ id: number; ufrag: string; pwd: string; fingerprint: string; candidate: string }> => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, ADDRESS, resolve));
    const transport = new PeerTransport({
      certificate,
      address: ADDRESS,
      port: socket.address().port,
      send: (data, address, port) => socket.send(data, port, address),
    });
    const peer: Peer = { socket, transport, timer: undefined, changed: () => {} };
    socket.on('message', (data, { address, port }) => {
      transport.handle(data, address, port, performance.now());
      rearm(peer);
    });
    const id = nextPeer++;
    peers.set(id, peer);
    return { id, ufrag: transport.ufrag, pwd: transport.pwd, fingerprint, candidate: transport.candidate };
  },

  answer: ({ id, sdp }: { id: number; sdp: string }): void => {
    const peer = find(id);
    peer.transport.connect(readAnswer(sdp), performance.now());
    rearm(peer);
  },

  candidate: ({ id, candidate }: { id: number; candidate: string }): void => {
    const peer = peers.get(id);
    if (peer === undefined) return;
    peer.transport.addCandidate(candidate, performance.now());
    rearm(peer);
  },

  /** Resolves once ICE and DTLS are through; an Error when they failed. */
  connected: async (id: number): Promise<void> => {
    const peer = find(id);
    await new Promise<void>((resolve, reject) => {
      const timeout = setTimeout(() => reject(new Error('a peer did not connect')), TIMEOUT_MS);
      peer.changed = () => {
        const { keys, failure } = peer.transport;
        if (keys === undefined && failure === undefined) return;
        clearTimeout(timeout);
        peer.changed = () => {};
        if (keys !== undefined) resolve();
        else reject(new Error(failure));
      };
      peer.changed();
    });
  },

  close: (id: number): void => {
    const peer = find(id);
    peers.delete(id);
    peer.transport.close();
    clearTimeout(peer.timer);
    // Sends queued in the socket go out first.
    setImmediate(() => peer.socket.close());
  },
};

export type PeerCalls = typeof calls;

serve(calls, { overlapping: true });
