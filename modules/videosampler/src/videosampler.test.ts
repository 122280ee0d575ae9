import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { runElement } from '@rivero/module/testing';
import { decodeImage } from '@rivero/vision';
import { colourDistance, fillArea, plain, type Rgb } from '@rivero/vision/testing';
import { encodeImage, sampleSize } from './encode-image.js';
import { GrpcSender } from './grpc-sender.js';
import module from './index.js';
import { ctime, encodeSampleImage } from './sample-image.js';
import { SamplingClock } from './sampling-clock.js';
import { ImageReceiver } from './test-support.js';

const sample = (data: Uint8Array) =>
  encodeSampleImage({
    codec: 'PNG',
    data,
    timestamp: 'now',
    pipelineId: 'p',
    metadata: 'ü',
    tags: new Map([
      ['é', '1'],
      ['', ''],
    ]),
  });

test('a gRPC server of others gets what is sent, also a large picture; what it refuses is an error', async () => {
  const { receiver, address } = await ImageReceiver.start();
  const sender = new GrpcSender(address);
  try {
    const large = Buffer.alloc(1_500_000, 7);
    await sender.send(sample(Buffer.from([1, 2, 3])));
    await sender.send(sample(large));
    const [first, second] = receiver.images;
    assert.deepEqual(first, {
      codec: 'PNG',
      data: Buffer.from([1, 2, 3]),
      timestamp: 'now',
      pipelineId: 'p',
      metadata: 'ü',
      tags: [
        ['é', '1'],
        ['', ''],
      ],
    });
    assert.ok(second?.data.equals(large));
    receiver.refuses = true;
    await assert.rejects(sender.send(sample(large)), /gRPC status 8 no more/);
    receiver.refuses = false;
    await sender.send(sample(Buffer.from([4])));
    assert.equal(receiver.images.length, 3);
  } finally {
    sender.close();
    receiver.stop();
  }
});

test('a server that is not there, hangs up or is no gRPC server is an error, and is reached when it is back', async () => {
  const rude = createServer((socket) => socket.destroy());
  await new Promise<void>((done) => rude.listen(0, '127.0.0.1', done));
  const { port } = rude.address() as AddressInfo;
  const sender = new GrpcSender(`dns:///127.0.0.1:${port}`);
  await assert.rejects(sender.send(sample(Buffer.from([1]))));
  await new Promise((done) => rude.close(done));
  await assert.rejects(sender.send(sample(Buffer.from([1]))), /ECONNREFUSED/);
  const web = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((done) => web.listen(port, '127.0.0.1', done));
  await assert.rejects(sender.send(sample(Buffer.from([1]))));
  await new Promise((done) => web.close(done));
  sender.close();
  await assert.rejects(sender.send(sample(Buffer.from([1]))), /closed/);
  assert.throws(() => new GrpcSender('no address at all'), /no address/);
});

test('pictures are encoded in each way, at each size', () => {
  const picture = plain(33, 20, [200, 40, 40]);
  fillArea(picture, { x: 16, y: 0, width: 17, height: 20 }, [20, 20, 160]);
  const near = (pixel: readonly number[], colour: Rgb) =>
    assert.ok(colourDistance(pixel as unknown as Rgb, colour) < 25, `${pixel} instead of ${colour}`);
  for (const encoding of ['PNG', 'JPEG'] as const) {
    const { width, height, data } = decodeImage(encodeImage(picture, { width: 66, height: 10 }, encoding));
    assert.deepEqual([width, height], [66, 10]);
    near([...data.subarray(4 * (66 * 5 + 10), 4 * (66 * 5 + 10) + 3)], [200, 40, 40]);
    near([...data.subarray(4 * (66 * 5 + 55), 4 * (66 * 5 + 55) + 3)], [20, 20, 160]);
  }
  const size = { width: 33, height: 20 };
  const ppm = Buffer.from(encodeImage(picture, size, 'PPM'));
  assert.equal(ppm.toString('latin1', 0, 13), 'P6\n33 20\n255\n');
  assert.equal(ppm.length, 13 + 33 * 20 * 3);
  near([...ppm.subarray(13, 16)], [200, 40, 40]);
  const bmp = Buffer.from(encodeImage(picture, size, 'BMP'));
  assert.deepEqual(
    [bmp.toString('latin1', 0, 2), bmp.readUInt32LE(2), bmp.readInt32LE(18), bmp.readInt32LE(22)],
    ['BM', bmp.length, 33, 20],
  );
  near([...bmp.subarray(54, 57)].reverse(), [200, 40, 40]);
  const pbm = Buffer.from(encodeImage(plain(9, 2, [255, 255, 255]), { width: 9, height: 2 }, 'PBM'));
  assert.deepEqual([...pbm.subarray(pbm.indexOf('2\n') + 2)], [0, 0, 0, 0]);
  const black = Buffer.from(encodeImage(plain(9, 2, [0, 0, 0]), { width: 9, height: 2 }, 'PBM'));
  assert.deepEqual([...black.subarray(black.indexOf('2\n') + 2)], [0xff, 0x80, 0xff, 0x80]);
});

test('sizes: both sides, one with the shape of the picture, or the picture’s own', () => {
  const picture = { width: 640, height: 480 };
  assert.deepEqual(sampleSize(picture, 0, 0), picture);
  assert.deepEqual(sampleSize(picture, 100, 100), { width: 100, height: 100 });
  assert.deepEqual(sampleSize(picture, 320, 0), { width: 320, height: 240 });
  assert.deepEqual(sampleSize(picture, 0, 120), { width: 160, height: 120 });
});

test('one picture every period is taken, whatever their rate, without drift', () => {
  const clock = new SamplingClock(1000);
  const taken: number[] = [];
  for (let time = 500; time < 60_500; time += 33) if (clock.takes(time)) taken.push(time);
  assert.equal(taken.length, 60);
  assert.ok(taken.every((time, at) => time - 500 - at * 1000 >= 0 && time - 500 - at * 1000 < 33));
  assert.ok(clock.takes(500), 'times begin anew');
  assert.ok(!clock.takes(533));
  const all = new SamplingClock(0);
  assert.ok([1, 2, 2, 3].every((time) => all.takes(time)));
});

test('times are written as C does', () => {
  assert.match(ctime(new Date(2026, 10, 2, 3, 4, 5)), /^Mon Nov {2}2 03:04:05 2026$/);
});

test('a receiver that the server reaches for no client gets nothing, and the client is told', async () => {
  const { receiver, address } = await ImageReceiver.start();
  const run = await runElement(module, 'VideoSampler', {
    params: { imageDeliveryMethod: 'GRPC', framePeriod: 100, endpointUrl: address },
    access: { uriHosts: ['example.com'] },
  });
  try {
    for (let at = 0; at < 2; at++) {
      assert.deepEqual(await run.event('SampleImageDelivered'), { delivered: false });
    }
    const refusals = run.log.filter(({ message }) => message.includes('none of media.uriHosts'));
    assert.equal(refusals.length, 1);
    assert.equal(receiver.images.length, 0);
  } finally {
    await run.close();
    receiver.stop();
  }
});
