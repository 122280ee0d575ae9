import assert from 'node:assert/strict';
import { createHash, createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { StunAttribute, StunClass, StunMethod } from './attributes.js';
import { shortTermKey } from './checksum.js';
import { isStun, parseStun, type StunMessage, stunTransactionTag, stunUsername } from './message.js';
import {
  longTermRequest,
  sampleIpv4Response,
  sampleIpv6Response,
  sampleRequest,
  shortTermPassword,
} from './vectors.fixture.js';
import { StunWriter } from './writer.js';

const key = shortTermKey(shortTermPassword);

function parsed(bytes: Uint8Array): StunMessage {
  const message = parseStun(bytes);
  assert.ok(message);
  return message;
}

test('RFC 5769 2.1: request with the short-term mechanism', () => {
  const message = parsed(sampleRequest);
  assert.equal(message.method, StunMethod.Binding);
  assert.equal(message.messageClass, StunClass.Request);
  assert.equal(message.text(StunAttribute.Software), 'STUN test client');
  assert.equal(message.uint32(StunAttribute.Priority), 0x6e0001ff);
  assert.equal(message.uint64(StunAttribute.IceControlled), 0x932ff9b151263b36n);
  assert.equal(message.text(StunAttribute.Username), 'evtj:h6vY');
  assert.equal(message.unknownRequired, undefined);
  assert.ok(message.fingerprintValid());
  assert.ok(message.integrityValid(key));
  assert.ok(!message.integrityValid(shortTermKey('VOkJxbRl1RmTxUk/WvJxBT')));
  assert.deepEqual(stunUsername(sampleRequest), { localUfrag: 'evtj', remoteUfrag: 'h6vY' });
  assert.equal(stunTransactionTag(sampleRequest), 0xb7e7a701);
});

test('RFC 5769 2.2 and 2.3: responses with IPv4 and IPv6 addresses', () => {
  for (const [bytes, address] of [
    [sampleIpv4Response, '192.0.2.1'],
    [sampleIpv6Response, '2001:db8:1234:5678:11:2233:4455:6677'],
  ] as const) {
    const message = parsed(bytes);
    assert.equal(message.messageClass, StunClass.Success);
    assert.equal(message.text(StunAttribute.Software), 'test vector');
    assert.deepEqual(message.xorAddress(), { address, port: 32853 });
    assert.ok(message.fingerprintValid());
    assert.ok(message.integrityValid(key));
  }
});

test('RFC 5769 2.4: request with the long-term mechanism', () => {
  const message = parsed(longTermRequest);
  const username = '\u30de\u30c8\u30ea\u30c3\u30af\u30b9';
  assert.equal(message.text(StunAttribute.Username), username);
  assert.equal(message.text(StunAttribute.Realm), 'example.org');
  assert.equal(message.text(StunAttribute.Nonce), 'f//499k954d6OL34oL9FSTvy64sA');
  const digest = createHash('md5').update(`${username}:example.org:TheMatrIX`).digest();
  assert.ok(message.integrityValid(createSecretKey(digest)));
  assert.ok(!message.fingerprintValid(), 'it has none');
});

test('every changed bit of a vector is noticed', () => {
  for (const vector of [sampleRequest, sampleIpv4Response, sampleIpv6Response]) {
    for (let bit = 0; bit < vector.length * 8; bit++) {
      const forged = vector.slice();
      forged[bit >> 3]! ^= 1 << (bit & 7);
      const message = parseStun(forged);
      assert.ok(!message?.fingerprintValid(), `bit ${bit}`);
    }
  }
});

test('what is not exactly one well-formed message is refused', () => {
  const minimal = new StunWriter().start(StunClass.Request, new Uint8Array(12)).finish();
  assert.ok(parseStun(minimal));
  const change = (edit: (bytes: Uint8Array) => void, base = sampleRequest) => {
    const bytes = base.slice();
    edit(bytes);
    return parseStun(bytes);
  };
  assert.equal(parseStun(new Uint8Array(0)), undefined);
  for (let length = 0; length < sampleRequest.length; length++) {
    assert.equal(parseStun(sampleRequest.subarray(0, length)), undefined);
  }
  assert.equal(
    parseStun(Buffer.concat([sampleRequest, new Uint8Array(4)])),
    undefined,
    'something behind it',
  );
  assert.equal(
    change((bytes) => (bytes[0] = 0x40)),
    undefined,
    'first bits',
  );
  assert.equal(
    change((bytes) => (bytes[4] = 0)),
    undefined,
    'magic cookie',
  );
  assert.equal(
    change((bytes) => (bytes[23] = 0xff)),
    undefined,
    'attribute too long',
  );
  const short = new StunWriter();
  short
    .start(StunClass.Request, new Uint8Array(12))
    .attribute(StunAttribute.MessageIntegrity, new Uint8Array(4));
  assert.equal(parseStun(short.finish()), undefined, 'integrity of another size');
  const early = new StunWriter();
  early.start(StunClass.Request, new Uint8Array(12)).fingerprint().uint32(StunAttribute.Priority, 1);
  assert.equal(parseStun(early.finish()), undefined, 'fingerprint not last');
});

test('attributes behind the integrity do not count', () => {
  const bytes = new StunWriter()
    .start(StunClass.Request, new Uint8Array(12))
    .text(StunAttribute.Username, 'a:b')
    .integrity(key)
    .attribute(StunAttribute.UseCandidate)
    .attribute(0x7fff)
    .fingerprint()
    .finish();
  const message = parsed(bytes);
  assert.ok(message.integrityValid(key));
  assert.ok(message.fingerprintValid());
  assert.ok(!message.has(StunAttribute.UseCandidate));
  assert.equal(message.unknownRequired, undefined);
});

test('unknown attributes that must be understood are listed', () => {
  const bytes = new StunWriter()
    .start(StunClass.Request, new Uint8Array(12))
    .attribute(0x0002, new Uint8Array(3))
    .attribute(0xc057, new Uint8Array(4))
    .attribute(0x7ffe)
    .finish();
  assert.deepEqual(parsed(bytes).unknownRequired, [0x0002, 0x7ffe]);
});

test('a username without two parts tells nothing', () => {
  const withName = (name: string) =>
    new StunWriter().start(StunClass.Request, new Uint8Array(12)).text(StunAttribute.Username, name).finish();
  assert.equal(stunUsername(withName('nocolon')), undefined);
  assert.equal(stunUsername(withName(':x')), undefined);
  assert.deepEqual(stunUsername(withName('a:b:c')), { localUfrag: 'a', remoteUfrag: 'b:c' });
  assert.equal(stunUsername(sampleIpv4Response), undefined);
});

/** Reads everything a message can be asked for. */
function readAll(message: StunMessage): void {
  for (const type of [...Object.values(StunAttribute), 0, 0xffff]) {
    message.has(type);
    message.text(type);
    message.uint32(type);
    message.uint64(type);
    message.xorAddress(type);
  }
  void message.mappedAddress;
  void message.errorCode;
  void message.errorReason;
  void message.unknownAttributes;
  message.fingerprintValid();
  message.integrityValid(key);
}

test('fuzz: no bytes make it throw', () => {
  const header = Buffer.from('2112a442', 'hex');
  const attribute = fc
    .tuple(
      fc.oneof(fc.constantFrom(...Object.values(StunAttribute)), fc.nat(0xffff)),
      fc.uint8Array({ maxLength: 24 }),
      fc.integer({ min: -2, max: 2 }).map((n) => (Math.abs(n) === 2 ? n : 0)),
    )
    .map(([type, value, lie]) => {
      const bytes = Buffer.alloc(4 + ((value.length + 3) & ~3));
      bytes.writeUInt16BE(type, 0);
      bytes.writeUInt16BE(Math.max(0, value.length + lie), 2);
      bytes.set(value, 4);
      return bytes;
    });
  const message = fc
    .tuple(
      fc.nat(0x3fff),
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
      fc.array(attribute, { maxLength: 8 }),
    )
    .map(([type, id, attributes]) => {
      const body = Buffer.concat(attributes);
      const start = Buffer.alloc(4);
      start.writeUInt16BE(type, 0);
      start.writeUInt16BE(body.length, 2);
      return Buffer.concat([start, header, id, body]);
    });
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), message), (bytes) => {
      const result = parseStun(bytes);
      stunUsername(bytes);
      stunTransactionTag(bytes);
      if (!result) return;
      accepted++;
      assert.ok(isStun(bytes));
      readAll(result);
    }),
    { numRuns: 3000 },
  );
  assert.ok(accepted > 100);
});
