import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { rtpPacket } from './test-support/av1-units.js';
import { Through } from './test-support/through.js';

/** Bits of speech by frame type: RFC 4867 section 3.6, and 3GPP TS 26.101 and 26.201. */
const BITS: Record<string, Readonly<Record<number, number>>> = {
  AMR: { 0: 95, 1: 103, 2: 118, 3: 134, 4: 148, 5: 159, 6: 204, 7: 244, 8: 39, 15: 0 },
  'AMR-WB': {
    0: 132,
    1: 177,
    2: 253,
    3: 285,
    4: 317,
    5: 365,
    6: 397,
    7: 461,
    8: 477,
    9: 40,
    14: 0,
    15: 0,
  },
};
const RATES: Record<string, number> = { AMR: 8000, 'AMR-WB': 16000 };
const raw = (name: string) => `audio/${name},channels=1,rate=${RATES[name]}`;
const rtp = (name: string) =>
  `application/x-rtp,media=(string)audio,clock-rate=(int)${RATES[name]},encoding-name=(string)${name},payload=(int)96`;

interface Frame {
  readonly type: number;
  readonly good: boolean;
  /** '0' and '1'. */
  readonly bits: string;
}

const anyFrame = (name: string): fc.Arbitrary<Frame> =>
  fc.constantFrom(...Object.keys(BITS[name]!).map(Number)).chain((type) => {
    const length = BITS[name]![type]!;
    const bits = fc.array(fc.constantFrom('0', '1'), { minLength: length, maxLength: length });
    return fc.record({
      type: fc.constant(type),
      good: fc.boolean(),
      bits: bits.map((each) => each.join('')),
    });
  });

function bytesOf(bits: string): Uint8Array {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
  return Uint8Array.from(padded.match(/.{8}/g) ?? [], (text) => Number.parseInt(text, 2));
}

const binary = (value: number, length: number): string => value.toString(2).padStart(length, '0');
const flag = (value: boolean): string => (value ? '1' : '0');

/** RFC 4867 section 5.3. */
function stored(frames: readonly Frame[]): Uint8Array {
  return Buffer.concat(
    frames.flatMap(({ type, good, bits }) => [bytesOf(`0${binary(type, 4)}${flag(good)}00`), bytesOf(bits)]),
  );
}

/** RFC 4867 section 4.3. */
function payload(request: number, frames: readonly Frame[]): Uint8Array {
  const contents = frames.map(
    ({ type, good }, i) => `${flag(i + 1 < frames.length)}${binary(type, 4)}${flag(good)}`,
  );
  return bytesOf(binary(request, 4) + contents.join('') + frames.map(({ bits }) => bits).join(''));
}

const plain = (bytes: Uint8Array): number[] => [...bytes];

for (const name of ['AMR', 'AMR-WB']) {
  test(`frames of ${name} go into packets bit by bit`, async (context) => {
    const packets = fc.sample(fc.array(anyFrame(name), { minLength: 1, maxLength: 12 }), 150);
    const pay = await Through.make(context, raw(name), 'riveroamrpay pt=96');
    for (const frames of packets) pay.push(stored(frames));
    await pay.end();
    assert.deepEqual(
      pay.out.map(({ bytes }) => plain(bytes.subarray(12))),
      packets.map((frames) => plain(payload(15, frames))),
    );
  });

  test(`and frames of ${name} out of packets`, async (context) => {
    const packets = fc.sample(fc.array(anyFrame(name), { minLength: 1, maxLength: 12 }), 150);
    const depay = await Through.make(context, rtp(name), 'riveroamrdepay');
    for (const [i, frames] of packets.entries()) {
      depay.push(rtpPacket(i, i * 160, false, payload(i % 16, frames)));
    }
    await depay.end();
    assert.deepEqual(
      depay.out.map(({ bytes }) => plain(bytes)),
      packets.map((frames) => plain(stored(frames))),
    );
  });
}

test('packets that are none of AMR are left out, and disturb nothing', async (context: TestContext) => {
  const silence: Frame = { type: 15, good: true, bits: '' };
  const good = payload(15, [silence]);
  assert.deepEqual(plain(good), [0b11110111, 0b11000000]);
  const depay = await Through.make(context, rtp('AMR'), 'riveroamrdepay');
  let sequence = 0;
  const push = (bytes: Uint8Array) => depay.push(rtpPacket(sequence++, sequence * 160, false, bytes));
  push(new Uint8Array());
  push(Uint8Array.of(0xf0));
  // Frame type 9, which narrowband does not have; a frame that is cut; frames that go on for ever.
  push(payload(15, [{ type: 9, good: true, bits: '0'.repeat(40) }]));
  push(payload(15, [{ type: 7, good: true, bits: '1'.repeat(244) }]).subarray(0, 20));
  push(new Uint8Array(1000).fill(0xff));
  for (const bytes of fc.sample(fc.uint8Array({ maxLength: 80 }), 500)) push(bytes);
  push(good);
  await depay.end();
  assert.deepEqual(plain(depay.out.at(-1)!.bytes), [0b01111100]);
});
