import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { useHarness } from './support/harness.js';
import {
  type MediaElement,
  type MediaPipeline,
  type PlayerEndpoint,
  type RecorderEndpoint,
  recordEvents,
} from './support/kurento.js';
import { makeVp8File } from './support/media-file.js';
import { hasGStreamer } from './support/rtp-programs.js';
import { waitFor } from './support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'rivero-transcoding-states-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('which element is told to be transcoding', {
  skip: !hasGStreamer() && 'no GStreamer',
}, () => {
  const harness = useHarness();
  let pipeline: MediaPipeline;
  let player: PlayerEndpoint;
  let recordings = 0;

  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
    const uri = makeVp8File(join(folder, 'source.webm'), 30);
    player = await pipeline.create('PlayerEndpoint', { uri });
  });
  afterEach(() => pipeline.release());

  /** Begins to record what comes out of an element, and resolves when it is in the file. */
  async function record(source: MediaElement, mediaProfile: string): Promise<RecorderEndpoint> {
    const uri = `file://${join(folder, `recording-${++recordings}`)}`;
    const recorder = await pipeline.create('RecorderEndpoint', { uri, mediaProfile });
    const events = recordEvents(recorder, ['Recording', 'Error']);
    await source.connect(recorder);
    await recorder.record();
    await player.play();
    await waitFor('the recording', () => events.length > 0);
    assert.equal(events[0]!.type, 'Recording');
    return recorder;
  }

  const becomes = (element: MediaElement, transcoding: boolean) =>
    waitFor(
      `transcoding: ${transcoding}`,
      async () => (await element.isMediaTranscoding('VIDEO')) === transcoding,
    );

  test('the source of a recording whose container does not take the codec, until the recording ends', async () => {
    await record(player, 'WEBM_VIDEO_ONLY');
    assert.equal(await player.isMediaTranscoding('VIDEO'), false);
    const states: string[] = [];
    player.on('MediaTranscodingStateChanged', ({ mediaType, state }) => states.push(`${mediaType} ${state}`));
    const recorder = await record(player, 'MP4_VIDEO_ONLY');
    await becomes(player, true);
    await recorder.stopAndWait();
    await becomes(player, false);
    await waitFor('the events', () => states.includes('VIDEO NOT_TRANSCODING'));
    assert.deepEqual(states.slice(-2), ['VIDEO TRANSCODING', 'VIDEO NOT_TRANSCODING']);
  });

  test('the source of a filter, which has its pictures decoded, and the filter, whose pictures are encoded', async () => {
    const filter = await pipeline.create('GStreamerFilter', { command: 'videoflip method=horizontal-flip' });
    const through = await pipeline.create('PassThrough');
    await player.connect(through);
    await through.connect(filter);
    await record(filter, 'WEBM_VIDEO_ONLY');
    await becomes(filter, true);
    await becomes(through, true);
    assert.equal(await player.isMediaTranscoding('VIDEO'), false);
    await player.connect(filter);
    await becomes(player, true);
    assert.equal(await through.isMediaTranscoding('VIDEO'), false);
  });

  test('the source of a mixer, and its port', async () => {
    const composite = await pipeline.create('Composite');
    const [inside, outside] = [await composite.createHubPort(), await composite.createHubPort()];
    await player.connect(inside);
    await record(outside, 'WEBM_VIDEO_ONLY');
    await becomes(player, true);
    await becomes(outside, true);
    assert.equal(await inside.isMediaTranscoding('VIDEO'), false);
    await player.disconnect(inside);
    await becomes(player, false);
  });
});
