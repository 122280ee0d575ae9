import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { announcedSsrcs, call, type TestCall } from '../test-support/call.js';
import { vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { waitFor } from '../test-support/wait-for.js';

const LEVEL_EXTENSION = 1;
const AUDIO = 111;
const VIDEO = 96;
const AUDIO_SSRC = 1111;
const VIDEO_SSRC = 2222;
const SILENT = 127;

/** Sends audio with levels, and video with a key frame whenever one is asked for. */
class Participant {
  speaking = false;
  showing = true;
  keyFrames = 0;
  #tick = 0;
  #seen = 0;
  #asked = true;

  constructor(
    readonly call: TestCall,
    readonly fill: number,
  ) {}

  send(): void {
    const { peer } = this.call;
    const tick = this.#tick++;
    // Syllables with pauses: a level that never changes is a hum.
    const level = this.speaking ? (tick % 27 < 22 ? 30 | 0x80 : 75) : SILENT;
    peer.sendRtp({
      payloadType: AUDIO,
      marker: false,
      sequence: tick,
      timestamp: tick * 960,
      ssrc: AUDIO_SSRC,
      payload: Buffer.from([this.fill, tick & 0xff]),
      extensions: new Map([[LEVEL_EXTENSION, Buffer.from([level])]]),
    });
    if (!this.showing) return;
    for (; this.#seen < peer.rtcp.length; this.#seen++) {
      if (peer.rtcp[this.#seen]!.type === 'PLI') this.#asked = true;
    }
    if (this.#asked) this.keyFrames++;
    peer.sendRtp({
      payloadType: VIDEO,
      marker: true,
      sequence: tick,
      timestamp: tick * 1800,
      ssrc: VIDEO_SSRC,
      payload: vp8Payload(this.#asked, 100, this.fill),
    });
    this.#asked = false;
  }
}

describe('a conference', () => {
  afterEach(() => {
    clearInterval(timer);
    participants.length = 0;
  });
  const harness = sharedWorker();
  let pipeline: string;
  let timer: NodeJS.Timeout;
  const participants: Participant[] = [];

  async function begin(count: number): Promise<void> {
    pipeline = await harness.create('MediaPipeline', null);
    for (let i = 0; i < count; i++) await join();
    timer = setInterval(() => {
      for (const participant of participants) participant.send();
    }, 20);
  }

  async function join(): Promise<Participant> {
    const made = await call(harness, pipeline, { direction: 'sendonly' });
    const participant = new Participant(made, participants.length + 1);
    participants.push(participant);
    return participant;
  }

  async function viewerOf(source: Participant): Promise<TestCall> {
    const made = await call(harness, pipeline, { direction: 'recvonly' });
    await harness.invoke(source.call.endpoint, 'connect', { sink: made.endpoint });
    return made;
  }

  const idOf = (participant: Participant): string => participant.call.endpoint;
  const told = (type: string) => harness.eventsOf(pipeline, type);
  const dominant = () => told('DominantSpeakerChanged').at(-1)?.endpoint;

  function video(viewer: TestCall): { sequence: number; timestamp: number }[] {
    const [ssrc] = announcedSsrcs(viewer.answer, 'video');
    return viewer.peer.rtp.filter((packet) => packet.ssrc === ssrc);
  }

  test('tells who speaks, how loud everybody is, and when nobody is heard', async () => {
    await begin(3);
    await harness.invoke(pipeline, 'setAudioLevelInterval', { audioLevelInterval: 200 });
    const [a, b] = participants as [Participant, Participant, Participant];
    a.speaking = true;
    await waitFor('the first speaker', () => dominant() === idOf(a));
    await waitFor('levels', () => told('AudioLevels').length > 1);
    const { levels } = told('AudioLevels').at(-1) as { levels: Record<string, unknown>[] };
    assert.equal(levels.length, 1);
    assert.equal(levels[0]!.endpoint, idOf(a));
    assert.ok((levels[0]!.level as number) <= -30 && (levels[0]!.level as number) > -50);
    assert.deepEqual([levels[0]!.peak, levels[0]!.voice], [-30, true]);
    a.speaking = false;
    b.speaking = true;
    await waitFor('the second speaker', () => dominant() === idOf(b));
    assert.equal(told('AudioSilence').length, 0);
    b.speaking = false;
    await waitFor('silence', () => told('AudioSilence').length === 1);
    assert.equal(dominant(), idOf(b));
    b.speaking = true;
    const before = told('AudioLevels').length;
    await waitFor('sound again', () => told('AudioLevels').length > before);
    await harness.release(idOf(b));
    a.speaking = true;
    await waitFor('a speaker after the last one left', () => dominant() === idOf(a));
  });

  test('lastN: only the recent speakers are seen, streams go on where they stopped, pinned ones stay', async () => {
    await begin(3);
    const [a, b, c] = participants as [Participant, Participant, Participant];
    const viewers = [await viewerOf(a), await viewerOf(b), await viewerOf(c)] as const;
    const [seesA, seesB, seesC] = viewers;
    for (const viewer of viewers) await waitFor('video', () => video(viewer).length > 3);

    await harness.invoke(pipeline, 'setLastN', { lastN: 1 });
    await waitFor('the event', () => told('LastNChanged').length === 1);
    assert.deepEqual(told('LastNChanged')[0]!.forwarded, [idOf(a)]);
    assert.deepEqual(new Set(told('LastNChanged')[0]!.paused as string[]), new Set([idOf(b), idOf(c)]));
    const stopped = video(seesB).length;
    const ahead = video(seesA).length;
    await waitFor('more of the first one', () => video(seesA).length > ahead + 20);
    // One batch may have been on its way.
    assert.ok(video(seesB).length <= stopped + 2);
    await waitFor('the viewer to be told', () =>
      harness
        .eventsOf(seesB.endpoint, 'MediaFlowInStateChanged')
        .some(({ mediaType, state }) => mediaType === 'VIDEO' && state === 'NOT_FLOWING'),
    );

    const { keyFrames } = b;
    const paused = video(seesB).length;
    b.speaking = true;
    await waitFor('the speaker to be seen', () => video(seesB).length > paused + 20);
    assert.equal(b.keyFrames, keyFrames + 1, 'one request for a key frame');
    assert.deepEqual(told('LastNChanged').at(-1)!.forwarded, [idOf(b)]);
    const sequences = video(seesB).map(({ sequence }) => sequence);
    assert.deepEqual(
      sequences.map((sequence) => (sequence - sequences[0]!) & 0xffff),
      sequences.map((_, index) => index),
      'no number is missing or comes twice',
    );
    const times = video(seesB).map(({ timestamp }) => timestamp);
    for (let i = 1; i < times.length; i++) assert.ok(((times[i]! - times[i - 1]!) | 0) > 0);

    const c0 = video(seesC).length;
    await harness.invoke(idOf(c), 'setPinned', { pinned: true });
    await waitFor('the pinned one', () => video(seesC).length > c0 + 5);
    assert.deepEqual(
      new Set(told('LastNChanged').at(-1)!.forwarded as string[]),
      new Set([idOf(b), idOf(c)]),
    );

    await harness.release(idOf(b));
    const a0 = video(seesA).length;
    await waitFor('the next one in his place', () => video(seesA).length > a0 + 5);

    await harness.invoke(idOf(c), 'setPinned', { pinned: false });
    await waitFor('it to be paused again', () =>
      (told('LastNChanged').at(-1)!.paused as string[]).includes(idOf(c)),
    );
    await harness.invoke(pipeline, 'setLastN', { lastN: -1 });
    const c1 = video(seesC).length;
    await waitFor('all', () => video(seesC).length > c1 + 5);
  });

  test('video that does not come takes no place', async () => {
    await begin(2);
    const [a, b] = participants as [Participant, Participant];
    a.showing = false;
    await harness.invoke(pipeline, 'setLastN', { lastN: 1 });
    const viewer = await viewerOf(b);
    await waitFor('video of the other', () => video(viewer).length > 5);
    assert.equal(told('LastNChanged').length, 0);
  });

  test('what is out of range is refused', async () => {
    await begin(0);
    for (const [operation, params] of [
      ['setLastN', { lastN: -2 }],
      ['setAudioLevelInterval', { audioLevelInterval: 99 }],
      ['setAudioLevelThreshold', { audioLevelThreshold: 1 }],
    ] as const) {
      await assert.rejects(harness.invoke(pipeline, operation, params), { code: 40107 });
    }
    assert.equal(await harness.invoke(pipeline, 'getLastN'), -1);
  });
});
