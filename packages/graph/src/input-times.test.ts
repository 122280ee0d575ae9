import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { GraphProcess } from './test-support/graph-process.js';
import { monotonicMs, senderReport } from './test-support/sender-report.js';

/** Of one packet. */
const STEP_MS = 20;
const SSRC = 77;
/** By which times may be apart where they are brought in step: what a packet is moved by at most, rounded to the container's unit. */
const TOLERANCE_MS = 3;

/** A time during which nothing is sent. */
interface Silence {
  /** Packets before it. */
  before: number;
  ms: number;
  /** The packets of this time are sent after it, all at once; else there are none, and the RTP clock stands still. */
  heldBack: boolean;
}

interface RecordedPacket {
  number: number;
  ms: number;
}

describe('times of what comes into the graph', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-input-times-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Records Opus packets that are sent on time but for silences. */
  async function record(name: string, packets: number, silences: Silence[]): Promise<RecordedPacket[]> {
    const graph = await GraphProcess.start();
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    try {
      const path = join(folder, name);
      const params = { uri: `file://${path}`, profile: 'WEBM', stopOnEndOfStream: false };
      await graph.request('createElement', {
        element: 'recorder',
        type: 'Recorder',
        params: { ...params, spoolDirectory: folder, bitrate: 0 },
      });
      const { rtpPort, rtcpPort } = await graph.request('createInput', {
        input: 'audio',
        kind: 'audio',
        codec: { name: 'opus', clockRate: 48_000, channels: 2, parameters: {} },
        payloadType: 97,
      });
      await graph.request('connect', { stream: 'audio', element: 'recorder', input: 'audio' });
      await graph.request('invoke', { element: 'recorder', method: 'record', params: {} });
      const began = monotonicMs();
      /** When a packet was made, ms since the beginning. */
      const made = (number: number): number =>
        silences.reduce(
          (ms, silence) => ms + (!silence.heldBack && number >= silence.before ? silence.ms : 0),
          number * STEP_MS,
        );
      const isHeldBack = (ms: number): boolean =>
        silences.some(
          ({ before, ms: length, heldBack }) =>
            heldBack && ms >= made(before) && ms < made(before - 1) + STEP_MS + length,
        );
      let sent = 0;
      let nextReport = 0;
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          const now = monotonicMs() - began;
          if (isHeldBack(now)) return;
          for (; sent < packets && made(sent) <= now; sent++) {
            const packet = Buffer.alloc(52);
            packet.writeUInt16BE(0x8061, 0);
            packet.writeUInt16BE(sent, 2);
            packet.writeUInt32BE(sent * STEP_MS * 48, 4);
            packet.writeUInt32BE(SSRC, 8);
            packet[12] = 0xfc;
            packet.writeUInt32BE(sent, 20);
            socket.send(packet, rtpPort, '127.0.0.1');
          }
          if (now >= nextReport) {
            const timestamp = (sent - 1) * STEP_MS * 48;
            socket.send(senderReport(SSRC, began + made(sent - 1), timestamp), rtcpPort, '127.0.0.1');
            nextReport = now + 1000;
          }
          if (sent < packets) return;
          clearInterval(timer);
          resolve();
        }, 5);
      });
      await graph.request('invoke', { element: 'recorder', method: 'stop', params: {} });
      return read(path);
    } finally {
      socket.close();
      assert.equal(await graph.close(), 0);
    }
  }

  test('follow the reports, however long packets were held back', async () => {
    const packets = await record(
      'held.webm',
      200,
      [60, 90, 110, 150].map((before, index) => ({ before, ms: 150 + 80 * index, heldBack: true })),
    );
    assert.ok(packets.length > 190, `${packets.length} packets`);
    for (const [index, { number, ms }] of packets.entries()) {
      const last = packets[index - 1];
      if (last === undefined) continue;
      const off = ms - last.ms - (number - last.number) * STEP_MS;
      assert.ok(Math.abs(off) <= TOLERANCE_MS, `packet ${number} is ${off} ms off`);
    }
  });

  test('go on in step after a silence in which the RTP clock stood still', async () => {
    const silence = { before: 60, ms: 3000, heldBack: false };
    const packets = await record('still.webm', 150, [silence]);
    const [first, last] = [packets.find(({ number }) => number >= 50)!, packets.at(-1)!];
    const off = last.ms - first.ms - (last.number - first.number) * STEP_MS - silence.ms;
    assert.ok(Math.abs(off) < 500, `${off} ms off`);
  });
});

/** What packets carry, and when they are to be played. */
function read(path: string): RecordedPacket[] {
  const probed = execFileSync('ffprobe', [
    ...['-v', 'error', '-show_packets', '-show_data', '-of', 'json', path],
  ]);
  const { packets } = JSON.parse(probed.toString()) as { packets: { pts_time: string; data: string }[] };
  return packets.map(({ pts_time: time, data }) => {
    const bytes = data.split('\n')[1]!.slice(10, 50).replaceAll(' ', '');
    return { number: Number.parseInt(bytes.slice(16, 24), 16), ms: Number(time) * 1000 };
  });
}
