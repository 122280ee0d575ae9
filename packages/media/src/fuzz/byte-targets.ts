import assert from 'node:assert/strict';
import {
  FrameReader,
  formatCandidate,
  IceAgent,
  isStun,
  parseCandidate,
  parseStun,
  StunAttribute,
  StunClass,
  StunWriter,
  shortTermKey,
  stunTransactionTag,
  stunUsername,
  TurnStreamReader,
} from '@rivero/ice';
import {
  DependencyDescriptorReader,
  elementLength,
  elementOffset,
  FlexfecDecoder,
  findExtension,
  keyFrameDetector,
  parseRtcp,
  RedReader,
  readAbsoluteSendTime,
  readAudioLevel,
  readTextExtension,
  readTransportSequence,
  readVideoOrientation,
  rtpHeaderLength,
  TransportFeedbackReader,
  UlpfecDecoder,
  Vp8Reader,
  Vp9Reader,
} from '@rivero/rtp';
import { candidateLines, samples } from './corpus.js';
import { guardView, surrounded } from './guard.js';
import { mutate, mutateText } from './mutate.js';
import { Random } from './random.js';
import type { FuzzRun, FuzzTarget } from './target.js';

/** A place in a slab that is no round number. */
const OFFSET = 37;

type Repair = (input: Uint8Array) => Uint8Array;

/** `repair`: what half of the inputs need so that they get past the first check. */
function bytesTarget(
  name: string,
  take: (input: Uint8Array) => void,
  corpus = name,
  repair: Repair = (input) => input,
): FuzzTarget {
  const known = samples(corpus);
  const input = (random: Random): Uint8Array => {
    const mutated = mutate(random, known);
    return random.below(2) === 0 ? repair(mutated) : mutated;
  };
  return { name, lifetime: 0, input, open: () => ({ take }) };
}

/** Whole words, the total length in bytes 2 and 3, as `value` counts it. */
const withLength =
  (value: (length: number) => number, prepare: (data: Uint8Array) => void): Repair =>
  (input) => {
    const data = input.slice(0, input.length & ~3);
    if (data.length < 20) return input;
    const length = value(data.length);
    data.set([length >> 8, length & 0xff], 2);
    prepare(data);
    return data;
  };

const repairStun = withLength(
  (length) => length - 20,
  (data) => data.set([0x21, 0x12, 0xa4, 0x42], 4),
);
/** The whole as one packet of its type. */
export const repairRtcp = withLength(
  (length) => length / 4 - 1,
  (data) => {
    data[0] = 0x80 | (data[0]! & 0x1f);
  },
);

function readStun(data: Uint8Array): unknown {
  const message = parseStun(data);
  if (message === undefined) return undefined;
  return {
    method: message.method,
    class: message.messageClass,
    unknown: message.unknownRequired,
    listed: message.unknownAttributes,
    error: [message.errorCode, message.errorReason],
    mapped: message.xorAddress(),
    plain: message.plainAddress(1),
    priority: message.uint32(StunAttribute.Priority),
    controlling: message.uint64(StunAttribute.IceControlling),
    intact: [message.fingerprintValid(), message.integrityValid(shortTermKey('password'))],
    username: stunUsername(data),
    tag: [isStun(data), stunTransactionTag(data)],
  };
}

const stun = bytesTarget('stun', (input) => void surrounded(input, readStun), 'stun', repairStun);

const PASSWORD = 'password-of-the-agent-0';

/** The attributes of a message in one that is authenticated, as a peer can make it that knows the password. */
function authenticated(input: Uint8Array): Uint8Array {
  const writer = new StunWriter().start(
    input.length % 8 === 7 ? StunClass.Indication : StunClass.Request,
    input.slice(0, 12).length === 12 ? input.slice(0, 12) : new Uint8Array(12),
  );
  writer.text(StunAttribute.Username, 'localufrag:remoteufrag');
  let room = 1000;
  for (let at = 20; at + 4 <= input.length && room > 0; ) {
    const type = (input[at]! << 8) | input[at + 1]!;
    const value = input.slice(at + 4, at + 4 + ((input[at + 2]! << 8) | input[at + 3]!));
    room -= 8 + value.length;
    const closing = type === StunAttribute.MessageIntegrity || type === StunAttribute.Fingerprint;
    if (!closing && room > 0) writer.attribute(type, value);
    at += 4 + ((value.length + 3) & ~3);
  }
  return writer.integrity(shortTermKey(PASSWORD)).fingerprint().finish();
}

const knownStun = samples('stun');

