import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StunAttribute, StunClass } from '../stun/attributes.js';
import { parseStun } from '../stun/message.js';
import { StunWriter } from '../stun/writer.js';
import { seededRandom } from '../testing/network.js';
import { hostCandidate } from '../testing/peer.js';
import {
  candidateFoundation,
  ReflexiveGatherer,
  type ReflexiveTiming,
  reflexiveCandidate,
} from './reflexive.js';

const server = { address: '192.0.2.53', port: 3478 };
const mapped = { address: '203.0.113.7', port: 40_000 };

function gatherer(timing: Partial<ReflexiveTiming> = {}) {
  const random = seededRandom(1);
  const randomBytes = (count: number) => Uint8Array.from({ length: count }, () => random() * 256);
  return new ReflexiveGatherer({ randomBytes, transactionTag: 0xdecafbad, timing });
}

/** An answer to a request as a server gives it. */
function answer(
  request: Uint8Array,
  address = mapped,
  type: number = StunAttribute.XorMappedAddress,
): Uint8Array {
  const writer = new StunWriter().start(StunClass.Success, parseStun(request)!.transactionId);
  return writer.xorAddressText(type, address.address, address.port).fingerprint().finish();
}

test('asks, repeats until there is an answer, and gives the candidate', () => {
  const client = gatherer();
  client.query(0, 5, server);
  client.query(0, 5, { address: '192.0.2.53', port: 3478 });
  const first = client.takeTransmits();
  assert.equal(first.length, 1);
  assert.deepEqual({ ...first[0], data: 0 }, { socket: 5, ...server, data: 0 });
  assert.equal(Buffer.from(first[0]!.data).readUInt32BE(8), 0xdecafbad);
  assert.equal(client.nextTimeout(), 250);
  client.handleTimeout(250);
  assert.deepEqual(client.takeTransmits()[0]!.data, first[0]!.data);
  assert.equal(client.nextTimeout(), 750);
  assert.ok(!client.done);
  assert.ok(client.handleStun(300, answer(first[0]!.data), 5, server.address, server.port));
  assert.deepEqual(client.takeEvents(), [{ type: 'mapped', socket: 5, server, mapped }]);
  assert.ok(client.done);
  assert.equal(client.nextTimeout(), Number.POSITIVE_INFINITY);
  assert.ok(
    !client.handleStun(310, answer(first[0]!.data), 5, server.address, server.port),
    'a second answer',
  );

  const host = hostCandidate({ address: '10.0.0.2', port: 7000 });
  const candidate = reflexiveCandidate(host, mapped, server)!;
  assert.deepEqual(candidate, {
    ...host,
    ...mapped,
    foundation: candidateFoundation('srflx', '10.0.0.2', 'udp', server.address),
    type: 'srflx',
    priority: 1694498815,
    relatedAddress: '10.0.0.2',
    relatedPort: 7000,
  });
  assert.equal(reflexiveCandidate(host, { address: '10.0.0.2', port: 7000 }, server), undefined);
});

test('a silent server is given up after five requests', () => {
  const client = gatherer();
  client.query(0, 1, server);
  let requests = 0;
  let now = 0;
  while (client.nextTimeout() !== Number.POSITIVE_INFINITY) {
    requests += client.takeTransmits().length;
    now = client.nextTimeout();
    client.handleTimeout(now);
  }
  assert.equal(requests, 5);
  assert.equal(now, 250 + 500 + 1000 + 2000 + 2000);
  assert.deepEqual(client.takeEvents(), [{ type: 'failed', socket: 1, server }]);
  assert.ok(client.done);
});

test('answers of others, with another id, or damaged do not count', () => {
  const client = gatherer();
  client.query(0, 1, server);
  const { data } = client.takeTransmits()[0]!;
  const otherId = data.slice();
  otherId[19]! ^= 1;
  const damaged = answer(data);
  damaged[damaged.length - 1]! ^= 1;
  assert.ok(!client.handleStun(1, answer(data), 1, '192.0.2.54', server.port));
  assert.ok(!client.handleStun(1, answer(data), 1, server.address, 3479));
  assert.ok(!client.handleStun(1, answer(data), 2, server.address, server.port));
  assert.ok(!client.handleStun(1, answer(otherId), 1, server.address, server.port));
  assert.ok(!client.handleStun(1, damaged, 1, server.address, server.port));
  assert.ok(!client.handleStun(1, data, 1, server.address, server.port), 'a request');
  assert.deepEqual(client.takeEvents(), []);
  assert.ok(client.handleStun(1, answer(data), 1, server.address, server.port));
});

