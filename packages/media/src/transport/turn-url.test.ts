import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTurnUrl } from './turn-url.js';

const base = {
  username: 'user',
  password: 'pass',
  host: '192.0.2.1',
  port: 3478,
  transport: 'udp',
  families: [4],
};

test('URLs as Kurento writes them', () => {
  assert.deepEqual(parseTurnUrl('user:pass@192.0.2.1:3478'), base);
  assert.deepEqual(parseTurnUrl('user:pass@192.0.2.1:3478?transport=udp'), base);
  assert.deepEqual(parseTurnUrl('user:pass@192.0.2.1:80?transport=TCP'), {
    ...base,
    port: 80,
    transport: 'tcp',
  });
  assert.deepEqual(parseTurnUrl('user:pass@192.0.2.1:443?transport=tls'), {
    ...base,
    port: 443,
    transport: 'tls',
  });
});

test('names, IPv6, schemes and default ports', () => {
  assert.deepEqual(parseTurnUrl('user:pass@turn.example.org'), { ...base, host: 'turn.example.org' });
  assert.deepEqual(parseTurnUrl('user:pass@[2001:db8::1]:5000'), {
    ...base,
    host: '2001:db8::1',
    port: 5000,
  });
  assert.deepEqual(parseTurnUrl('turn:user:pass@192.0.2.1'), base);
  assert.deepEqual(parseTurnUrl('turns:user:pass@192.0.2.1'), { ...base, port: 5349, transport: 'tls' });
  assert.deepEqual(parseTurnUrl('turns:user:pass@h:443?transport=tcp')?.transport, 'tls');
});

test('passwords may hold anything, user names all but a colon', () => {
  const url = parseTurnUrl('1700000000:some@one:p@ss:w?rd=/+@192.0.2.1:3478');
  assert.equal(url?.username, '1700000000');
  assert.equal(url?.password, 'some@one:p@ss:w?rd=/+');
});

test('the family of the relayed address', () => {
  assert.deepEqual(parseTurnUrl('user:pass@192.0.2.1?family=6'), { ...base, families: [6] });
  const both = { ...base, transport: 'tcp', families: [4, 6] };
  assert.deepEqual(parseTurnUrl('user:pass@192.0.2.1:3478?transport=tcp&family=both'), both);
  assert.deepEqual(parseTurnUrl('user:pass@192.0.2.1:3478?family=both&transport=tcp'), both);
});

test('what is none', () => {
  for (const text of [
    '',
    'user:pass@',
    'user:pass@h:0',
    'user:pass@h:70000',
    'user:pass@h:1?transport=sctp',
    'turns:u:p@h?transport=udp',
    'user:pass@h?family=5',
    'user:pass@h?family=constructor',
    'user:pass@h?transport=tcp&',
    'user@h:1',
    'x'.repeat(2000),
  ]) {
    assert.equal(parseTurnUrl(text), undefined, text);
  }
});
