import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatIp } from '../ip.js';
import { StunAttribute, StunClass, StunMethod, stunType } from './attributes.js';
import { shortTermKey } from './checksum.js';
import { parseStun } from './message.js';
import { sampleIpv6Response, sampleRequest, shortTermPassword } from './vectors.fixture.js';
import { StunWriter } from './writer.js';

const key = shortTermKey(shortTermPassword);
const id = sampleRequest.subarray(8, 20);

test('writes the request of RFC 5769 2.1, but for its padding with spaces', () => {
  const bytes = new StunWriter()
    .start(StunClass.Request, id)
    .text(StunAttribute.Software, 'STUN test client')
    .uint32(StunAttribute.Priority, 0x6e0001ff)
    .uint64(StunAttribute.IceControlled, 0x932ff9b151263b36n)
    .text(StunAttribute.Username, 'evtj:h6vY')
    .integrity(key)
    .fingerprint()
    .finish();
  assert.deepEqual(bytes.subarray(0, 73), sampleRequest.subarray(0, 73));
  assert.deepEqual([...bytes.subarray(73, 76)], [0, 0, 0], 'padding is zero');
  assert.equal(bytes.length, sampleRequest.length);
});

test('writes the address of RFC 5769 2.3 as there', () => {
  const bytes = new StunWriter()
    .start(StunClass.Success, id)
    .xorAddressText(StunAttribute.XorMappedAddress, '2001:db8:1234:5678:11:2233:4455:6677', 32853)
    .finish();
  assert.deepEqual(bytes.subarray(20), sampleIpv6Response.subarray(36, 60));
  const writer = new StunWriter().start(StunClass.Success, id);
  assert.throws(() => writer.xorAddressText(StunAttribute.XorMappedAddress, 'x.local', 1), RangeError);
});

test('every method below 0x100 (RFC 7983) and class survives', () => {
  fc.assert(
    fc.property(fc.nat(0xff), fc.constantFrom(...Object.values(StunClass)), (method, messageClass) => {
      const message = parseStun(new StunWriter().start(messageClass, id, method).finish());
      assert.equal(message?.method, method);
      assert.equal(message?.messageClass, messageClass);
      assert.ok(stunType(method, messageClass) < 0x4000);
    }),
  );
  assert.equal(stunType(StunMethod.Binding, StunClass.Error), 0x0111);
});

test('what is written is read again', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
      fc.string({ maxLength: 100 }),
      fc.nat(0xffffffff),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.oneof(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
      ),
      fc.nat(65535),
      fc.integer({ min: 300, max: 699 }),
      (transactionId, text, number, big, ip, port, code) => {
        const bytes = new StunWriter()
          .start(StunClass.Error, transactionId)
          .text(StunAttribute.Username, text)
          .uint32(StunAttribute.Priority, number)
          .uint64(StunAttribute.IceControlling, big)
          .attribute(StunAttribute.UseCandidate)
          .xorAddress(StunAttribute.XorMappedAddress, ip, port)
          .errorCode(code, text)
          .unknownAttributes([1, 0x7fff])
          .integrity(key)
          .fingerprint()
          .finish();
        const message = parseStun(bytes);
        assert.ok(message);
        assert.deepEqual([...message.transactionId], [...transactionId]);
        assert.equal(message.text(StunAttribute.Username), Buffer.from(text).toString());
        assert.equal(message.uint32(StunAttribute.Priority), number);
        assert.equal(message.uint64(StunAttribute.IceControlling), big);
        assert.ok(message.has(StunAttribute.UseCandidate));
        assert.deepEqual(message.xorAddress(), { address: formatIp(ip, 0, ip.length as 4 | 16), port });
        assert.equal(message.errorCode, code);
        assert.equal(message.errorReason, Buffer.from(text).toString());
        assert.deepEqual(message.unknownAttributes, [1, 0x7fff]);
        assert.ok(message.integrityValid(key));
        assert.ok(message.fingerprintValid());
      },
    ),
  );
});

test('a message that would be too long is refused', () => {
  const writer = new StunWriter().start(StunClass.Request, id);
  assert.throws(() => writer.attribute(StunAttribute.Data, new Uint8Array(3000)), RangeError);
});
