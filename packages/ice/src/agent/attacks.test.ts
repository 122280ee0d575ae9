import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StunAttribute, StunClass, StunError, StunMethod } from '../stun/attributes.js';
import { shortTermKey } from '../stun/checksum.js';
import { parseStun } from '../stun/message.js';
import { StunWriter } from '../stun/writer.js';
import { checkFor, type ForgedCheck } from '../testing/forge.js';
import { Network } from '../testing/network.js';
import { runFor, runUntil, TestPeer } from '../testing/peer.js';
import { A, B, bothAre, connect, pairOf } from '../testing/scenario.js';

const attacker = { address: '203.0.113.66', port: 666 };

function deliver(peer: TestPeer, data: Uint8Array, from = attacker) {
  peer.agent.handleStun(peer.network.now, data, 0, from.address, from.port);
  return { transmits: peer.agent.takeTransmits(), events: peer.agent.takeEvents() };
}

test('wrong ufrag, password or fingerprint: dropped silently and counted', () => {
  const { a, b } = pairOf(new Network(1));
  connect(a, b);
  const cases: [ForgedCheck, 'wrongUfrag' | 'wrongIntegrity' | 'wrongFingerprint'][] = [
    [{ username: 'wrong:bobfrag' }, 'wrongUfrag'],
    [{ username: 'alicefrag' }, 'wrongUfrag'],
    [{ username: 'alicefrag:' }, 'wrongUfrag'],
    [{ username: 'alicefrag:other' }, 'wrongUfrag'],
    [{ username: 'alicefrag:bobfragX' }, 'wrongUfrag'],
    [{ username: '' }, 'wrongUfrag'],
    [{ password: 'x'.repeat(22) }, 'wrongIntegrity'],
    [{ password: b.pwd }, 'wrongIntegrity'],
    [{ integrity: false }, 'wrongIntegrity'],
    [{ fingerprint: 'wrong' }, 'wrongFingerprint'],
    [{ fingerprint: 'none' }, 'wrongFingerprint'],
  ];
  for (const [forged, counter] of cases) {
    const before = a.agent.counters[counter];
    const result = deliver(a, checkFor(a, b, forged));
    assert.deepEqual(result, { transmits: [], events: [] }, JSON.stringify(forged));
    assert.equal(a.agent.counters[counter], before + 1, JSON.stringify(forged));
  }
  const noise = [new Uint8Array(0), new Uint8Array(20), Buffer.from('not stun at all, really not')];
  for (const bytes of noise) assert.deepEqual(deliver(a, bytes), { transmits: [], events: [] });
  assert.equal(a.agent.counters.malformed, noise.length);
  const other = new StunWriter().start(StunClass.Request, new Uint8Array(12), StunMethod.Allocate).finish();
  const indication = new StunWriter().start(StunClass.Indication, new Uint8Array(12)).fingerprint().finish();
  deliver(a, other);
  deliver(a, indication);
  a.agent.handleStun(a.network.now, checkFor(a, b), 7, attacker.address, attacker.port);
  assert.equal(a.agent.counters.ignored, 3);
  deliver(a, checkFor(a, b), { address: 'nonsense', port: 1 });
  deliver(a, checkFor(a, b), { address: '2001:db8::1', port: 1 });
  deliver(a, checkFor(a, b), { address: '203.0.113.1', port: 0 });
  assert.equal(a.agent.counters.malformed, noise.length + 3);
  assert.deepEqual(a.agent.takeTransmits(), []);
});

test('a right request is answered; one with an attribute that must be understood gets 420', () => {
  const { a, b } = pairOf(new Network(2), 'controlled', 'controlling');
  connect(a, b);
  const { transmits } = deliver(a, checkFor(a, b));
  const response = parseStun(transmits[0]!.data)!;
  assert.equal(response.messageClass, StunClass.Success);
  assert.deepEqual(response.xorAddress(), attacker);
  assert.ok(response.integrityValid(shortTermKey(a.pwd)) && response.fingerprintValid());
  const refused = parseStun(deliver(a, checkFor(a, b, { unknownAttribute: 0x7abc })).transmits[0]!.data)!;
  assert.equal(refused.errorCode, StunError.UnknownAttribute);
  assert.deepEqual(refused.unknownAttributes, [0x7abc]);
  assert.ok(refused.integrityValid(shortTermKey(a.pwd)));
});