/** An agent that gets messages as they are, and such that a peer with the password could have sent. */
const ice: FuzzTarget = {
  name: 'ice',
  lifetime: 500,
  input: (random) => mutate(random, knownStun),
  open(): FuzzRun {
    const random = new Random(1);
    const agent = new IceAgent({
      role: 'controlled',
      localUfrag: 'localufrag',
      localPwd: PASSWORD,
      tieBreaker: 77n,
      randomBytes: (count) => random.bytes(count),
    });
    const line = parseCandidate('candidate:1 1 UDP 2015363327 192.0.2.2 50004 typ host')!;
    agent.addLocalCandidate(line, { socket: 0 });
    agent.setRemoteCredentials('remoteufrag', 'password-of-the-peer-00');
    agent.start(0);
    let now = 0;
    return {
      take(input) {
        now += 5;
        const port = 1 + (input.length % 40);
        agent.handleStun(now, input, 0, '198.51.100.1', port);
        agent.handleStun(now, authenticated(input), 0, '198.51.100.1', port);
        if (agent.nextTimeout() <= now) agent.handleTimeout(now);
        const sent = agent.takeTransmits();
        assert.ok(sent.length <= 16, `${sent.length} datagrams for two`);
        assert.ok(agent.takeEvents().length <= 32);
        assert.ok(agent.nextTimeout() > 0);
      },
    };
  },
};

/** However a stream is cut, the same messages come out, and nothing beyond the limit is kept. */
function streamTarget(name: string, open: () => { push(chunk: Uint8Array): Uint8Array[]; broken: boolean }) {
  return bytesTarget(
    name,
    (input) => {
      const whole = open();
      const expected = whole
        .push(Uint8Array.from(input))
        .map((message) => Buffer.from(message).toString('hex'));
      const cut = open();
      const found: string[] = [];
      for (let at = 0, step = 1; at < input.length; at += step, step = (step * 7 + 3) % 50 || 1) {
        for (const message of cut.push(input.slice(at, at + step)))
          found.push(Buffer.from(message).toString('hex'));
      }
      assert.deepEqual(found, expected);
      assert.equal(cut.broken, whole.broken);
    },
    'stream',
  );
}

const LIMIT = 1500;

const rtp = bytesTarget(
  'rtp-header',
  (input) => {
    const slab = guardView(input, OFFSET);
    const header = rtpHeaderLength(slab, OFFSET, input.length);
    assert.ok(header === -1 || (header >= 12 && header <= input.length));
    for (const id of [1, 2, 4, 11, 13, 15, 255]) {
      const found = findExtension(slab, OFFSET, input.length, id);
      if (found >= 0) assert.ok(elementOffset(found) + elementLength(found) <= input.length);
      readAudioLevel(slab, OFFSET, input.length, id);
      readVideoOrientation(slab, OFFSET, input.length, id);
      readAbsoluteSendTime(slab, OFFSET, input.length, id);
      readTransportSequence(slab, OFFSET, input.length, id);
      assert.match(readTextExtension(slab, OFFSET, input.length, id) ?? 'x', /^[\x21-\x7e]{1,255}$/);
    }
  },
  'rtp',
);

const feedback = new TransportFeedbackReader();

const rtcp = bytesTarget(
  'rtcp',
  (input) => {
    const slab = guardView(input, OFFSET);
    const within = (offset: number, length: number): void => {
      assert.ok(offset >= OFFSET && length >= 0 && offset + length <= OFFSET + input.length);
    };
    let calls = 0;
    const count = (): void => {
      calls++;
    };
    parseRtcp(slab, OFFSET, input.length, {
      senderReport: count,
      reportBlock: count,
      bye: count,
      nack: count,
      pli: count,
      fir: count,
      receiverReferenceTime: count,
      delaySinceLastReceiverReport: count,
      cname: (_ssrc, _buffer, offset, length) => within(offset, length),
      remb(_sender, bitrate, _buffer, offset, ssrcs) {
        within(offset, ssrcs * 4);
        assert.ok(bitrate >= 0);
      },
      transportFeedback(_sender, _media, buffer, offset, length) {
        within(offset, length);
        if (feedback.parse(buffer, offset, length)) assert.ok(feedback.count <= feedback.received.length);
      },
    });
    // A NACK item of four bytes asks for 17 packets; nothing tells more.
    assert.ok(calls <= (input.length / 4) * 17, `${calls} calls for ${input.length} bytes`);
  },
  'rtcp',
  repairRtcp,
);

