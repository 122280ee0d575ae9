import assert from 'node:assert/strict';
import {
  Counter,
  Descriptor,
  DtlsCertificate,
  DtlsSession,
  EngineError,
  PacketEngine,
  PacketKind,
  SLOT_SIZE,
  SrtpSession,
} from '@rivero/packet-engine';
import { samples } from './corpus.js';
import { mutate } from './mutate.js';
import type { FuzzRun, FuzzTarget } from './target.js';

const knownDtls = samples('dtls');

/** Datagrams from elsewhere at every step of a handshake; what is connected stays so. */
const dtls: FuzzTarget = {
  name: 'dtls',
  lifetime: 0,
  input: (random) => mutate(random, knownDtls),
  async open(): Promise<FuzzRun> {
    const certificates = [
      await DtlsCertificate.generate('ECDSA'),
      await DtlsCertificate.generate('ECDSA'),
    ] as const;
    let turn = 0;
    return {
      take(input) {
        const client = new DtlsSession(certificates[0], 'client');
        const server = new DtlsSession(certificates[1], 'server');
        const step = turn++ % 6;
        client.start();
        server.start();
        for (let flight = 0; flight < 6; flight++) {
          const connected = [client, server].filter(({ state }) => state === 'connected');
          if (flight === step) for (const session of [client, server]) session.handleDatagram(input);
          for (const session of connected) assert.equal(session.state, 'connected');
          const [from, to] = flight % 2 === 0 ? [client, server] : [server, client];
          const sent = from.takeOutgoing();
          assert.ok(sent.length <= 64, `${sent.length} datagrams in a flight`);
          for (const data of sent) to.handleDatagram(data);
        }
        if (step === 5) assert.deepEqual([client.state, server.state], ['connected', 'connected']);
        for (const session of [client, server]) {
          session.handleTimeout();
          assert.ok(session.takeIncoming().length === 0);
          session.close();
          session.takeOutgoing();
        }
      },
    };
  },
};

const key = (start: number): Uint8Array => Uint8Array.from({ length: 28 }, (_, i) => start + i);
const known = [...samples('rtp'), ...samples('rtcp')];

/** Malformed packets of a peer that has the keys, and changed ones. */
const srtp: FuzzTarget = {
  name: 'srtp',
  lifetime: 2000,
  input: (random) => mutate(random, known),
  open(): FuzzRun {
    const peer = new SrtpSession('AEAD_AES_128_GCM', key(1), key(2));
    const server = new SrtpSession('AEAD_AES_128_GCM', key(2), key(1));
    return {
      take(input) {
        for (const raw of [server.unprotectRtp(input), server.unprotectRtcp(input)])
          assert.equal(raw.ok, false);
        for (const kind of ['Rtp', 'Rtcp'] as const) {
          let sealed: Uint8Array;
          try {
            sealed = kind === 'Rtp' ? peer.protectRtp(input, 0) : peer.protectRtcp(input);
          } catch (error) {
            // What is no packet can't be protected.
            if (!(error instanceof EngineError)) throw error;
            continue;
          }
          const changed = Uint8Array.from(sealed);
          changed[(input[input.length - 1] ?? 0) % changed.length]! ^= 0x10;
          assert.equal(server[`unprotect${kind}`](changed).ok, false, 'a changed packet');
          const opened = server[`unprotect${kind}`](sealed);
          if (opened.ok) assert.deepEqual(Buffer.from(opened.packet), Buffer.from(input));
          assert.equal(server[`unprotect${kind}`](sealed).ok, false, 'the same packet again');
        }
      },
    };
  },
};

const everything = ['stun', 'dtls', 'rtp', 'rtcp'].flatMap(samples);

/** All that may come to the port: plain RTP of one source, SRTP with the keys of another one, and strangers. */
const engine: FuzzTarget = {
  name: 'engine',
  lifetime: 5000,
  input: (random) => mutate(random, everything),
  open(): FuzzRun {
    let taken = 0;
    const made = new PacketEngine({ slots: 256, maxSsrcsPerSession: 16, onBatch: (count) => check(count) });
    const socket = made.addVirtualSocket(4);
    const [plain, secure] = [made.addSession(), made.addSession()];
    made.setPlain(plain);
    made.allowRemote(plain, socket, '192.0.2.1', 1000);
    made.setSrtpKeys(secure, 'AEAD_AES_128_GCM', key(2), key(1));
    made.allowRemote(secure, socket, '192.0.2.2', 1000);
    const peer = new SrtpSession('AEAD_AES_128_GCM', key(1), key(2));
    const { descriptors } = made;
    const check = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const at = i * Descriptor.Stride;
        const field = (index: number): number => descriptors[at + index]!;
        taken++;
        assert.ok(field(Descriptor.Length) <= SLOT_SIZE && field(Descriptor.Slot) < 256);
        if (field(Descriptor.Kind) !== PacketKind.Rtp) continue;
        const [offset, length] = [field(Descriptor.PayloadOffset), field(Descriptor.PayloadLength)];
        assert.ok(offset >= 12 && length >= 0 && offset + length <= field(Descriptor.Length));
        assert.ok(field(Descriptor.Stream) >= 0 && field(Descriptor.Stream) < 64);
      }
    };
    const dropped = (): number =>
      Object.entries(Counter)
        .filter(([name]) => name.startsWith('Dropped'))
        .reduce((sum, [, index]) => sum + made.counters[index]!, 0);
    let given = 0;
    const give = (address: string, data: Uint8Array): void => {
      given++;
      made.receiveVirtual(socket, address, 1000, [data]);
      assert.equal(taken + dropped(), given, 'each datagram is handed over or counted');
    };
    return {
      take(input) {
        for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) give(address, input);
        try {
          give('192.0.2.2', peer.protectRtp(input, 0));
        } catch (error) {
          if (!(error instanceof EngineError)) throw error;
        }
      },
      close: () => made.close(),
    };
  },
};

export const nativeTargets: readonly FuzzTarget[] = [dtls, srtp, engine];
