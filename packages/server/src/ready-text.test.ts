import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { type ReadyState, readyText } from './ready-text.js';

const info = (address: string, internal = false) =>
  ({ address, internal, family: address.includes(':') ? 'IPv6' : 'IPv4' }) as NetworkInterfaceInfo;

const state: ReadyState = {
  version: '1.2.3',
  host: '127.0.0.1',
  port: 8888,
  path: '/kurento',
  secure: false,
  tokenRequired: false,
  interfaces: {
    lo: [info('127.0.0.1', true)],
    eth0: [info('192.0.2.7'), info('2001:db8::7'), info('fe80::1')],
  },
};
const urls = (changes: Partial<ReadyState>) =>
  readyText({ ...state, ...changes }).match(/\b(?:ws|http)s?:\S+/g);

test('names the protocol and the page', () => {
  assert.deepEqual(urls({}), ['ws://127.0.0.1:8888/kurento', 'http://127.0.0.1:8888/']);
  assert.match(readyText(state), /Only this machine can connect/);
  assert.deepEqual(urls({ host: '::1', secure: true }), ['wss://[::1]:8888/kurento', 'https://[::1]:8888/']);
});

test('names the addresses for other machines, and says who may connect', () => {
  assert.deepEqual(urls({ host: '0.0.0.0' }), [
    'ws://localhost:8888/kurento',
    'http://localhost:8888/',
    'ws://192.0.2.7:8888/kurento',
  ]);
  assert.deepEqual(urls({ host: '::' })?.slice(2), [
    'ws://192.0.2.7:8888/kurento',
    'ws://[2001:db8::7]:8888/kurento',
  ]);
  assert.match(readyText({ ...state, host: '0.0.0.0' }), /Whoever reaches this port controls/);
});

test('shows where the token goes', () => {
  const text = readyText({ ...state, host: '192.0.2.7', tokenRequired: true });
  assert.match(text, /ws:\/\/192\.0\.2\.7:8888\/kurento\?access_token=TOKEN\n/);
  assert.match(text, /http:\/\/192\.0\.2\.7:8888\/\?access_token=TOKEN\n/);
  assert.doesNotMatch(text, /Whoever/);
});
