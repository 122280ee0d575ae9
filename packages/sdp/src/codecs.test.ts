import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  codecsCompatible,
  h264Profile,
  pickCodec,
  pickPayloadType,
  sameCodec,
  staticPayload,
  staticPayloadType,
} from './codecs.js';
import { parseFormatParameters } from './fmtp.js';
import type { CodecFormat } from './model.js';

function codec(name: string, fmtp = '', clockRate = 90000, channels = 1): CodecFormat {
  return { name, clockRate, channels, fmtp: parseFormatParameters(fmtp) };
}

function h264(profileLevelId: string, mode = 1): CodecFormat {
  return codec('H264', `packetization-mode=${mode};profile-level-id=${profileLevelId}`);
}

test('H.264 profiles follow profile_idc and the constraint flags', () => {
  const profiles: Record<string, string | undefined> = {
    '42e01f': 'constrained-baseline',
    '42C01F': 'constrained-baseline',
    '42001f': 'baseline',
    '4d001f': 'main',
    '4d801f': 'constrained-baseline',
    '64001f': 'high',
    '640c1f': 'constrained-high',
    f4001f: 'high-444',
    '58c01f': 'constrained-baseline',
    '12001f': undefined,
    '42e0': undefined,
    zzzzzz: undefined,
  };
  for (const [id, profile] of Object.entries(profiles)) assert.equal(h264Profile(h264(id)), profile, id);
  assert.equal(h264Profile(codec('H264')), 'baseline');
});

test('the same codec has the same profile and packetization mode, whatever the level', () => {
  assert.ok(sameCodec(h264('42e01f'), h264('42e034')));
  assert.ok(!sameCodec(h264('42e01f'), h264('42001f')));
  assert.ok(!sameCodec(h264('42e01f', 0), h264('42e01f', 1)));
  assert.ok(sameCodec(codec('VP9'), codec('vp9', 'profile-id=0')));
  assert.ok(!sameCodec(codec('VP9', 'profile-id=2'), codec('VP9')));
  assert.ok(sameCodec(codec('AV1'), codec('AV1', 'level-idx=5;profile=0;tier=0')));
  assert.ok(!sameCodec(codec('AV1', 'profile=1'), codec('AV1')));
  assert.ok(!sameCodec(codec('VP8'), codec('VP9')));
});

test('audio is compatible by name, clock rate and channels', () => {
  const opus = codec('opus', 'minptime=10;useinbandfec=1', 48000, 2);
  assert.ok(codecsCompatible(opus, codec('OPUS', 'stereo=1', 48000, 2)));
  assert.ok(codecsCompatible(codec('PCMU', '', 8000), codec('PCMU', '', 8000)));
  assert.ok(!codecsCompatible(codec('PCMU', '', 8000), codec('PCMA', '', 8000)));
  assert.ok(!codecsCompatible(codec('telephone-event', '', 8000), codec('telephone-event', '', 48000)));
});

test('H.264 is forwarded to decoders of the same or a larger profile', () => {
  assert.ok(codecsCompatible(h264('42e01f'), h264('640c1f')));
  assert.ok(codecsCompatible(h264('42001f'), h264('42e01f')));
  assert.ok(codecsCompatible(h264('4d001f'), h264('64001f')));
  assert.ok(!codecsCompatible(h264('640c1f'), h264('42e01f')));
  assert.ok(!codecsCompatible(h264('4d001f'), h264('640c1f')));
  assert.ok(!codecsCompatible(h264('12001f'), h264('42e01f')));
});

test('H.264 packets of mode 0 suit mode 1, not the other way round', () => {
  assert.ok(codecsCompatible(h264('42e01f', 0), h264('42e01f', 1)));
  assert.ok(!codecsCompatible(h264('42e01f', 1), h264('42e01f', 0)));
  assert.ok(!codecsCompatible(h264('42e01f', 1), h264('42e01f', 2)));
});

test('AV1 profiles include the lower ones, VP9 profiles do not', () => {
  assert.ok(codecsCompatible(codec('AV1', 'profile=0'), codec('AV1', 'profile=1')));
  assert.ok(!codecsCompatible(codec('AV1', 'profile=1'), codec('AV1', 'profile=0')));
  assert.ok(!codecsCompatible(codec('VP9', 'profile-id=0'), codec('VP9', 'profile-id=2')));
});

test('AMR is forwarded in the same payload form, to who takes its modes', () => {
  const amr = (fmtp: string) => codec('AMR', fmtp, 8000);
  const compatible = (source: string, receiver: string) => codecsCompatible(amr(source), amr(receiver));
  assert.ok(compatible('', 'octet-align=0;max-red=0'));
  assert.ok(compatible('octet-align=1', 'octet-align=1;mode-change-period=2'));
  assert.ok(!compatible('octet-align=1', ''));
  assert.ok(!compatible('', 'octet-align=1'));
  assert.ok(!compatible('octet-align=1', 'octet-align=1;crc=1'));
  assert.ok(!compatible('octet-align=1', 'octet-align=1;robust-sorting=1'));
  assert.ok(!compatible('interleaving=30', ''));
  assert.ok(compatible('mode-set=0,2', 'mode-set=0,2,4,7'));
  assert.ok(compatible('mode-set=0,2', ''));
  assert.ok(!compatible('mode-set=0,2,5', 'mode-set=0,2'));
  assert.ok(!compatible('', 'mode-set=0,2'));
});

test('the payload type of the same configuration is picked before one that only suits', () => {
  const receiver = [
    { ...codec('VP8'), payloadType: 96 },
    { ...h264('640c1f'), payloadType: 98 },
    { ...h264('42e01f'), payloadType: 100 },
  ];
  assert.equal(pickPayloadType(h264('42e01f'), receiver), 100);
  assert.equal(pickPayloadType(h264('42001f'), receiver), 98);
  assert.equal(pickPayloadType(h264('f4001f'), receiver), undefined);
  assert.equal(pickCodec(codec('vp8'), receiver)?.name, 'VP8');
});

test('static payload types mean something on their own kind of m-line only', () => {
  assert.deepEqual(staticPayload('audio', 0), { name: 'PCMU', clockRate: 8000, channels: 1 });
  assert.equal(staticPayload('video', 0), undefined);
  assert.equal(staticPayload('audio', 96), undefined);
  assert.equal(staticPayloadType(codec('pcma', '', 8000)), 8);
  assert.equal(staticPayloadType(codec('opus', '', 48000, 2)), undefined);
});
