import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  candidatePriority,
  formatCandidate,
  type IceCandidate,
  parseCandidate,
  readCandidate,
} from './candidate.js';

test('reads what browsers send', () => {
  assert.deepEqual(
    parseCandidate(
      'candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 192.168.1.5 rport 50000 generation 0 ufrag EsAw network-cost 999',
    ),
    {
      foundation: '842163049',
      component: 1,
      protocol: 'udp',
      priority: 1677729535,
      address: '203.0.113.7',
      port: 46154,
      type: 'srflx',
      relatedAddress: '192.168.1.5',
      relatedPort: 50000,
      ufrag: 'EsAw',
    },
  );
  const mdns = 'candidate:1 1 UDP 2122252543 8a5f1d0a-98b5-4e3a-8f5a-0d3c7c6b2b1e.local 50000 typ host';
  assert.equal(parseCandidate(mdns)?.address, '8a5f1d0a-98b5-4e3a-8f5a-0d3c7c6b2b1e.local');
  const tcp = parseCandidate('candidate:2 1 TCP 1518280447 192.0.2.2 9 typ host tcptype active');
  assert.equal(tcp?.protocol, 'tcp');
  assert.equal(tcp?.tcpType, 'active');
  assert.equal(parseCandidate('candidate:1 1 udp 1 2001:DB8:0::1 5 typ host')?.address, '2001:db8::1');
});

test('tolerates a=, capitals and spaces', () => {
  for (const line of [
    'a=candidate:1 1 UDP 1 192.0.2.2 50004 typ host',
    ' CANDIDATE:1 1 Udp 1  192.0.2.2 50004 TYP HOST \r\n',
  ]) {
    assert.equal(parseCandidate(line)?.port, 50004);
  }
});

test('takes candidates as they are really written', () => {
  const rest = '1 udp 2130706431 192.0.2.2 50004 typ host';
  const plain = parseCandidate(`candidate:1 ${rest}`)!;
  for (const line of [
    `1 ${rest}`,
    `a=1 ${rest}`,
    `A=candidate:1 ${rest}\r\n`,
    `candidate:1 ${rest}\0`,
    `candidate:1 ${rest} generation`,
    `candidate:1 ${rest} x-own "a value" of many words`,
    `candidate:1 ${rest} generation 0 network-id 3 network-cost 10 x-none`,
    'candidate:1 1 UDP 2130706431 192.0.2.2 50004 TYP HOST',
    'candidate:1 1 udp 2130706431 192.0.2.2 50004 typ local',
    'candidate:1 1 udp 2130706431 ::ffff:192.0.2.2 50004 typ host',
  ]) {
    assert.deepEqual(parseCandidate(line), plain, line);
  }
  assert.equal(parseCandidate(`candidate: ${rest}`)?.foundation, '0');
  assert.equal(parseCandidate(`candidate:${'1'.repeat(40)} ${rest}`)?.foundation, '1'.repeat(32));
  assert.equal(parseCandidate('candidate:1 1 udp 0 192.0.2.2 5 typ host')?.priority, 1);
  assert.equal(parseCandidate('candidate:1 1 udp 5 192.0.2.2 5 typ stun')?.type, 'srflx');
  for (const port of [0, 9])
    assert.equal(parseCandidate(`candidate:1 1 TCP 5 192.0.2.2 ${port} typ host`)?.port, port);
  assert.equal(parseCandidate('candidate:1 2 udp 5 192.0.2.2 5 typ host')?.component, 2);
});

test('takes IPv6 in brackets and with a scope, which means nothing here', () => {
  for (const [written, address] of [
    ['fe80::1%eth0', 'fe80::1'],
    ['FE80:0::1%12', 'fe80::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[fe80::1%en0]', 'fe80::1'],
  ]) {
    const line = `candidate:1 1 udp 5 ${written} 5 typ srflx raddr ${written} rport 6`;
    const read = parseCandidate(line);
    assert.deepEqual([read?.address, read?.relatedAddress, read?.relatedPort], [address, address, 6], line);
  }
});

test('reads on after a related address that is left out', () => {
  const line = 'candidate:1 1 tcp 5 192.0.2.2 9 typ srflx raddr  rport 0 tcptype active ufrag abcd';
  const { relatedAddress, relatedPort, tcpType, ufrag } = parseCandidate(line)!;
  assert.deepEqual([relatedAddress, relatedPort, tcpType, ufrag], [undefined, 0, 'active', 'abcd']);
});

