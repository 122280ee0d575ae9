import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerNames } from './server-names.js';

test('addresses need no lookup; names do, IPv4 comes first, and one answer serves all who ask', async () => {
  let now = 0;
  const asked: string[] = [];
  const names = new ServerNames(
    () => now,
    async (name) => {
      asked.push(name);
      return ['2001:DB8::1', '192.0.2.1'];
    },
  );
  assert.deepEqual(await names.resolve('192.0.2.7'), ['192.0.2.7']);
  assert.deepEqual(await names.resolve('2001:DB8:0::7'), ['2001:db8::7']);
  const [first, second] = await Promise.all([names.resolve('stun.example'), names.resolve('stun.example')]);
  assert.deepEqual(first, ['192.0.2.1', '2001:db8::1']);
  assert.deepEqual(second, first);
  assert.deepEqual(asked, ['stun.example']);
  now = 31_000;
  await names.resolve('stun.example');
  assert.equal(asked.length, 2);
});

test('an unknown name has no addresses, and is asked for again soon', async () => {
  let now = 0;
  let asked = 0;
  const names = new ServerNames(
    () => now,
    () => {
      asked++;
      return Promise.reject(new Error('ENOTFOUND'));
    },
  );
  assert.deepEqual(await names.resolve('nobody.example'), []);
  await names.resolve('nobody.example');
  assert.equal(asked, 1);
  now = 3001;
  await names.resolve('nobody.example');
  assert.equal(asked, 2);
});

test('what is remembered is bounded', async () => {
  let asked = 0;
  const names = new ServerNames(
    () => 0,
    async () => {
      asked++;
      return ['192.0.2.1'];
    },
  );
  for (let i = 0; i < 65; i++) await names.resolve(`server-${i}.example`);
  await names.resolve('server-64.example');
  assert.equal(asked, 65);
  await names.resolve('server-0.example');
  assert.equal(asked, 66);
});
