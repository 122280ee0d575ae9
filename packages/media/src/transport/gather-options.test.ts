import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GatherOptions, sharedOptions } from './gather-options.js';

test('the same options are one object, others are not', () => {
  const options: GatherOptions = {
    networkInterfaces: '',
    externalIPv4: '',
    externalIPv6: '',
    stunServerAddress: '',
    stunServerPort: 3478,
    turnUrl: '',
    iceTcp: true,
  };
  const first = sharedOptions({ ...options });
  assert.equal(sharedOptions({ ...options }), first);
  for (const name of Object.keys(options) as (keyof GatherOptions)[]) {
    const other = { ...options, [name]: name === 'iceTcp' ? false : name === 'stunServerPort' ? 1 : 'other' };
    assert.deepEqual(sharedOptions(other), other);
    assert.deepEqual(sharedOptions({ ...options }), options);
  }
});
