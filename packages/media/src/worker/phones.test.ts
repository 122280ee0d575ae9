import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseSessionDescription } from '@rivero/sdp';
import { sharedWorker } from '../test-support/shared-worker.js';

const FIXTURES = new URL('../../../sdp/fixtures/phones/', import.meta.url);

describe('offers of phones and gateways at an RtpEndpoint', () => {
  const harness = sharedWorker({ loopback: 'always' });

  test('each is answered, again when it is repeated, with ports of its own for every m-line', async () => {
    const pipeline = await harness.create('MediaPipeline', null);
    for (const file of readdirSync(FIXTURES)) {
      // Not every machine has IPv6.
      if (file.startsWith('ipv6')) continue;
      const endpoint = await harness.create('RtpEndpoint', pipeline);
      const offer = readFileSync(new URL(file, FIXTURES), 'utf8').replaceAll('192.0.2.10', '127.0.0.1');
      const answers: string[] = [];
      for (let i = 0; i < 2; i++)
        answers.push(await harness.invoke<string>(endpoint, 'processOffer', { offer }));
      const [first, second] = answers.map((answer) => parseSessionDescription(answer).media);
      const offered = parseSessionDescription(offer).media;
      assert.deepEqual(
        first!.map(({ type, protocol }) => [type, protocol]),
        offered.map(({ type, protocol }) => [type, protocol]),
      );
      const ports = first!
        .filter(({ port }) => port !== 0)
        .flatMap(({ port, rtcp }) => [port, rtcp?.port ?? -port]);
      assert.equal(new Set(ports).size, ports.length, file);
      assert.deepEqual(
        second!.map(({ port, formats, direction }) => [port, formats, direction]),
        first!.map(({ port, formats, direction }) => [port, formats, direction]),
        file,
      );
      await harness.release(endpoint);
    }
  });
});
