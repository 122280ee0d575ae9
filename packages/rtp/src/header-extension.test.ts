import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildExtensionTemplate } from './extension-template.js';
import {
  elementLength,
  elementOffset,
  findExtension,
  readAbsoluteSendTime,
  readAudioLevel,
  readTextExtension,
  readTransportSequence,
  readVideoOrientation,
  rtpHeaderLength,
} from './header-extension.js';
import { guardView } from './testing/guard-view.js';

function packet(block: Uint8Array, csrcs = 0, payload = 4): Uint8Array {
  const bytes = new Uint8Array(12 + csrcs * 4 + block.length + payload);
  bytes[0] = 0x80 | (block.length > 0 ? 0x10 : 0) | csrcs;
  bytes.set([0xde, 0xad, 0xbe, 0xef], 8);
  bytes.set(block, 12 + csrcs * 4);
  return bytes;
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

function find(bytes: Uint8Array, id: number): [number, number] | undefined {
  const found = findExtension(guardView(bytes, 100), 100, bytes.length, id);
  return found < 0 ? undefined : [elementOffset(found), elementLength(found)];
}

test('one-byte elements, with padding between them', () => {
  const bytes = packet(hex('bede 0003 10ff 00 32 010203 00 00 40aa 0000'), 1);
  assert.deepEqual(find(bytes, 1), [16 + 5, 1]);
  assert.deepEqual(find(bytes, 3), [16 + 8, 3]);
  assert.deepEqual(find(bytes, 4), [16 + 14, 1]);
  assert.equal(find(bytes, 2), undefined);
});

test('id 15 ends the one-byte form', () => {
  assert.equal(find(packet(hex('bede 0001 f0 00 10aa')), 1), undefined);
});

test('two-byte elements, also empty ones and long ones', () => {
  const bytes = packet(hex('1000 0002 0100 ff02aabb 0000'));
  assert.deepEqual(find(bytes, 1), [18, 0]);
  assert.deepEqual(find(bytes, 255), [20, 2]);
});

test('other profiles, lengths beyond the packet and missing blocks give nothing', () => {
  assert.equal(find(packet(hex('abcd 0001 10aa0000')), 1), undefined);
  assert.equal(find(packet(hex('bede 00ff 10aa0000')), 1), undefined);
  assert.equal(find(packet(hex('bede 0001 13aa0000')), 1), undefined);
  assert.equal(find(packet(hex('')), 1), undefined);
});

test('the typed readers', () => {
  const template = buildExtensionTemplate([
    { id: 1, length: 1, data: Uint8Array.of(0x80 | 37) },
    { id: 2, length: 3, data: Uint8Array.of(1, 2, 3) },
    { id: 3, length: 2, data: Uint8Array.of(0xab, 0xcd) },
    { id: 4, length: 6, data: new TextEncoder().encode('video0') },
    { id: 5, length: 1, data: Uint8Array.of(0x0b) },
    { id: 6, length: 4, data: Uint8Array.of(0x68, 0, 0, 0) },
    { id: 7, length: 2, data: Uint8Array.of(0x68, 0x20) },
  ]);
  const bytes = packet(template.bytes);
  const read = <T>(reader: (slab: Uint8Array, at: number, length: number, id: number) => T, id: number): T =>
    reader(bytes, 0, bytes.length, id);
  assert.equal(read(readAudioLevel, 1), 0x80 | 37);
  assert.equal(read(readAbsoluteSendTime, 2), 0x010203);
  assert.equal(read(readTransportSequence, 3), 0xabcd);
  assert.equal(read(readTextExtension, 4), 'video0');
  assert.equal(read(readVideoOrientation, 5), 0x0b);
  assert.equal(read(readTextExtension, 6), 'h');
  assert.equal(read(readTextExtension, 7), undefined);
  assert.equal(read(readAudioLevel, 9), -1);
  assert.equal(read(readAbsoluteSendTime, 1), -1);
  assert.equal(rtpHeaderLength(bytes, 0, bytes.length), bytes.length - 4);
});

test('header lengths of malformed packets', () => {
  const bytes = packet(hex('bede 0001 10aa0000'));
  assert.equal(rtpHeaderLength(bytes, 0, 11), -1);
  assert.equal(rtpHeaderLength(bytes, 0, 19), -1);
  assert.equal(rtpHeaderLength(bytes, 0, 20), 20);
  assert.equal(rtpHeaderLength(Uint8Array.from(bytes).fill(0x40, 0, 1), 0, 20), -1);
});

test('every element of a template is found where it was put, in the form that fits', () => {
  const element = fc.record({ id: fc.integer({ min: 1, max: 20 }), length: fc.integer({ min: 0, max: 20 }) });
  const elements = fc.uniqueArray(element, { selector: (e) => e.id, minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(elements, fc.nat({ max: 15 }), (list, csrcs) => {
      const filled = list.map((e) => ({ ...e, data: new Uint8Array(e.length).fill(e.id) }));
      const { bytes, offsets } = buildExtensionTemplate(filled, 1024);
      assert.equal(bytes.length % 4, 0);
      const isOneByte = list.every((e) => e.id < 15 && e.length > 0 && e.length <= 16);
      assert.equal(bytes[0], isOneByte ? 0xbe : 0x10);
      const whole = packet(bytes, csrcs);
      filled.forEach((e, i) => {
        const at = 12 + csrcs * 4 + offsets[i]!;
        assert.deepEqual(find(whole, e.id), [at, e.length]);
        assert.deepEqual(whole.slice(at, at + e.length), e.data);
      });
    }),
  );
});

test('templates that cannot be are refused', () => {
  assert.deepEqual(buildExtensionTemplate([]), { bytes: new Uint8Array(0), offsets: [] });
  assert.throws(() => buildExtensionTemplate([{ id: 0, length: 1 }]), RangeError);
  assert.throws(() => buildExtensionTemplate([{ id: 1, length: 256 }]), RangeError);
  assert.throws(() => buildExtensionTemplate([{ id: 1, length: 2, data: Uint8Array.of(1) }]), RangeError);
  assert.throws(
    () =>
      buildExtensionTemplate([
        { id: 1, length: 1 },
        { id: 1, length: 1 },
      ]),
    RangeError,
  );
  assert.throws(() => buildExtensionTemplate([{ id: 1, length: 61 }]), RangeError);
});

test('random packets are never read beyond their end', () => {
  const random = fc
    .tuple(fc.constantFrom(0xbede, 0x1000, 0x1234), fc.nat({ max: 20 }), fc.uint8Array({ maxLength: 80 }))
    .map(([profile, words, rest]) =>
      packet(Uint8Array.of(profile >> 8, profile & 0xff, 0, words, ...rest), 0, 0),
    );
  fc.assert(
    fc.property(fc.oneof(random, fc.uint8Array({ maxLength: 60 })), fc.nat({ max: 255 }), (bytes, id) => {
      const view = guardView(bytes, 10);
      const found = findExtension(view, 10, bytes.length, id);
      if (found >= 0) assert.ok(elementOffset(found) + elementLength(found) <= bytes.length);
      readTextExtension(view, 10, bytes.length, id);
      rtpHeaderLength(view, 10, bytes.length);
    }),
    { numRuns: 1000 },
  );
});