test('a replayed nomination from another address selects nothing, and the call goes on', () => {
  const network = new Network(3);
  const { a, b, peers } = pairOf(network, 'controlled', 'controlling');
  connect(a, b);
  const captured = network.log.filter(({ datagram }) => {
    const message = parseStun(datagram.data);
    return datagram.from.address === B.address && message?.has(StunAttribute.UseCandidate);
  });
  assert.ok(captured.length > 0);
  for (let i = 0; i < 50; i++) {
    network.send({ from: attacker, to: A, data: captured[0]!.datagram.data });
    runFor(peers, 300);
  }
  assert.ok(a.agent.isValidated(0, attacker.address, attacker.port));
  assert.ok(!a.agent.isChecked(0, attacker.address, attacker.port), 'nobody there answers checks');
  assert.ok(a.agent.isChecked(0, B.address, B.port));
  runFor(peers, 100_000);
  assert.equal(a.agent.selectedPair!.address, B.address);
  assert.equal(a.selections.length, 1);
  assert.ok(bothAre(peers, 'completed')());
  assert.ok(!a.agent.isValidated(0, attacker.address, attacker.port), 'forgotten again');
});

test('a flood of replayed requests from spoofed sources keeps memory and traffic bounded, and the peer connected', () => {
  for (const credentials of [true, false]) {
    const network = new Network(4);
    const { a, b, peers } = pairOf(network, 'controlled', 'controlling');
    if (credentials) connect(a, b);
    else {
      a.start();
      b.signal(a);
    }
    const request = checkFor(a, b, { useCandidate: true });
    const sentBefore = a.agent.counters.requestsSent;
    const end = network.now + 10_000;
    for (let i = 0; i < 5000; i++) {
      const source = { address: `10.${i >> 8}.${i & 255}.1`, port: 1000 + i };
      network.now += 2;
      deliver(a, request, source);
      if (a.agent.nextTimeout() <= network.now) a.agent.handleTimeout(network.now);
      a.agent.takeTransmits();
      a.agent.takeEvents();
      const { remotes, pairs, transactions, early, validated } = a.agent.sizes;
      assert.ok(remotes <= 33 && pairs <= 33 && transactions <= 64 + 10 && early <= 16 && validated <= 32);
    }
    assert.ok(network.now <= end);
    assert.ok(a.agent.counters.requestsSent - sentBefore <= 10_000 / 20 + 20, 'checks stay paced');
    if (!credentials) continue;
    assert.equal(a.agent.selectedPair!.address, B.address);
    assert.ok(a.agent.isValidated(0, B.address, B.port), 'a checked address is not pushed out');
    a.validated.clear();
    a.validated.add(`0|${B.address}|${B.port}`);
    runUntil(peers, bothAre(peers, 'completed'));
  }
});

test('forged responses are ignored', () => {
  const network = new Network(5);
  const { a, b, peers } = pairOf(network);
  a.signal(b);
  a.start();
  const request = parseStun(network.log[0]!.datagram.data)!;
  const forge = (messageClass: 2 | 3, id: Uint8Array, password: string | undefined, code?: number) => {
    const writer = new StunWriter().start(messageClass, id);
    if (code) writer.errorCode(code, 'no');
    else writer.xorAddressText(StunAttribute.XorMappedAddress, A.address, A.port);
    if (password) writer.integrity(shortTermKey(password));
    return writer.fingerprint().finish();
  };
  const id = request.transactionId;
  const otherId = id.slice();
  otherId[0]! ^= 1;
  deliver(a, forge(StunClass.Success, otherId, b.pwd), B);
  assert.equal(a.agent.counters.unknownTransaction, 1);
  deliver(a, forge(StunClass.Success, id, a.pwd), B);
  deliver(a, forge(StunClass.Error, id, undefined, 487), B);
  deliver(a, forge(StunClass.Error, id, undefined, 401), B);
  deliver(a, forge(StunClass.Success, id, undefined), B);
  assert.equal(a.agent.counters.wrongIntegrity, 4);
  const cut = forge(StunClass.Success, id, b.pwd);
  cut[cut.length - 1]! ^= 1;
  deliver(a, cut, B);
  assert.equal(a.agent.counters.wrongFingerprint, 1);
  deliver(a, forge(StunClass.Success, id, b.pwd), attacker);
  assert.equal(a.agent.counters.asymmetric, 1);
  assert.equal(a.agent.role, 'controlling');
  assert.equal(a.agent.sizes.validated, 0);
  // None of it did harm: the real one still counts.
  b.signal(a);
  b.start();
  runUntil(peers, bothAre(peers, 'completed'));
});

