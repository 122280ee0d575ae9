import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { GraphProcess } from './test-support/graph-process.js';
import { monotonicMs, senderReport } from './test-support/sender-report.js';
import { waitFor } from './test-support/wait-for.js';

/** Of one packet. */
const STEP_MS = 20;
const SSRC = 77;
const PACKETS = 120;
/** Of silence in Opus, 20 ms. */
const FRAME = Buffer.of(0xf8, 0xff, 0xfe);
const OPUS = { name: 'opus', clockRate: 48_000, channels: 2, parameters: {} };

/** Sends so many packets of sound, each in its time, and counts those that come when it is decoded and encoded again. */
async function transcode(number: (index: number) => number | undefined): Promise<number> {
  const graph = await GraphProcess.start();
  const sender = createSocket('udp4').bind(0, '127.0.0.1');
  const receiver = createSocket('udp4').bind(0, '127.0.0.1');
  try {
    await Promise.all([once(sender, 'listening'), once(receiver, 'listening')]);
    const { rtpPort, rtcpPort } = await graph.request('createInput', {
      input: 'sound',
      kind: 'audio',
      codec: OPUS,
      payloadType: 97,
    });
    let received = 0;
    let lastTime: number | undefined;
    receiver.on('message', (packet) => {
      received++;
      lastTime = packet.readUInt32BE(4);
    });
    await graph.request('createOutput', {
      output: 'sound again',
      stream: 'sound',
      encode: { codec: OPUS },
      port: receiver.address().port,
      ssrc: 5,
      payloadType: 97,
      mtu: 1200,
    });
    await graph.request('startOutput', { output: 'sound again' });
    const began = monotonicMs();
    let sent = 0;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        for (; sent < PACKETS && sent * STEP_MS <= monotonicMs() - began; sent++) {
          const sequenceNumber = number(sent);
          const timestamp = sent * STEP_MS * 48;
          if (sequenceNumber !== undefined) {
            const header = Buffer.alloc(12);
            header.writeUInt16BE(0x8061, 0);
            header.writeUInt16BE(sequenceNumber, 2);
            header.writeUInt32BE(timestamp, 4);
            header.writeUInt32BE(SSRC, 8);
            sender.send(Buffer.concat([header, FRAME]), rtpPort, '127.0.0.1');
          }
          if (sent % 50 === 0)
            sender.send(senderReport(SSRC, began + sent * STEP_MS, timestamp), rtcpPort, '127.0.0.1');
        }
        if (sent < PACKETS) return;
        clearInterval(timer);
        resolve();
      }, 5);
    });
    await waitFor('some of it', () => received > PACKETS / 2);
    // All that was sent has come when nothing comes any more.
    for (let last: number | undefined; last !== lastTime; ) {
      last = lastTime;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return received;
  } finally {
    sender.close();
    receiver.close();
    assert.equal(await graph.close(), 0);
  }
}

describe('sound that comes into the graph', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
  concurrency: true,
}, () => {
  test('is no longer for numbers that are left out where no time is', async () => {
    const received = await transcode((index) => (index < PACKETS / 2 ? index : index + 50));
    assert.ok(received <= PACKETS, `${received} packets of ${PACKETS}`);
  });

  test('is as long as it was when some of it is lost', async () => {
    const received = await transcode((index) => (index > 20 && index % 10 === 0 ? undefined : index));
    // The decoder may hold one back.
    assert.ok(received >= PACKETS - 3, `${received} packets of ${PACKETS}`);
  });
});
