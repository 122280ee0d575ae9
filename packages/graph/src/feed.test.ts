import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GstPad } from '@rivero/graph-engine';
import { Feed } from './feed.js';
import type { LostListener, Stream, Use } from './stream.js';

const PAD = {} as GstPad;

/** A stream whose buffers stop when the test says so. */
class SlowStream {
  lost: LostListener | undefined;
  released = 0;
  stopBuffers: () => void = () => {};

  get codec(): undefined {
    return undefined;
  }

  raw(lost: LostListener): Promise<Use> {
    this.lost = lost;
    const stopped = new Promise<void>((resolve) => {
      this.stopBuffers = resolve;
    });
    return Promise.resolve({
      tap: () => ({ close: () => stopped }),
      format: undefined,
      requestKeyFrame: () => {},
      setBitrate: () => {},
      release: () => this.released++,
    } as unknown as Use);
  }
}

async function open(): Promise<{ stream: SlowStream; feed: Feed; told: string[] }> {
  const stream = new SlowStream();
  const told: string[] = [];
  const feed = new Feed(stream as unknown as Stream, 'raw', PAD, (reason) => told.push(reason));
  await feed.opened;
  return { stream, feed, told };
}

describe('a feed', () => {
  test('tells that its stream has gone, and is closed then', async () => {
    const { stream, feed, told } = await open();
    stream.lost!('its source has gone');
    stream.stopBuffers();
    await feed.close();
    assert.deepEqual(told, ['its source has gone']);
    assert.equal(stream.released, 1);
  });

  test('tells nothing of a stream that goes while it is closed: its owner has perhaps taken another', async () => {
    const { stream, feed, told } = await open();
    const closing = feed.close();
    stream.lost!('its source has gone');
    stream.stopBuffers();
    await closing;
    assert.deepEqual(told, []);
    assert.equal(stream.released, 1);
  });
});