test('says why one cannot be used, without quoting it', () => {
  for (const [line, reason] of [
    ['hello', 'no candidate'],
    ['candidate:1 256 udp 1 192.0.2.2 5 typ host', 'of a component that is neither 1 nor 2'],
    ['candidate:1 1 ssltcp 1 192.0.2.2 443 typ host', 'of a transport that is neither UDP nor TCP'],
    ['candidate:1 1 udp x 192.0.2.2 5 typ host', 'its priority is out of range'],
    ['candidate:1 1 udp 1 192.0.2.2 70000 typ host', 'its port is out of range'],
    ['candidate:1 1 udp 1 192.0.2.2 5 typ guest', 'of an unknown type'],
    ['candidate:1 1 udp 1 2001:db8::1::2 5 typ host', 'its address is neither an IP address nor a name'],
    [`candidate:${'1 '.repeat(1000)}`, 'longer than any candidate'],
  ]) {
    assert.equal(readCandidate(line!), reason);
  }
});

test('refuses what is no candidate', () => {
  for (const line of [
    '',
    'candidate:',
    'end-of-candidates',
    'candidate:1 1 UDP 1 192.0.2.2 50004',
    'candidate:1 3 UDP 1 192.0.2.2 50004 typ host',
    'candidate:1 0 UDP 1 192.0.2.2 50004 typ host',
    'candidate:1 1 SCTP 1 192.0.2.2 50004 typ host',
    'candidate:1 1 UDP -1 192.0.2.2 50004 typ host',
    'candidate:1 1 UDP 4294967296 192.0.2.2 50004 typ host',
    'candidate:1 1 UDP 1 192.0.2.2 65536 typ host',
    'candidate:1 1 UDP 1 192.0.2.2 50004 typ guest',
    'candidate:1 1 UDP 1 <script> 50004 typ host',
    'candidate:1 1 ssltcp 1 192.0.2.2 443 typ host',
    'candidate:1 1 UDP 1 fe80::1%eth0%eth1 5 typ host',
    'candidate:1 1 UDP 1 [192.0.2.2 5 typ host',
    `candidate:1 1 UDP 1 192.0.2.2 50004 typ host ${'x y '.repeat(1000)}`,
  ]) {
    assert.equal(parseCandidate(line), undefined, line.slice(0, 80));
  }
});

test('control characters and other scripts never get further', () => {
  const line = 'udp 1 192.0.2.1 5 typ host';
  for (const bad of ['1\u0000', '\u0007', '\u00e9', '1\u200b']) {
    assert.equal(parseCandidate(`candidate:${bad} 1 ${line}`), undefined);
    const read = parseCandidate(`candidate:1 1 ${line} raddr ${bad} rport 5 ufrag ${bad} x y`);
    assert.deepEqual([read?.relatedAddress, read?.ufrag], [undefined, undefined]);
  }
});

test('writes as Kurento does', () => {
  const host = 'candidate:1 1 UDP 2015363327 192.0.2.2 50004 typ host';
  const passive = 'candidate:3 1 TCP 1015021823 192.0.2.2 50004 typ host tcptype passive';
  const reflexive = 'candidate:2 2 UDP 1679819007 203.0.113.7 50004 typ srflx raddr 192.0.2.2 rport 50004';
  for (const line of [host, passive, reflexive]) assert.equal(formatCandidate(parseCandidate(line)!), line);
});

test('RFC 8445 priorities', () => {
  assert.equal(candidatePriority('host', 65535, 1), 2130706431);
  assert.equal(candidatePriority('srflx', 65535, 1), 1694498815);
  assert.equal(candidatePriority('relay', 0, 2), 254);
});

test('what is written is read again', () => {
  const candidate: fc.Arbitrary<IceCandidate> = fc.record(
    {
      foundation: fc.stringMatching(/^[A-Za-z0-9+/]{1,32}$/),
      component: fc.constantFrom(1 as const, 2 as const),
      protocol: fc.constantFrom('udp' as const, 'tcp' as const),
      priority: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      address: fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::1', '::1', 'x-y.local')),
      port: fc.nat(65535),
      type: fc.constantFrom('host' as const, 'srflx' as const, 'prflx' as const, 'relay' as const),
      tcpType: fc.constantFrom('active' as const, 'passive' as const, 'so' as const),
    },
    { requiredKeys: ['foundation', 'component', 'protocol', 'priority', 'address', 'port', 'type'] },
  );
  fc.assert(
    fc.property(candidate, (each) => {
      assert.deepEqual(parseCandidate(formatCandidate(each)), { ...each });
    }),
  );
});

test('fuzz: no line makes it throw', () => {
  const word = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('1', 'udp', 'typ', 'host', 'raddr', 'rport', 'tcptype', 'ufrag', '::1', '192.0.2.1', '0'),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 16 }), (words) => {
      const candidate = parseCandidate(`candidate:${words.join(' ')}`);
      if (candidate) assert.ok(parseCandidate(formatCandidate(candidate)));
    }),
    { numRuns: 2000 },
  );
});
