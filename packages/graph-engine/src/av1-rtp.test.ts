import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import {
  FRAME,
  readPacket,
  rtpPacket,
  SEQUENCE_HEADER,
  type TestObu,
  temporalUnit,
} from './test-support/av1-units.js';
import { until } from './test-support/running-pipeline.js';
import { FRAME_NS, Through } from './test-support/through.js';

const AV1 = 'video/x-av1,stream-format=(string)obu-stream,alignment=(string)tu';
const RTP =
  'application/x-rtp,media=(string)video,clock-rate=(int)90000,encoding-name=(string)AV1,payload=(int)96';
const MTU = 200;

const anyObu: fc.Arbitrary<TestObu> = fc.record({
  type: fc.constantFrom(SEQUENCE_HEADER, 3, 4, 5, FRAME),
  extension: fc.boolean(),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 30 }),
    fc.integer({ min: 100, max: 5000 }).map((length) => Uint8Array.from({ length }, (_, i) => i & 0xff)),
  ),
});
const anyUnit = fc.array(anyObu, { minLength: 1, maxLength: 6 });

const key = (value = 1, length = 10): Uint8Array =>
  temporalUnit([
    { type: SEQUENCE_HEADER, extension: false, payload: new Uint8Array(10) },
    { type: FRAME, extension: false, payload: new Uint8Array(length).fill(value) },
  ]);
const delta = (value: number, length = 10): Uint8Array =>
  temporalUnit([{ type: FRAME, extension: false, payload: new Uint8Array(length).fill(value) }]);

/** The packets of each unit. */
async function packetsOf(context: TestContext, units: readonly Uint8Array[]): Promise<Uint8Array[][]> {
  const pay = await Through.make(context, AV1, `riveroav1pay mtu=${MTU} pt=96`);
  for (const unit of units) pay.push(unit);
  await pay.end();
  const groups: Uint8Array[][] = [];
  let group: Uint8Array[] = [];
  await until(() => pay.out.filter(({ bytes }) => readPacket(bytes).marker).length === units.length);
  for (const { bytes } of pay.out) {
    group.push(bytes);
    if (!readPacket(bytes).marker) continue;
    groups.push(group);
    group = [];
  }
  assert.equal(group.length, 0, 'the last packet of each unit has the marker');
  return groups;
}

test('packets are what the payload format says', async (context) => {
  const units = fc.sample(anyUnit, 120);
  const packets = await packetsOf(context, units.map(temporalUnit));
  for (const [index, group] of packets.entries()) {
    const obus = units[index]!;
    const read = group.map(readPacket);
    const joined: number[][] = [];
    for (const [at, packet] of read.entries()) {
      assert.ok(group[at]!.length <= MTU, `${group[at]!.length} bytes`);
      assert.equal(packet.z, at > 0 && read[at - 1]!.y);
      assert.equal(packet.n, at === 0 && obus.some(({ type }) => type === SEQUENCE_HEADER));
      assert.equal(packet.timestamp, read[0]!.timestamp);
      for (const [number, element] of packet.elements.entries()) {
        if (number === 0 && packet.z) joined.at(-1)!.push(...element);
        else joined.push([...element]);
      }
    }
    assert.equal(read.at(-1)!.y, false);
    const expected = obus.map(({ type, extension, payload }) => [
      (type << 3) | (extension ? 4 : 0),
      ...(extension ? [0x20] : []),
      ...payload,
    ]);
    assert.deepEqual(joined, expected);
  }
});

test('what comes out of the packets is what went in, at its time', async (context) => {
  const first: TestObu = { type: SEQUENCE_HEADER, extension: false, payload: new Uint8Array(10) };
  const units = [[first], ...fc.sample(anyUnit, 120)];
  const groups = await packetsOf(context, units.map(temporalUnit));
  const depay = await Through.make(context, RTP, 'riveroav1depay');
  for (const packet of groups.flat()) depay.push(packet);
  await depay.end();
  await until(() => depay.out.length === units.length);
  const begins: number[] = [];
  let packets = 0;
  for (const group of groups) {
    begins.push(packets * FRAME_NS);
    packets += group.length;
  }
  for (const [index, { bytes, time, keyFrame }] of depay.out.entries()) {
    assert.deepEqual(bytes, temporalUnit(units[index]!));
    assert.equal(time, begins[index]);
    assert.equal(
      keyFrame,
      units[index]!.some(({ type }) => type === SEQUENCE_HEADER),
    );
  }
});

