import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { parseInterfaceList, remembered, selectAddresses } from './local-addresses.js';

function info(address: string, internal = false): NetworkInterfaceInfo {
  const common = { address, netmask: '', mac: '', internal, cidr: null };
  return address.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' };
}

const host = {
  lo: [info('127.0.0.1', true), info('::1', true)],
  eth0: [info('192.0.2.2'), info('2001:db8::2'), info('fe80::1')],
  eth1: [info('198.51.100.7')],
};

const addressesOf = (...args: Parameters<typeof selectAddresses>): string[] =>
  selectAddresses(...args).map(({ address }) => address);

test('all but loopback and link-local addresses by default', () => {
  assert.deepEqual(addressesOf(host, { interfaces: [], loopback: 'auto' }), [
    '192.0.2.2',
    '2001:db8::2',
    '198.51.100.7',
  ]);
});

test('loopback where there is nothing else, always, or never', () => {
  assert.deepEqual(addressesOf({ lo: host.lo }, { interfaces: [], loopback: 'auto' }), ['127.0.0.1', '::1']);
  assert.deepEqual(addressesOf({ lo: host.lo }, { interfaces: [], loopback: 'never' }), []);
  assert.equal(addressesOf(host, { interfaces: [], loopback: 'always' }).length, 5);
});

test('interfaces by name or by address', () => {
  assert.deepEqual(addressesOf(host, { interfaces: ['eth1'], loopback: 'auto' }), ['198.51.100.7']);
  assert.deepEqual(addressesOf(host, { interfaces: ['192.0.2.2', 'lo'], loopback: 'never' }), [
    '127.0.0.1',
    '::1',
    '192.0.2.2',
  ]);
  assert.deepEqual(parseInterfaceList(' eth0, eth1 ,,'), ['eth0', 'eth1']);
});

test('an answer is remembered for its time', () => {
  let [now, reads] = [0, 0];
  const read = remembered(
    () => ++reads,
    1000,
    () => now,
  );
  assert.deepEqual([read(), read()], [1, 1]);
  now = 999;
  assert.equal(read(), 1);
  now = 1000;
  assert.deepEqual([read(), read()], [2, 2]);
});
