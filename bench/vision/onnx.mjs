import { createRequire } from 'node:module';
import { join } from 'node:path';
import { candidate, measure, pointerPicture } from './pictures.mjs';

const [folder, name] = process.argv.slice(2);

// ONNX (onnx.proto3) by hand: a model of one MaxPool of 21x21, which is what dilation is to a neural network.
const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const bytes = (field, data) => [(field << 3) | 2, ...varint(data.length), ...data];
const text = (field, value) => bytes(field, [...Buffer.from(value)]);
const number = (field, value) => [...varint(field << 3), ...varint(value)];
const ints = (attribute, values) =>
  bytes(5, [...text(1, attribute), ...values.flatMap((value) => number(8, value)), ...number(20, 7)]);
const shape = bytes(
  2,
  [1, 1, 480, 640].flatMap((size) => bytes(1, number(1, size))),
);
const tensor = (called) => [...text(1, called), ...bytes(2, bytes(1, [...number(1, 1), ...shape]))];
const node = [
  ...text(1, 'x'),
  ...text(2, 'y'),
  ...text(4, 'MaxPool'),
  ...ints('kernel_shape', [21, 21]),
  ...ints('pads', [10, 10, 10, 10]),
];
const graph = [...bytes(1, node), ...text(2, 'dilate'), ...bytes(11, tensor('x')), ...bytes(12, tensor('y'))];
const model = Uint8Array.from([...number(1, 8), ...bytes(7, graph), ...bytes(8, number(2, 13))]);

await candidate(
  async () => {
    const ort = createRequire(join(folder, 'package.json'))(name);
    if (ort.env.wasm) ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
    return { value: { ort, session } };
  },
  async ({ ort, session }) => {
    const input = Float32Array.from(pointerPicture().y.data);
    const dilate = await measure(
      () => session.run({ x: new ort.Tensor('float32', input, [1, 1, 480, 640]) }),
      20,
    );
    return { dilate };
  },
);