test('units of a sender that sets no marker come out with the next one', async (context) => {
  const groups = await packetsOf(context, [key(), delta(2), delta(3)]);
  const depay = await Through.make(context, RTP, 'riveroav1depay');
  for (const [index, packet] of groups.flat().entries()) {
    depay.push(rtpPacket(index, index * 3600, false, packet.subarray(12)));
  }
  await depay.end();
  await until(() => depay.out.length === 2);
  assert.deepEqual(
    depay.out.map(({ bytes, time }) => [bytes, time]),
    [
      [key(), 0],
      [delta(2), FRAME_NS],
    ],
  );
});

/** Which of the units come out when a packet of one is lost: K is a key frame. */
async function afterLoss(
  context: TestContext,
  kinds: string,
  unit: number,
  packet: number,
): Promise<{ came: string; keyFramesWanted: number }> {
  const units = [...kinds].map((kind, index) => (kind === 'K' ? key(index, 900) : delta(index, 900)));
  const groups = await packetsOf(context, units);
  const depay = await Through.make(context, RTP, 'riveroav1depay');
  let keyFramesWanted = 0;
  const sink = depay.run.element('element').getStaticPad('sink');
  sink.onEvent({ direction: 'upstream', types: ['force-key-unit'], drop: true }, () => keyFramesWanted++);
  for (const [index, group] of groups.entries()) {
    for (const [at, bytes] of group.entries()) {
      if (index !== unit || at !== packet) depay.push(bytes);
    }
  }
  await depay.end();
  const expected = depay.run.element('sink');
  await until(() => expected.get('eos') === true);
  const came = [...kinds].map((_, index) =>
    depay.out.some(({ bytes }) => Buffer.compare(bytes, units[index]!) === 0) ? kinds[index] : '-',
  );
  return { came: came.join(''), keyFramesWanted };
}

test('after a loss nothing comes out before the next key frame, which is asked for', async (context) => {
  for (const packet of [0, 2, 4]) {
    const { came, keyFramesWanted } = await afterLoss(context, 'KddddKd', 2, packet);
    assert.equal(came, 'Kd---Kd', `packet ${packet}`);
    assert.ok(keyFramesWanted > 0);
  }
});

test('a key frame of which a packet is lost does not come out', async (context) => {
  for (const packet of [0, 1, 4]) {
    const { came } = await afterLoss(context, 'KdKddKd', 2, packet);
    assert.equal(came, 'Kd---Kd', `packet ${packet}`);
  }
});

test('what begins in the middle begins with a key frame', async (context) => {
  const { came, keyFramesWanted } = await afterLoss(context, 'ddKd', -1, 0);
  assert.equal(came, '--Kd');
  assert.ok(keyFramesWanted > 0);
});

test('packets of any bytes do no harm, and what comes out of them are temporal units', async (context) => {
  const depay = await Through.make(context, RTP, 'riveroav1depay');
  const good = (await packetsOf(context, [key(1, 900), delta(2, 900)])).flat();
  const anyPayload = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(
        fc.constantFrom(...good),
        fc.array(fc.tuple(fc.nat(199), fc.nat(255)), { maxLength: 4 }),
        fc.nat(200),
      )
      .map(([packet, changes, end]) => {
        const payload = Uint8Array.from(packet.subarray(12, 12 + end));
        for (const [at, value] of changes) if (at < payload.length) payload[at] = value;
        return payload;
      }),
  );
  const anyPacket = fc.tuple(
    anyPayload,
    fc.boolean(),
    fc.constantFrom(0, 0, 0, 3600),
    fc.constantFrom(1, 1, 1, 2),
  );
  let sequenceNumber = 0;
  let timestamp = 0;
  for (const [payload, marker, later, step] of fc.sample(anyPacket, 20_000)) {
    sequenceNumber += step;
    timestamp += marker ? 3600 : later;
    depay.push(rtpPacket(sequenceNumber, timestamp, marker, payload));
  }
  await depay.end();
  for (const { bytes } of depay.out) {
    assert.deepEqual([...bytes.subarray(0, 2)], [0x12, 0]);
    let at = 2;
    while (at < bytes.length) {
      const header = bytes[at]!;
      assert.equal(header & 0x82, 2, 'an OBU has its size');
      at += (header & 4) !== 0 ? 2 : 1;
      let size = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++]!;
        size |= (byte & 0x7f) << shift;
        if ((byte & 0x80) === 0) break;
      }
      at += size;
    }
    assert.equal(at, bytes.length);
  }
});

test('units of any bytes do no harm', async (context) => {
  const pay = await Through.make(context, AV1, `riveroav1pay mtu=${MTU} pt=96`);
  for (const bytes of fc.sample(fc.uint8Array({ maxLength: 400 }), 5000)) pay.push(bytes);
  await pay.end();
  for (const { bytes } of pay.out) {
    assert.ok(bytes.length <= MTU);
    readPacket(bytes);
  }
});
