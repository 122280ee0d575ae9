import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { joined, silence, speak, wavOf } from '@rivero/module-voiceactivity/test-support';
import { RawClient } from './conformance/raw-client.js';
import { plain } from './support/drawn-pictures.js';
import { useFilterHarness } from './support/filter-harness.js';
import type { MediaElement } from './support/kurento.js';
import { createFilter } from './support/kurento-modules.js';
import { describeRtp, hasGStreamer, portsOf } from './support/rtp-programs.js';

const skip = hasGStreamer() ? false : 'needs GStreamer';
const isGreen = ([red, green, blue]: number[]): boolean => green! > 150 && red! < 110 && blue! < 170;

describe('a voice is seen in the picture', { skip }, () => {
  const harness = useFilterHarness();

  test('while somebody speaks a SpeakingIndicator draws a border, and KmsShowData writes it', async (context) => {
    const raw = await RawClient.open(harness.server.uri);
    context.after(() => raw.close());
    const { pipeline, bench } = harness;
    // Kurento's client knows no classes of this module.
    const create = async (type: string): Promise<MediaElement> =>
      (await harness.client.getMediaobjectById(
        await raw.create(type, { mediaPipeline: pipeline.id }),
      )) as MediaElement;
    const detector = await create('VoiceActivityDetector');
    const indicator = await create('SpeakingIndicator');
    const caption = await createFilter(pipeline, 'KmsShowData');
    await (await bench.camera(plain(20, 60, 160))).connect(indicator, 'VIDEO');
    await indicator.connect(caption, 'VIDEO');
    await detector.connect(indicator, 'DATA');
    await detector.connect(caption, 'DATA');
    const microphone = await pipeline.create('RtpEndpoint');
    const ports = portsOf(await microphone.processOffer(describeRtp('VP8')));
    await microphone.connect(detector, 'AUDIO');
    const white = (at: (x: number, y: number) => number[]): number => {
      let count = 0;
      for (let y = 190; y < 230; y++) for (let x = 10; x < 310; x++) if (Math.min(...at(x, y)) > 180) count++;
      return count;
    };
    const border = (at: (x: number, y: number) => number[]): number[][] => [
      at(2, 120),
      at(317, 120),
      at(160, 2),
      at(160, 237),
    ];
    const sentence = speak('Good morning everybody, shall we begin with what we did yesterday?');
    const path = join(harness.folder, 'talk.wav');
    const talk = Array.from({ length: 4 }, () => [sentence, silence(0.1)]).flat();
    writeFileSync(path, wavOf(joined(...talk)));
    harness.programs.sendSound(path, ports);
    await bench.sees(caption, (at) => {
      assert.ok(border(at).every(isGreen), `the border: ${border(at).join(' ')}`);
      assert.ok(at(160, 120)[2]! > 120 && !isGreen(at(20, 20)), `within it: ${at(160, 120)}, ${at(20, 20)}`);
      assert.ok(white(at) > 300, `${white(at)} white pixels`);
    });
    await bench.sees(caption, (at) => {
      assert.ok(!border(at).some(isGreen), `the border: ${border(at).join(' ')}`);
      assert.ok(white(at) > 150, `"silent": ${white(at)} white pixels`);
    });
  });
});
