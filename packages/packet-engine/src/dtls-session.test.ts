import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { DtlsCertificate } from './dtls-certificate.js';
import { DtlsSession } from './dtls-session.js';
import { EngineError } from './errors.js';
import { SRTP_PROFILES, srtpKeyLength } from './srtp-profile.js';
import { certificate, connectedPair, type DtlsPair, dtlsPair, exchange } from './test-support/dtls-pair.js';
import { filled, seededRandom } from './test-support/packets.js';

function assertConnected({ client, server }: DtlsPair): void {
  assert.equal(client.state, 'connected');
  assert.equal(server.state, 'connected');
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Application data gets through both ways. */
function assertAlive(pair: DtlsPair): void {
  assertConnected(pair);
  assert.ok(pair.client.send(Buffer.from('ping')));
  assert.ok(pair.server.send(Buffer.from('pong')));
  exchange(pair);
  assert.deepEqual(pair.server.takeIncoming().map(String), [String(Uint8Array.from(Buffer.from('ping')))]);
  assert.deepEqual(pair.client.takeIncoming().map(String), [String(Uint8Array.from(Buffer.from('pong')))]);
}

test('a handshake gives both sides the same keys and fingerprints, not earlier', async () => {
  const pair = await dtlsPair();
  assert.equal(pair.client.state, 'new');
  assert.equal(pair.client.nextTimeout(), undefined);
  pair.client.start();
  assert.equal(pair.client.state, 'connecting');
  assert.ok(pair.client.nextTimeout()! <= 1000);
  exchange(pair, () => {
    for (const session of [pair.client, pair.server]) {
      if (session.state === 'connected') continue;
      assert.equal(session.srtp(), undefined);
      assert.equal(session.peerFingerprint('sha-256'), undefined);
    }
    return false;
  });
  assertConnected(pair);
  const client = pair.client.srtp()!;
  const server = pair.server.srtp()!;
  assert.equal(client.profile, 'AEAD_AES_128_GCM');
  assert.deepEqual(client.sendKey, server.receiveKey);
  assert.deepEqual(client.receiveKey, server.sendKey);
  assert.notDeepEqual(client.sendKey, client.receiveKey);
  assert.equal(client.sendKey.length, srtpKeyLength(client.profile));
  const expected = (await certificate('client')).fingerprint('sha-384');
  assert.equal(pair.server.peerFingerprint('sha-384'), expected);
  assert.equal(pair.client.nextTimeout(), undefined);
  assert.match(pair.client.cipherName, /^DTLSv1.2 ECDHE/);
  assertAlive(pair);
});

for (const profile of SRTP_PROFILES) {
  test(`the profile ${profile} is agreed when it is the only one`, async () => {
    const pair = await connectedPair({ srtpProfiles: [profile] });
    assert.equal(pair.client.srtp()?.profile, profile);
    assert.equal(pair.server.srtp()?.profile, profile);
    assert.equal(pair.server.srtp()?.sendKey.length, srtpKeyLength(profile));
  });
}

test('the preference of the server decides', async () => {
  const pair = await connectedPair({}, { srtpProfiles: ['AES128_CM_HMAC_SHA1_80', 'AEAD_AES_128_GCM'] });
  assert.equal(pair.client.srtp()?.profile, 'AES128_CM_HMAC_SHA1_80');
});

test('without a common profile there are no keys', async () => {
  const pair = await connectedPair(
    { srtpProfiles: ['AEAD_AES_128_GCM'] },
    { srtpProfiles: ['AEAD_AES_256_GCM'] },
  );
  assert.equal(pair.client.srtp(), undefined);
  assert.equal(pair.server.srtp(), undefined);
});

test('RSA certificates work, and a small MTU cuts every flight into fitting datagrams', async () => {
  const rsa = await certificate('server', 'RSA');
  const mtu = 300;
  const pair = {
    client: new DtlsSession(await certificate('client', 'RSA'), 'client', { mtu }),
    server: new DtlsSession(rsa, 'server', { mtu }),
  };
  pair.client.start();
  let datagrams = 0;
  exchange(pair, (datagram) => {
    datagrams++;
    assert.ok(datagram.length <= mtu, `${datagram.length} bytes`);
    return false;
  });
  assertConnected(pair);
  assert.ok(datagrams > 10);
  assert.equal(pair.client.peerFingerprint('sha-256'), rsa.fingerprint('sha-256'));
});

test('lost flights are sent again when their time has come', async () => {
  const pair = await dtlsPair();
  const random = seededRandom(7);
  pair.client.start();
  let lost = 0;
  const lossy = (): boolean => {
    const lose = lost < 6 && random() < 0.4;
    if (lose) lost++;
    return lose;
  };
  while (pair.client.state !== 'connected' || pair.server.state !== 'connected') {
    exchange(pair, lossy);
    const next = Math.min(pair.client.nextTimeout() ?? Infinity, pair.server.nextTimeout() ?? Infinity);
    if (!Number.isFinite(next)) break;
    await delay(next + 1);
    pair.client.handleTimeout();
    pair.server.handleTimeout();
  }
  assert.ok(lost > 0);
  assertAlive(pair);
});

test('a server whose last flight got lost answers the repeated flight of the client', async () => {
  const pair = await dtlsPair();
  pair.client.start();
  exchange(pair, () => pair.server.state === 'connected' && pair.client.state === 'connecting');
  assert.equal(pair.server.state, 'connected');
  assert.equal(pair.client.state, 'connecting');
  await delay(pair.client.nextTimeout()! + 1);
  pair.client.handleTimeout();
  exchange(pair);
  assertAlive(pair);
});

test('what was read before the end of the handshake does not count again after it', async () => {
  const pair = await dtlsPair();
  pair.client.start();
  // Everything but the last flight of the server arrives.
  const clientFlights: Uint8Array[] = [];
  let lastFlight: Uint8Array[] = [];
  exchange(pair, (datagram) => {
    if (pair.server.state === 'connected') {
      lastFlight.push(Uint8Array.from(datagram));
      return true;
    }
    clientFlights.push(Uint8Array.from(datagram));
    return false;
  });
  assert.equal(pair.client.state, 'connecting');
  // A repeated Finished that counted would be answered with the last flight.
  for (const datagram of clientFlights) pair.server.handleDatagram(datagram);
  assert.deepEqual(pair.server.takeOutgoing(), []);
  assert.equal(pair.server.state, 'connected');

  // Data overtakes the end of the handshake at the client, among forged records with greater numbers.
  assert.ok(pair.server.send(Buffer.from('early')));
  const [early] = pair.server.takeOutgoing();
  lastFlight = [early!, ...lastFlight];
  const forged = Uint8Array.from(early!);
  forged[9] = 255;
  for (const datagram of [forged, ...lastFlight]) pair.client.handleDatagram(datagram);
  assertConnected(pair);
  assert.deepEqual(pair.client.takeIncoming().map(text), ['early']);
  for (const datagram of lastFlight) pair.client.handleDatagram(datagram);
  assert.deepEqual(pair.client.takeIncoming(), []);
  assertAlive(pair);
});

test('closing tells the peer, who closes too', async () => {
  const pair = await connectedPair();
  pair.client.close();
  pair.client.close();
  assert.equal(pair.client.state, 'closed');
  assert.equal(pair.client.srtp(), undefined);
  exchange(pair);
  assert.equal(pair.server.state, 'closed');
  assert.equal(pair.server.srtp(), undefined);
  assert.equal(pair.client.send(filled(10, 1)), false);
});

test('a closed or failed session takes any call', async () => {
  const pair = await connectedPair();
  pair.client.close();
  pair.client.start();
  pair.client.handleDatagram(filled(100, 22));
  pair.client.handleTimeout();
  assert.equal(pair.client.nextTimeout(), undefined);
  assert.equal(pair.client.cipherName, '');
  assert.equal(pair.client.state, 'closed');
});

test('a client that cannot prove its certificate fails, and is told so', async () => {
  const pair = await dtlsPair();
  pair.client.start();
  let damaged = 0;
  exchange(pair, (datagram) => {
    // CertificateVerify is the last handshake message in clear: damage the end of its signature.
    for (
      let at = 0;
      at + 13 <= datagram.length;
      at += 13 + ((datagram[at + 11]! << 8) | datagram[at + 12]!)
    ) {
      if (datagram[at] !== 22 || datagram[at + 13] !== 15) continue;
      datagram[at + 12 + ((datagram[at + 11]! << 8) | datagram[at + 12]!)]! ^= 1;
      damaged++;
    }
    return false;
  });
  assert.ok(damaged > 0);
  assert.equal(pair.server.state, 'failed');
  assert.equal(pair.client.state, 'failed');
  assert.equal(pair.server.srtp(), undefined);
  assert.equal(pair.server.peerFingerprint('sha-256'), undefined);
});

test('garbage never ends an established association', async () => {
  const pair = await connectedPair();
  pair.client.send(Buffer.from('recorded'));
  const [recorded] = pair.client.takeOutgoing();
  const header = (type: number, epoch: number, length: number): number[] => [
    type,
    0xfe,
    0xfd,
    epoch >> 8,
    epoch & 255,
    0,
    0,
    0,
    0,
    0,
    99,
    length >> 8,
    length & 255,
  ];
  const crafted = [
    [...header(21, 0, 2), 2, 40], // fatal alert in clear
    [...header(21, 1, 2), 2, 40], // fatal alert that is not encrypted
    [...header(21, 0, 2), 1, 0], // close_notify in clear
    [...header(22, 0, 12), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], // HelloRequest
    [...header(22, 0, 12), 1, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff], // impossible ClientHello
    [...header(20, 0, 1), 1], // ChangeCipherSpec
    [...header(23, 1, 0)],
    [...header(23, 2, 30), ...filled(30, 5)], // an epoch to come
    [...header(99, 1, 3), 1, 2, 3],
    [...header(22, 1, 65535)],
  ];
  for (const datagram of crafted) {
    pair.server.handleDatagram(Uint8Array.from(datagram));
    pair.client.handleDatagram(Uint8Array.from(datagram));
    assertConnected(pair);
  }
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 20, max: 24 }),
      fc.integer({ min: 0, max: 2 }),
      fc.nat(),
      (noise, type, epoch, at) => {
        const damaged = Uint8Array.from(recorded!);
        damaged[at % damaged.length]! ^= 1 + (at % 255);
        for (const datagram of [
          noise,
          Uint8Array.from([...header(type, epoch, noise.length), ...noise]),
          damaged,
        ]) {
          for (const session of [pair.client, pair.server]) {
            session.handleDatagram(datagram);
            session.takeOutgoing();
          }
        }
      },
    ),
    { numRuns: 500 },
  );
  assert.deepEqual(pair.server.takeIncoming(), []);
  pair.server.handleDatagram(recorded!);
  assert.equal(String.fromCharCode(...pair.server.takeIncoming()[0]!), 'recorded');
  assertAlive(pair);
});

