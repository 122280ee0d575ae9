import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import type { StreamCodec } from './protocol.js';
import { GraphProcess } from './test-support/graph-process.js';
import { OPUS } from './test-support/played.js';
import { waitFor } from './test-support/wait-for.js';

const codec = (name: string): StreamCodec => ({ name, clockRate: 8000, channels: 1, parameters: {} });
const length = (ms: number): string => `min-ptime=${ms}000000 max-ptime=${ms}000000`;
/** RTP time of a packet of Opus that goes out: 20 ms (RFC 7587 4.1). */
const STEP = 960;

const KINDS: [name: string, codec: StreamCodec, rate: number, chain: string][] = [
  ['PCMU of 10 ms', codec('PCMU'), 8000, `mulawenc ! rtppcmupay ${length(10)}`],
  ['PCMU of 30 ms', codec('PCMU'), 8000, `mulawenc ! rtppcmupay ${length(30)}`],
  ['PCMA of 60 ms', codec('PCMA'), 8000, `alawenc ! rtppcmapay ${length(60)}`],
  ['G.722 of 40 ms', codec('G722'), 16_000, `avenc_g722 ! rtpg722pay ${length(40)}`],
  ['Opus of 60 ms with FEC', OPUS, 48_000, 'opusenc frame-size=60 inband-fec=true ! rtpopuspay'],
  ['Opus of 2.5 ms', OPUS, 48_000, 'opusenc frame-size=2 ! rtpopuspay'],
];

describe('Sound in packets of unusual length goes out in packets of 20 ms', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, () => {
  let graph: GraphProcess;
  before(async () => {
    graph = await GraphProcess.start();
  });
  after(async () => {
    assert.equal(await graph.close(), 0);
  });

  for (const [name, from, rate, chain] of KINDS) {
    test(name, async () => {
      const { rtpPort } = await graph.request('createInput', {
        input: name,
        kind: 'audio',
        codec: from,
        payloadType: 100,
      });
      const source = `audiotestsrc is-live=true ! audio/x-raw,rate=${rate},channels=1`;
      const sender = spawn(
        'gst-launch-1.0',
        `-q ${source} ! ${chain} pt=100 ! udpsink host=127.0.0.1 port=${rtpPort}`.split(' '),
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
      const socket = createSocket('udp4').bind(0, '127.0.0.1');
      await once(socket, 'listening');
      let last = 0;
      let row = 0;
      socket.on('message', (packet) => {
        const time = packet.readUInt32BE(4);
        row = (time - last) >>> 0 === STEP ? row + 1 : 0;
        last = time;
      });
      const output = `from ${name}`;
      const { port } = socket.address();
      const request = { output, stream: name, encode: { codec: OPUS }, port, payloadType: 97 };
      await graph.request('createOutput', { ...request, ssrc: 7, mtu: 1200 });
      await graph.request('startOutput', { output });
      try {
        // A gap, an overlap or a packet too many would begin the row anew.
        await waitFor('packets without a gap', () => row >= 30, 20_000);
      } finally {
        sender.kill('SIGKILL');
        socket.close();
        await graph.request('removeOutput', { output });
        await graph.request('removeInput', { input: name });
      }
    });
  }
});
