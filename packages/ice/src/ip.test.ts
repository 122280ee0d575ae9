import assert from 'node:assert/strict';
import { isIP, isIPv4 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalIp, formatIp, ipFamily, isIpv6LinkLocal, isUnicast, parseIp } from './ip.js';

test('IPv6 is written as RFC 5952 wants it', () => {
  for (const [text, canonical] of [
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['fe80::', 'fe80::'],
    ['::FFFF:192.0.2.1', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['192.0.2.1', '192.0.2.1'],
  ] as const) {
    assert.equal(canonicalIp(text), canonical);
  }
});

test('what is no address is refused', () => {
  const wrong = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1..2.3',
    'a.b.c.d',
    '1.2.3.4 ',
    '1.2.3.-4',
  ];
  wrong.push(
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'g::',
  );
  wrong.push('fe80::1%eth0', '1.2.3.4::', '::1.2.3.4:5', ':1:2:3:4:5:6:7', '1:2:3:4:5:6:7:', 'abc.local');
  for (const text of wrong) assert.equal(parseIp(text), undefined, text);
});

test('bytes survive, and the system agrees on what is an address', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc
      .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
      .map((a) => Uint8Array.from(a)),
  );
  fc.assert(
    fc.property(bytes, (ip) => {
      const text = formatIp(ip, 0, ip.length as 4 | 16);
      assert.deepEqual(parseIp(text), ip);
      assert.equal(canonicalIp(text), text);
      assert.equal(isIP(text), ip.length === 4 ? 4 : 6);
      assert.equal(ipFamily(text), ip.length === 4 ? 4 : 6);
    }),
    { numRuns: 1000 },
  );
  const almost = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(fc.constantFrom(...'0:.1f'), { maxLength: 20 }).map((a) => a.join('')),
  );
  fc.assert(
    fc.property(almost, (text) => {
      assert.equal(parseIp(text) !== undefined, isIP(text) !== 0, text);
      if (isIPv4(text)) assert.equal(canonicalIp(text), text);
    }),
    { numRuns: 2000 },
  );
});

test('kinds of addresses', () => {
  assert.ok(isIpv6LinkLocal('fe80::1') && isIpv6LinkLocal('febf::1') && !isIpv6LinkLocal('fec0::1'));
  for (const text of ['0.0.0.0', '224.0.0.1', '239.1.1.1', '255.255.255.255', '::', 'ff02::1']) {
    assert.ok(!isUnicast(parseIp(text)!), text);
  }
  for (const text of ['192.0.2.1', '127.0.0.1', '::1', '2001:db8::1'])
    assert.ok(isUnicast(parseIp(text)!), text);
});
