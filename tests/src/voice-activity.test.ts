import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { joined, NOT_SPEECH, RATE, silence, speak, wavOf } from '@rivero/module-voiceactivity/test-support';
import { RawClient } from './conformance/raw-client.js';
import { type KurentoClient, type MediaElement, type MediaPipeline, openClient } from './support/kurento.js';
import { describeRtp, freePorts, hasGStreamer, portsOf, RtpPrograms } from './support/rtp-programs.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

const skip = hasGStreamer() ? false : 'needs GStreamer';
const folder = mkdtempSync(join(tmpdir(), 'rivero-voice-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Speech {
  probability: number;
  startMillis: number;
  durationMillis: number;
}

describe('VoiceActivityDetector', { skip }, () => {
  let server: TestServer;
  let client: KurentoClient;
  let pipeline: MediaPipeline;
  let programs: RtpPrograms;
  let raw: RawClient;

  before(async () => {
    server = await TestServer.start({ args: ['--media.loopback', 'always'] });
    client = await openClient(server.uri);
    raw = await RawClient.open(server.uri);
  });
  after(async () => {
    raw.close();
    client.close();
    await server.stop();
  });
  beforeEach(async () => {
    pipeline = await client.create('MediaPipeline');
    programs = new RtpPrograms();
  });
  afterEach(async () => {
    programs.stop();
    await pipeline.release();
  });

  async function createDetector(): Promise<{
    detector: MediaElement;
    invoke: (operation: string, operationParams?: Record<string, number>) => ReturnType<RawClient['call']>;
  }> {
    const { result, error } = await raw.call('create', {
      type: 'VoiceActivityDetector',
      constructorParams: { mediaPipeline: pipeline.id },
    });
    assert.equal(error, undefined);
    const object = String((result as { value: string }).value);
    return {
      detector: (await client.getMediaobjectById(object)) as MediaElement,
      invoke: (operation, operationParams = {}) => raw.call('invoke', { object, operation, operationParams }),
    };
  }

  test('tells who speaks over Opus when, not of a tone and noise, and sound goes on', async () => {
    const { detector } = await createDetector();
    const sentences = [speak('Good morning everybody, shall we begin?'), speak('Yes.', { voice: 'en+f3' })];
    const [first, second] = sentences as [Float32Array, Float32Array];
    const [tone, noise] = [NOT_SPEECH['a tone of 440 Hz']!(), NOT_SPEECH['white noise']!()];
    const path = join(folder, 'talk.wav');
    // After the second sentence there is no silence: nothing comes any more.
    writeFileSync(
      path,
      wavOf(
        joined(tone.subarray(0, RATE), silence(0.5), first, silence(1.5), noise.subarray(0, RATE), second),
      ),
    );
    // Kurento's client knows these events of no module of its own.
    for (const type of ['SpeechStarted', 'SpeechStopped']) {
      assert.equal((await raw.call('subscribe', { object: detector.id, type })).error, undefined);
    }
    const source = await pipeline.create('RtpEndpoint');
    const sourcePorts = portsOf(await source.processOffer(describeRtp('VP8')));
    await source.connect(detector, 'AUDIO');
    const listener = await pipeline.create('RtpEndpoint');
    const ports = await freePorts();
    await detector.connect(listener, 'AUDIO');
    await listener.processOffer(describeRtp('VP8', ports));
    const played = await programs.play('VP8', ports);
    const begun = Date.now();
    programs.sendSound(path, sourcePorts);
    await raw.until(() => raw.events.length >= 4, 'both sentences', 40_000);
    const heard = Date.now();
    const events = raw.events.splice(0);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['SpeechStarted', 'SpeechStopped', 'SpeechStarted', 'SpeechStopped'],
    );
    const spoken = events.map(({ data }) => data as unknown as Speech);
    for (const { probability, startMillis } of spoken) {
      assert.ok(probability > 0.5 && probability <= 1, `${probability}`);
      assert.ok(startMillis > begun && startMillis < heard, `${startMillis} of ${begun} to ${heard}`);
    }
    await waitFor('a second of sound behind the detector', () => played.sound > 2 * 2 * 48_000);
    assert.equal(spoken[0]!.startMillis, spoken[1]!.startMillis);
    for (const [i, sentence] of [first, second].entries()) {
      const length = (1000 * sentence.length) / RATE;
      const { durationMillis } = spoken[2 * i + 1]!;
      assert.ok(Math.abs(durationMillis - length) < 400, `${durationMillis} ms instead of ${length}`);
    }
  });

  test('settings have their defaults, are checked, and count', async () => {
    const { invoke } = await createDetector();
    for (const [property, value, wrong, range] of [
      ['threshold', 0.5, 1, '0.05 and 0.95'],
      ['minSpeechMillis', 100, -1, '0 and 10000'],
      ['minSilenceMillis', 500, 10_001, '0 and 10000'],
    ] as const) {
      const name = `${property[0]!.toUpperCase()}${property.slice(1)}`;
      assert.equal(((await invoke(`get${name}`)).result as { value: number }).value, value);
      const { error } = await invoke(`set${name}`, { [property]: wrong });
      assert.deepEqual(
        [error?.code, error?.message],
        [40001, `${property} should be between ${range}, not ${wrong}`],
      );
      assert.equal((await invoke(`set${name}`, { [property]: value * 1.5 })).error, undefined);
      assert.equal(((await invoke(`get${name}`)).result as { value: number }).value, value * 1.5);
    }
    assert.equal(((await invoke('getSpeaking')).result as { value: boolean }).value, false);
  });
});