test('random datagrams during the handshake never throw', async () => {
  const client = await certificate('client');
  const server = await certificate('server');
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 4 }), fc.nat(), (noise, at) => {
      const pair = { client: new DtlsSession(client, 'client'), server: new DtlsSession(server, 'server') };
      pair.client.start();
      let count = 0;
      exchange(pair, (datagram) => {
        if (++count > 40) return true;
        for (const piece of noise) {
          pair.server.handleDatagram(piece);
          pair.client.handleDatagram(piece);
        }
        if (count % 3 === at % 3) datagram[at % datagram.length]! ^= 1 + (at % 255);
        return false;
      });
      pair.client.close();
      pair.server.close();
    }),
    { numRuns: 100 },
  );
});

test('queues are bounded', async () => {
  const pair = await connectedPair();
  for (let i = 0; i < 1000; i++) pair.client.send(filled(1000, i));
  const outgoing = pair.client.takeOutgoing();
  assert.equal(outgoing.length, 256);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 200; i++) pair.client.send(filled(1000, i));
    for (const datagram of pair.client.takeOutgoing()) pair.server.handleDatagram(datagram);
  }
  assert.equal(pair.server.takeIncoming().length, 256);
  assertAlive(pair);
});

test('what makes no sense is an INVALID_ARGUMENT', async () => {
  const own = await certificate('client');
  const invalid = (call: () => unknown): void => {
    assert.throws(call, (error) => error instanceof EngineError && error.code === 'INVALID_ARGUMENT');
  };
  invalid(() => new DtlsSession({} as DtlsCertificate, 'client'));
  invalid(() => new DtlsSession({ native: {} } as DtlsCertificate, 'client'));
  invalid(() => new DtlsSession(own, 'client', { mtu: 100 }));
  invalid(() => new DtlsSession(own, 'client', { srtpProfiles: [] }));
  const session = new DtlsSession(own, 'client');
  invalid(() => session.handleDatagram('x' as unknown as Uint8Array));
  invalid(() => session.send(new Uint8Array(16385)));
  assert.ok(own instanceof DtlsCertificate);
});
