import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { ImageReceiver } from '@rivero/module-videosampler/test-support';
import { decodeImage } from '@rivero/vision';
import { colourDistance, type Rgb } from '@rivero/vision/testing';
import { RawClient } from './conformance/raw-client.js';
import { FilterBench } from './support/filter-bench.js';
import { type MediaElement, openClient } from './support/kurento.js';
import { hasGStreamer, RtpPrograms } from './support/rtp-programs.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

const skip = hasGStreamer() ? false : 'needs GStreamer';
const folder = mkdtempSync(join(tmpdir(), 'rivero-sampler-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const scene = (x: number): Rgb => (x < 160 ? [220, 40, 40] : [20, 20, 160]);

/** There is no official client of this module: the protocol itself is spoken. */
describe('VideoSampler', { skip }, () => {
  test('delivers a picture every period to a gRPC server of others; video goes on past it; a server that is gone is told', async (context) => {
    const server = await TestServer.start({ args: ['--media.loopback', 'always'] });
    const client = await openClient(server.uri);
    const raw = await RawClient.open(server.uri);
    const programs = new RtpPrograms();
    const { receiver, address } = await ImageReceiver.start();
    context.after(async () => {
      programs.stop();
      receiver.stop();
      raw.close();
      client.close();
      await server.stop();
    });
    const pipeline = await client.create('MediaPipeline');
    const bench = new FilterBench(pipeline, programs, folder);
    const create = (more: Record<string, unknown>) =>
      raw.call('create', {
        type: 'VideoSampler',
        constructorParams: {
          mediaPipeline: pipeline.id,
          imageDeliveryMethod: 'GRPC',
          framePeriod: 500,
          ...more,
        },
      });
    const made = await create({
      endpointUrl: address,
      imageEncoding: 'JPEG',
      width: 160,
      metadata: 'gate 4',
    });
    const id = String((made.result as { value: string }).value);
    await raw.call('subscribe', { type: 'SampleImageDelivered', object: id });
    const delivered = (): boolean[] =>
      raw.events
        .filter(({ type }) => type === 'SampleImageDelivered')
        .map(({ data }) => (data as { delivered: boolean }).delivered);
    const sampler = (await client.getMediaobjectById(id)) as MediaElement;
    await (await bench.camera(scene)).connect(sampler, 'VIDEO');
    await waitFor('four pictures', () => receiver.images.length >= 4, 30_000);
    for (const { codec, data, pipelineId, metadata, timestamp } of receiver.images) {
      assert.deepEqual([codec, pipelineId, metadata], ['JPEG', pipeline.id, 'gate 4']);
      assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 120_000, timestamp);
      const image = decodeImage(data);
      assert.deepEqual([image.width, image.height], [160, 120]);
      for (const x of [40, 120]) {
        const pixel = [...image.data.subarray(4 * (60 * 160 + x), 4 * (60 * 160 + x) + 3)] as unknown as Rgb;
        assert.ok(colourDistance(pixel, scene(2 * x)) < 60, `${pixel}`);
      }
    }
    assert.ok(receiver.images.every(({ tags }) => tags.length === 0));
    await sampler.addTag('gate', '4');
    await sampler.addTag('empty', '');
    const tagsAre = (...expected: [string, string][]): Promise<unknown> =>
      waitFor('the tags', () => isDeepStrictEqual(receiver.images.at(-1)!.tags, expected), 30_000);
    await tagsAre(['gate', '4'], ['empty', '']);
    await sampler.removeTag('gate');
    await tagsAre(['empty', '']);
    await waitFor('events', () => delivered().length >= 4);
    assert.ok(delivered().every((done) => done));
    await bench.sees(sampler, (at) => {
      assert.ok(colourDistance(at(40, 120) as unknown as Rgb, scene(40)) < 60);
    });
    receiver.stop();
    await waitFor('a picture that could not be delivered', () => delivered().includes(false), 30_000);
    assert.equal((await create({ endpointUrl: 'no address at all' })).error?.code, 40001);
    assert.equal((await create({ endpointUrl: address, framePeriod: -1 })).error?.code, 40001);
  });
});