test('errors and nonsense addresses are failures', () => {
  for (const make of [
    (id: Uint8Array) => new StunWriter().start(StunClass.Error, id).errorCode(500, 'Server Error').finish(),
    (id: Uint8Array) => new StunWriter().start(StunClass.Success, id).finish(),
    (id: Uint8Array) =>
      new StunWriter()
        .start(StunClass.Success, id)
        .xorAddressText(StunAttribute.XorMappedAddress, '239.0.0.1', 5)
        .finish(),
  ]) {
    const client = gatherer();
    client.query(0, 1, server);
    const id = parseStun(client.takeTransmits()[0]!.data)!.transactionId;
    assert.ok(client.handleStun(1, make(id), 1, server.address, server.port));
    assert.equal(client.takeEvents()[0]!.type, 'failed');
  }
});

test('old servers with MAPPED-ADDRESS are understood', () => {
  const client = gatherer();
  client.query(0, 1, server);
  const id = parseStun(client.takeTransmits()[0]!.data)!.transactionId;
  const value = Uint8Array.from([0, 1, 0x9c, 0x40, 203, 0, 113, 7]);
  const bytes = new StunWriter()
    .start(StunClass.Success, id)
    .attribute(StunAttribute.MappedAddress, value)
    .finish();
  assert.ok(client.handleStun(1, bytes, 1, server.address, server.port));
  assert.deepEqual(client.takeEvents(), [{ type: 'mapped', socket: 1, server, mapped }]);
});

test('keeps the binding, and tells when it changes', () => {
  const client = gatherer({ keepalive: 15_000 });
  client.query(0, 1, server);
  const ids = new Set<string>();
  for (const [i, port] of [40_000, 40_000, 40_001].entries()) {
    if (i > 0) {
      assert.equal(client.nextTimeout(), i * 15_000);
      client.handleTimeout(i * 15_000);
    }
    const { data } = client.takeTransmits()[0]!;
    ids.add(Buffer.from(data.subarray(8, 20)).toString('hex'));
    client.handleStun(i * 15_000, answer(data, { ...mapped, port }), 1, server.address, server.port);
    assert.equal(client.takeEvents().length, port === 40_000 && i === 1 ? 0 : 1);
  }
  assert.equal(ids.size, 3, 'a new id each time');
  client.removeSocket(1);
  assert.equal(client.nextTimeout(), Number.POSITIVE_INFINITY);
});

test('refuses servers that are none, and too many', () => {
  const client = gatherer();
  for (const address of ['stun.example.org', '224.0.0.1', '0.0.0.0']) {
    assert.throws(() => client.query(0, 1, { address, port: 3478 }), RangeError);
  }
  assert.throws(() => client.query(0, 1, { ...server, port: 0 }), RangeError);
  for (let socket = 0; socket < 256; socket++) client.query(0, socket, server);
  assert.throws(() => client.query(0, 256, server), RangeError);
});

test('fuzz: no bytes make it throw', () => {
  const client = gatherer();
  client.query(0, 1, server);
  const { data } = client.takeTransmits()[0]!;
  const right = answer(data);
  // What the fingerprint protects; a changed length (22, 23) can swallow the fingerprint itself, which servers may leave out.
  const covered = Array.from({ length: 32 }, (_, i) => i).filter((i) => i !== 22 && i !== 23);
  fc.assert(
    fc.property(
      fc.constantFrom(...covered),
      fc.nat(255),
      fc.uint8Array({ maxLength: 60 }),
      (at, value, bytes) => {
        const changed = right.slice();
        if (changed[at] === value) return;
        changed[at] = value;
        assert.ok(!client.handleStun(1, changed, 1, server.address, server.port));
        client.handleStun(1, bytes, 1, server.address, server.port);
      },
    ),
    { numRuns: 1000 },
  );
  assert.ok(!client.done);
});
