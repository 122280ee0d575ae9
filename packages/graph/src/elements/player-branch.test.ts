import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { playedFormat } from './player-branch.js';

const skip = !isGraphEngineBuilt() && 'no GStreamer';

test('profiles are told as SDP has them, so that nobody is given what it does not play', { skip }, () => {
  const cases: [caps: string, name: string, value: string][] = [
    ['video/x-h264,profile=(string)constrained-baseline,level=(string)3.1', 'profile-level-id', '42e01f'],
    ['video/x-h264,profile=(string)high,level=(string)4', 'profile-level-id', '640028'],
    ['video/x-h264,profile=(string)high-10,level=(string)3', 'profile-level-id', '6e001e'],
    ['video/x-h264,profile=(string)"high-4:2:2",level=(string)3', 'profile-level-id', '7a001e'],
    ['video/x-h264,profile=(string)"high-4:4:4",level=(string)3', 'profile-level-id', 'f4001e'],
    ['video/x-h264,profile=(string)unheard-of,level=(string)3', 'profile-level-id', 'ff001e'],
    ['video/x-h265,profile=(string)main', 'profile-id', '1'],
    ['video/x-h265,profile=(string)main-10', 'profile-id', '2'],
    ['video/x-h265,profile=(string)"main-422-10"', 'profile-id', '4'],
    ['video/x-vp9,profile=(string)2', 'profile-id', '2'],
    ['video/x-av1,profile=(string)main', 'profile', '0'],
    ['video/x-av1,profile=(string)high', 'profile', '1'],
  ];
  for (const [caps, name, value] of cases) {
    assert.equal(playedFormat(caps)?.format?.parameters[name], value, caps);
  }
});

test('half pictures, and sound of more channels than RTP has, are not given out as they are encoded', {
  skip,
}, () => {
  const unfit = [
    'video/x-h264,profile=(string)high,level=(string)4,coded-picture-structure=(string)field',
    'video/x-h265,profile=(string)main,interlace-mode=(string)interleaved',
    'audio/x-opus,channels=(int)6,channel-mapping-family=(int)1',
  ];
  for (const caps of unfit) assert.equal(playedFormat(caps)?.codec, undefined, caps);
  const fit = [
    'video/x-h264,profile=(string)high,level=(string)4,coded-picture-structure=(string)frame',
    'video/x-vp8,interlace-mode=(string)progressive',
    'audio/x-opus,channels=(int)2,channel-mapping-family=(int)0',
  ];
  for (const caps of fit) assert.notEqual(playedFormat(caps)?.codec, undefined, caps);
});
