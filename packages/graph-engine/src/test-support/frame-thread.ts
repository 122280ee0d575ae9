// A worker thread behind a gate: fills what it sees, or misbehaves.
import { parentPort, workerData } from 'node:worker_threads';
import { attachFrames } from '../frame-gate.js';

const { gate, does } = workerData as { gate: number; does: 'fill' | 'hang' | 'exit' | 'keep' | 'give' };
const kept: Uint8Array[] = [];

const done = attachFrames(gate, ({ width, height, rate, time, planes }) => {
  parentPort!.postMessage({
    width,
    height,
    rate,
    time,
    planes: planes.map((plane) => ({ ...plane, data: plane.data.length })),
  });
  if (does === 'hang') for (;;);
  if (does === 'exit') process.exit(0);
  for (const [index, plane] of planes.entries()) {
    for (let y = 0; y < plane.height; y++) {
      const line = y * plane.stride;
      if (rate === 0) plane.data.fill(60 + index, line, line + plane.width);
    }
    if (rate > 0) new Int16Array(plane.data.buffer).fill(1234);
    kept.push(plane.data);
  }
  if (does === 'give') {
    try {
      structuredClone(planes[0]!.data.buffer, { transfer: [planes[0]!.data.buffer as ArrayBuffer] });
    } catch {}
  }
  done();
  if (does === 'keep') {
    // Writes to where the memory was.
    for (const array of kept) array[0] = 255;
    parentPort!.postMessage({ left: kept.reduce((sum, { length }) => sum + length, 0) });
  }
});
parentPort!.postMessage({ ready: true });
