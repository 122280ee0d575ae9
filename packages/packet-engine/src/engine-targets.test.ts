import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import fc from 'fast-check';
import { CommandFlag, ConsumerRecord } from './layout.js';
import { EngineFixture, type Participant } from './test-support/engine-fixture.js';
import { fromHex, hex, rtpPacket } from './test-support/packets.js';
import { until } from './test-support/wait.js';

let fixture: EngineFixture | undefined;
afterEach(() => {
  fixture?.close();
  fixture = undefined;
});

/** A descriptor as it comes, and which of how many decode targets are to be told of. */
interface Told {
  descriptor: Uint8Array;
  targets: number;
  mask: number;
}

class Path {
  readonly #fixture: EngineFixture;
  readonly #sender: Participant;
  readonly #receiver: Participant;
  readonly #consumer: number;
  #sequence = 0;

  constructor(engine: EngineFixture, sender: Participant, receiver: Participant) {
    this.#fixture = engine;
    this.#sender = sender;
    this.#receiver = receiver;
    this.#consumer = engine.consumer(receiver.session, 7, fromHex('10000001 0401 61 00'));
    engine.setField(this.#consumer, ConsumerRecord.AppendExtension, 12 | (9 << 8));
  }

  static async open(): Promise<Path> {
    fixture = new EngineFixture();
    return new Path(fixture, await fixture.participant(), await fixture.participant());
  }

  /** What goes out of them, as the descriptors of frame number 0xabcd. */
  async send(told: readonly Told[]): Promise<Uint8Array[]> {
    const { packets, engine } = this.#fixture;
    const first = packets.length;
    for (const { descriptor } of told) {
      const element = Uint8Array.from([12, descriptor.length, ...descriptor]);
      const words = Math.ceil(element.length / 4);
      const extension = new Uint8Array(4 + words * 4);
      extension.set([0x10, 0, 0, words]);
      extension.set(element, 4);
      const sequence = ++this.#sequence;
      const packet = rtpPacket({ ssrc: 1, sequence, extension, payload: Uint8Array.of(1, 2, 3) });
      this.#sender.peer.send(this.#sender.srtp.protectRtp(packet, sequence), this.#fixture.port);
    }
    await until(() => packets.length === first + told.length, 'all packets');
    const base = this.#sequence - told.length;
    for (const [i, { targets, mask }] of told.entries()) {
      const flags = CommandFlag.FrameNumber | CommandFlag.ActiveTargets;
      this.#fixture.command(2 * i, packets[first + i]!.slot, this.#consumer, base + 1 + i, 0, flags);
      this.#fixture.command(2 * i + 1, targets << 16, 0, 0, 0xabcd | (mask << 16));
    }
    assert.equal(engine.flush(2 * told.length), told.length);
    const received = await this.#receiver.peer.takeReceived(told.length);
    return received.map((data) => {
      const result = this.#receiver.srtp.unprotectRtp(data);
      assert.ok(result.ok);
      const { packet } = result;
      assert.deepEqual(packet.subarray(-3), Uint8Array.of(1, 2, 3));
      // Behind the header, the block's and the element of the template.
      assert.equal(packet[20], 9);
      return packet.slice(22, 22 + packet[21]!);
    });
  }
}

/** What Chromium attaches to key frames of AV1, L3T3, without and with an active decode targets bitmask. */
const STRUCTURE =
  '80081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040001d954926e082b04a0941b820ac1282503157f974000ca864330e222222eca8655304224230eca877530077004200ef008601df010d';

test('active decode targets are written into dependency descriptors', async () => {
  const path = await Path.open();
  const cases: [string, number, number, string][] = [
    // Of a frame without further fields: five flags, and the mask.
    ['860173', 9, 0b111, '86abcd 401c'],
    ['860173', 1, 1, '86abcd 44'],
    ['860173', 16, 0xffff, '86abcd 47fff8'],
    // The sender's own mask is replaced.
    ['86017340fc', 9, 0b11, '86abcd 400c'],
    // What follows (own chains) moves.
    ['860173 08010203', 9, 0b111, '86abcd 481c 0081 0180'],
    // More targets than are told of in one word, no such number of them, and too short: as it came.
    ['860173', 0, 0, '86abcd'],
    ['860173', 17, 1, '86abcd'],
    ['8601', 9, 1, '8601'],
  ];
  const sent = await path.send(
    cases.map(([descriptor, targets, mask]) => ({ descriptor: fromHex(descriptor), targets, mask })),
  );
  for (const [i, [descriptor, , , expected]] of cases.entries()) {
    assert.equal(hex(sent[i]!), hex(fromHex(expected)), descriptor);
  }
});

test('a structure of another number of targets is not touched', async () => {
  const path = await Path.open();
  const key = fromHex(`c10172${STRUCTURE}`);
  const [other, same] = await path.send([
    { descriptor: key, targets: 8, mask: 1 },
    { descriptor: key, targets: 9, mask: 1 },
  ]);
  assert.equal(hex(other!), hex(fromHex(`c1abcd${STRUCTURE}`)));
  assert.notEqual(hex(same!), hex(other!));
  assert.equal(same!.length, key.length + 2);
});

const binary = (value: number, width: number): string =>
  width === 0 ? '' : value.toString(2).padStart(width, '0').slice(-width);

/** ns(n) of the AV1 specification. */
function below(value: number, limit: number): string {
  const width = limit.toString(2).length;
  const short = 2 ** width - limit;
  return value < short ? binary(value, width - 1) : binary(value + short, width);
}

/** A template dependency structure of random contents, as bits. */
function structureBits(targets: number, templates: number, random: (limit: number) => number): string {
  let bits = binary(random(64), 6) + binary(targets - 1, 5);
  let spatial = 1;
  for (let i = 1; i <= templates; i++) {
    const next = i === templates ? 3 : random(spatial < 4 ? 3 : 2);
    if (next === 2) spatial++;
    bits += binary(next, 2);
  }
  for (let i = 0; i < templates * targets; i++) bits += binary(random(4), 2);
  for (let i = 0; i < templates; i++) {
    for (let count = random(4); count > 0; count--) bits += `1${binary(random(16), 4)}`;
    bits += '0';
  }
  const chains = random(targets + 1);
  bits += below(chains, targets + 1);
  if (chains > 0) {
    for (let i = 0; i < targets; i++) bits += below(random(chains), chains);
    for (let i = 0; i < templates * chains; i++) bits += binary(random(16), 4);
  }
  if (random(2) === 0) return `${bits}0`;
  return `${bits}1${Array.from({ length: spatial * 2 }, () => binary(random(65_536), 16)).join('')}`;
}

const bytesOf = (bits: string): Uint8Array => {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
  return Uint8Array.from({ length: padded.length / 8 }, (_, i) =>
    Number.parseInt(padded.slice(i * 8, i * 8 + 8), 2),
  );
};

test('whatever a descriptor says besides stays as it is', async () => {
  const path = await Path.open();
  const one = fc.record({
    targets: fc.integer({ min: 1, max: 16 }),
    templates: fc.integer({ min: 1, max: 12 }),
    structure: fc.boolean(),
    masked: fc.boolean(),
    custom: fc.nat(7),
    rest: fc.nat(40),
    mask: fc.nat(0xffff),
    seed: fc.nat(),
  });
  const property = fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 20 }), async (cases) => {
    const expected: string[] = [];
    const told: Told[] = [];
    for (const { targets, templates, structure, masked, custom, rest, mask, seed } of cases) {
      let state = seed;
      const random = (limit: number): number => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return (state >>> 8) % limit;
      };
      const own = structure ? structureBits(targets, templates, random) : '';
      const tail = custom === 0 ? '' : Array.from({ length: rest }, () => random(2)).join('');
      const flags = (active: boolean): string => `${structure ? 1 : 0}${active ? 1 : 0}${binary(custom, 3)}`;
      const before = masked ? binary(random(65_536), targets) : '';
      const extended = structure || masked || custom !== 0;
      const start = binary(random(256), 8);
      const rewritten = flags(true) + own + binary(mask, targets) + tail;
      const descriptor = bytesOf(
        start + binary(0x1234, 16) + (extended ? flags(masked) + own + before + tail : ''),
      );
      if (descriptor.length > 252) continue;
      told.push({ descriptor, targets, mask: mask & (2 ** targets - 1) });
      expected.push(start + binary(0xabcd, 16) + rewritten);
    }
    if (told.length === 0) return;
    const sent = await path.send(told);
    for (const [i, bytes] of sent.entries()) {
      const bits = [...bytes].map((byte) => binary(byte, 8)).join('');
      assert.equal(bits.slice(0, expected[i]!.length), expected[i]);
      assert.match(bits.slice(expected[i]!.length), /^0{0,15}$/, 'padding');
    }
  });
  await fc.assert(property, { numRuns: 15 });
});

test('noise goes out as it came, or as something at most three bytes longer', async () => {
  const path = await Path.open();
  const noise = fc.record({
    descriptor: fc.uint8Array({ minLength: 1, maxLength: 255 }),
    targets: fc.nat(0xffff),
    mask: fc.nat(0xffff),
    few: fc.boolean(),
  });
  const property = fc.asyncProperty(fc.array(noise, { minLength: 1, maxLength: 20 }), async (cases) => {
    const told = cases.map(({ descriptor, targets, mask, few }) => ({
      descriptor,
      targets: few ? targets & 15 : targets,
      mask,
    }));
    for (const [i, bytes] of (await path.send(told)).entries()) {
      const { length } = told[i]!.descriptor;
      assert.ok(bytes.length >= length && bytes.length <= length + 3);
      assert.equal(bytes[0], told[i]!.descriptor[0]);
    }
  });
  await fc.assert(property, { numRuns: 15 });
});