test('an answer without an address, or with attributes that are not understood, is a failed check', () => {
  for (const flaw of ['no address', 'unknown attribute', 'error 400'] as const) {
    const network = new Network(6);
    const { a, b } = pairOf(network);
    a.signal(b);
    a.start();
    const { transactionId } = parseStun(network.log[0]!.datagram.data)!;
    const writer = new StunWriter().start(
      flaw === 'error 400' ? StunClass.Error : StunClass.Success,
      transactionId,
    );
    if (flaw === 'unknown attribute') {
      writer.xorAddressText(StunAttribute.XorMappedAddress, A.address, A.port).attribute(0x7fff);
    }
    if (flaw === 'error 400') writer.errorCode(400, 'Bad Request');
    deliver(a, writer.integrity(shortTermKey(b.pwd)).fingerprint().finish(), B);
    assert.equal(a.agent.counters.responsesReceived, 1);
    runFor([a], 10_000);
    assert.equal(a.agent.counters.retransmissions, 0, 'it is over');
    assert.equal(a.validated.size, 0);
  }
});

test('limits on candidates and pairs hold', () => {
  const { a } = pairOf(new Network(7));
  a.agent.setRemoteCredentials('someone', 'x'.repeat(22));
  for (let i = 0; i < 1000; i++) {
    const candidate = { ...a.candidates[0]!, address: `10.0.${i >> 8}.${i & 255}`, priority: 1000 + i };
    a.agent.addRemoteCandidate({ ...candidate, port: 1000 });
  }
  assert.deepEqual([a.agent.sizes.remotes, a.agent.sizes.pairs], [128, 128]);
  assert.equal(a.agent.counters.limited, 872);
  for (let socket = 1; socket < 10; socket++) {
    a.agent.addLocalCandidate({ ...a.candidates[0]!, address: `192.0.2.${socket + 1}` }, { socket });
  }
  assert.equal(a.agent.sizes.pairs, 256);
  a.agent.start(0);
  for (let i = 0; i < 1000; i++) a.agent.handleTimeout(i * 20);
  assert.equal(a.agent.sizes.transactions, 64);
  const { limited } = a.agent.counters;
  assert.equal(a.agent.takeTransmits().length, 256, 'nobody took them');
  for (let i = 0; i < 300; i++)
    a.agent.handleStun(20_000, checkFor(a, a, { username: 'alicefrag:someone' }), 0, '10.9.9.9', 9);
  assert.equal(a.agent.takeTransmits().length, 256);
  assert.ok(a.agent.counters.limited > limited);
});

test('with every place taken by addresses that work, further ones are answered and no more', () => {
  const network = new Network(8);
  const limits = { peerReflexive: 1, validatedAddresses: 1, pairs: 1 };
  const a = new TestPeer(network, 'alice', [A], { role: 'controlled', limits });
  const b = new TestPeer(network, 'bob', [B], { role: 'controlling' });
  a.signal(b, []);
  b.signal(a);
  a.start();
  b.start();
  runUntil([a, b], bothAre([a, b], 'completed'));
  for (const priority of [1, 2 ** 31 - 1]) {
    const result = deliver(a, checkFor(a, b, { useCandidate: true, priority }));
    assert.equal(result.transmits.length, 1);
    assert.deepEqual(result.events, []);
  }
  assert.equal(a.agent.counters.limited, 4);
  assert.deepEqual(a.agent.sizes, { pairs: 1, remotes: 1, transactions: 0, early: 0, validated: 1 });
});

test('a request from an address that can be paired with nothing is answered and no more', () => {
  const network = new Network(9);
  const a = new TestPeer(network, 'alice', [{ address: '2001:db8::a', port: 1 }], { role: 'controlled' });
  a.agent.setRemoteCredentials('bobfrag', 'x'.repeat(22));
  a.start();
  a.agent.takeEvents();
  const { b } = pairOf(network);
  assert.equal(deliver(a, checkFor(a, b), { address: 'fe80::1', port: 5 }).transmits.length, 1);
  assert.equal(a.agent.sizes.pairs, 0);
});