function descriptorTarget(name: 'vp8' | 'vp9' | 'h264' | 'h265' | 'av1'): FuzzTarget {
  const detect = keyFrameDetector(name)!;
  const reader = name === 'vp8' ? new Vp8Reader() : name === 'vp9' ? new Vp9Reader() : undefined;
  return bytesTarget(name, (input) => {
    const slab = guardView(input, OFFSET);
    assert.equal(typeof detect(slab, OFFSET, input.length), 'boolean');
    if (reader?.parse(slab, OFFSET, input.length) !== true) return;
    assert.ok(reader.descriptorLength > 0 && reader.descriptorLength < input.length);
    for (const [at, bytes] of [
      [reader.pictureIdOffset, reader.pictureIdBytes],
      [reader.tl0PicIdxOffset, 1],
    ] as const) {
      if (at >= 0) assert.ok(at > OFFSET && at + bytes <= OFFSET + reader.descriptorLength);
    }
  });
}

const red = bytesTarget('red', (input) => {
  const reader = new RedReader();
  if (!reader.parse(guardView(input, OFFSET), OFFSET, input.length)) return;
  for (let i = 0; i < reader.count; i++) {
    const start = reader.offsets[i]!;
    assert.ok(start > OFFSET && start + reader.lengths[i]! <= OFFSET + input.length);
  }
});

/** The input is FEC, and what it protects. */
const flexfec = bytesTarget('flexfec', (input) => {
  const decoder = new FlexfecDecoder();
  const slab = guardView(input, OFFSET);
  if (!decoder.parse(slab, OFFSET, input.length)) return;
  assert.ok(decoder.count > 0);
  decoder.add(slab, OFFSET, Math.min(input.length, 40), [1, 2]);
  const length = decoder.finish(7);
  assert.ok(length === -1 || (length >= 12 && length <= input.length));
});

const ulpfec = bytesTarget('ulpfec', (input) => {
  const decoder = new UlpfecDecoder();
  const slab = guardView(input, OFFSET);
  if (!decoder.parse(slab, OFFSET, input.length)) return;
  assert.ok(decoder.count > 0);
  decoder.add(slab, OFFSET, Math.min(input.length, 40), [1, 2]);
  const length = decoder.finish(7);
  assert.ok(length === -1 || (length >= 12 && length <= input.length));
});

const describedKeyFrame = samples('dependency-descriptor')[0]!;

/** The input is two descriptors, to a stream whose structure is known: the first may bring another one. */
const dependencyDescriptor = bytesTarget('dependency-descriptor', (input) => {
  const reader = new DependencyDescriptorReader();
  assert.ok(reader.parse(describedKeyFrame, 0, describedKeyFrame.length));
  const cut = input.length >> 1;
  for (const part of [input, input.subarray(0, cut), input.subarray(cut)]) {
    const readable = reader.parse(guardView(part, OFFSET), OFFSET, part.length);
    assert.equal(reader.frameNumber >= 0, part.length >= 3);
    if (!readable) continue;
    const { structure } = reader;
    assert.ok(structure !== undefined && structure.templates >= 1 && structure.templates <= 64);
    assert.ok(structure.decodeTargets >= 1 && structure.chains <= structure.decodeTargets);
    assert.ok(structure.chainOf.every((chain) => chain === 0 || chain < structure.chains));
    assert.ok(reader.spatialId < 4 && reader.temporalId < 8);
    assert.ok(reader.references.subarray(0, reader.referenceCount).every((n) => n >= 1 && n <= 4096));
    assert.ok(reader.activeTargets <= structure.allTargets);
  }
});

const lines = candidateLines();

const candidate: FuzzTarget = {
  name: 'candidate',
  lifetime: 0,
  input: (random) => Buffer.from(mutateText(random, lines, 2000)),
  open: () => ({
    take(input) {
      const read = parseCandidate(Buffer.from(input).toString());
      if (read === undefined) return;
      assert.ok(read.port >= 0 && read.port <= 65_535 && read.priority >= 0 && read.priority <= 0xffffffff);
      // What was understood can be told on, without line ends that would be lines of their own.
      const written = formatCandidate(read);
      assert.ok(!/[\r\n\0]/.test(written));
      const again = parseCandidate(written);
      assert.ok(again !== undefined, written);
      assert.equal(formatCandidate(again), written);
    },
  }),
};

export const byteTargets: readonly FuzzTarget[] = [
  stun,
  ice,
  streamTarget('ice-tcp', () => new FrameReader(LIMIT)),
  streamTarget('turn-stream', () => new TurnStreamReader(LIMIT)),
  candidate,
  rtp,
  rtcp,
  red,
  flexfec,
  ulpfec,
  dependencyDescriptor,
  ...(['vp8', 'vp9', 'h264', 'h265', 'av1'] as const).map(descriptorTarget),
];
