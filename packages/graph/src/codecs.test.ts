import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { CODECS } from './codecs.js';
import { RTP_CODECS, type StreamCodec } from './protocol.js';
import { GraphProcess } from './test-support/graph-process.js';
import { COLOUR, MediaPeer } from './test-support/media-peer.js';
import { waitFor } from './test-support/wait-for.js';

const CLOCKS: Record<string, number> = { opus: 48000, speex: 16000, 'AMR-WB': 16000 };
const codec = (name: string, clockRate: number, channels = 1, parameters = {}): StreamCodec => ({
  name,
  clockRate,
  channels,
  parameters,
});
const VP8 = codec('VP8', 90000);
const OPUS = codec('opus', 48000, 2);

test('the protocol names the codecs that have a depayloader and a payloader', () => {
  const names = CODECS.filter(({ depay, pay }) => depay !== undefined && pay !== undefined);
  assert.deepEqual([...RTP_CODECS].sort(), names.map(({ name }) => name).sort());
});

describe('every codec, out of the graph and in again', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, () => {
  let graph: GraphProcess;
  let peer: MediaPeer;

  before(async () => {
    graph = await GraphProcess.start();
    peer = new MediaPeer();
    await peer.start();
    const video = await graph.request('createInput', {
      input: 'video',
      kind: 'video',
      codec: VP8,
      payloadType: 96,
    });
    const audio = await graph.request('createInput', {
      input: 'audio',
      kind: 'audio',
      codec: OPUS,
      payloadType: 97,
    });
    await peer.sendVideo(video.rtpPort);
    await peer.sendAudio(audio.rtpPort);
  });
  after(async () => {
    await peer.close();
    assert.equal(await graph.close(), 0);
  });

  /** Sends the source encoded as `middle` into a second input, and that back to the peer. */
  const roundTrip = async (kind: 'video' | 'audio', middle: StreamCodec, last: StreamCodec, port: number) => {
    const payloadType = kind === 'video' ? 96 : 97;
    const again = `again-${middle.name}`;
    const { rtpPort } = await graph.request('createInput', {
      input: again,
      kind,
      codec: middle,
      payloadType: 100,
    });
    const output = { ssrc: 7, mtu: 1200 };
    const outputs = [
      {
        output: `to-${middle.name}`,
        stream: kind as string,
        encode: { codec: middle },
        port: rtpPort,
        payloadType: 100,
        ...output,
      },
      { output: `from-${middle.name}`, stream: again, encode: { codec: last }, port, payloadType, ...output },
    ];
    for (const each of outputs) {
      await graph.request('createOutput', each);
      await graph.request('startOutput', { output: each.output });
    }
    // What the worker does.
    graph.channel.on('keyFrameRequest', ({ input }) => {
      if (input === again) void graph.request('requestKeyFrame', { output: outputs[0]!.output });
    });
    return async () => {
      for (const each of outputs) await graph.request('removeOutput', { output: each.output });
      await graph.request('removeInput', { input: again });
    };
  };

  const usual = RTP_CODECS.map((name) => {
    const { kind } = CODECS.find((each) => each.name === name)!;
    return codec(name, kind === 'video' ? 90000 : (CLOCKS[name] ?? 8000), name === 'opus' ? 2 : 1);
  });
  const others = [
    codec('speex', 8000),
    codec('speex', 32000),
    codec('AMR', 8000, 1, { 'octet-align': '1' }),
    codec('AMR', 8000, 1, { 'mode-set': '0,2,4' }),
    codec('AMR-WB', 16000, 1, { 'octet-align': '1', 'mode-set': '0,1,2' }),
  ];
  for (const middle of [...usual, ...others]) {
    const { name } = middle;
    const { kind } = CODECS.find((each) => each.name === name)!;
    test(`${name}/${middle.clockRate} ${JSON.stringify(middle.parameters)}`, async () => {
      let good = 0;
      const receiver =
        kind === 'video'
          ? await peer.receiveVideo((colour) => {
              if (colour.every((value, i) => Math.abs(value - COLOUR[i]!) < 16)) good++;
            })
          : await peer.receiveAudio((share) => {
              if (share > 0.9) good++;
            });
      const end = await roundTrip(kind, middle, kind === 'video' ? VP8 : OPUS, receiver.port);
      await waitFor(`${name} to come through`, () => {
        const failed = graph.events.find(
          ({ type, data }) => type.endsWith('Failed') && JSON.stringify(data).includes(`-${name}"`),
        );
        assert.equal(failed, undefined, JSON.stringify(failed));
        return good >= 5;
      });
      await end();
      await peer.stop(receiver.bin);
      assert.deepEqual(peer.errors, []);
    });
  }

  test('who comes when an encoder of sound runs already gets it, too', async () => {
    for (const wanted of [...usual, ...others].filter(
      ({ name }) => CODECS.find((each) => each.name === name)!.kind === 'audio',
    )) {
      const outputs: string[] = [];
      for (const who of ['first', 'second']) {
        const socket = createSocket('udp4').bind(0, '127.0.0.1');
        await once(socket, 'listening');
        let packets = 0;
        socket.on('message', (data) => {
          if ((data[1]! & 0x7f) === 100) packets++;
        });
        const output = `${who}-${wanted.name}`;
        const { port } = socket.address();
        const request = { output, stream: 'audio', encode: { codec: wanted }, port, payloadType: 100 };
        await graph.request('createOutput', { ...request, ssrc: 7, mtu: 1200 });
        await graph.request('startOutput', { output });
        outputs.push(output);
        try {
          await waitFor(`${wanted.name} for the ${who}`, () => {
            const failed = graph.events.find(
              ({ type, data }) => type === 'outputFailed' && JSON.stringify(data).includes(output),
            );
            assert.equal(failed, undefined, JSON.stringify(failed));
            return packets >= 5;
          });
        } finally {
          socket.close();
        }
      }
      for (const output of outputs) await graph.request('removeOutput', { output });
    }
  });

  test('after that no decoder and no encoder is left', async () => {
    // Those of the last output are being stopped yet.
    await waitFor('the last branch to end', async () => (await graph.request('status', {})).branches === 0);
    const { inputs, outputs } = await graph.request('status', {});
    assert.deepEqual({ inputs, outputs }, { inputs: 2, outputs: 0 });
  });
});
