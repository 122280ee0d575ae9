import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommand } from './gstreamer-filter.js';

test('a command is an element with its properties, quoted as for gst-launch', () => {
  assert.deepEqual(parseCommand(' videoflip  method=clockwise '), {
    factory: 'videoflip',
    properties: { method: 'clockwise' },
  });
  assert.deepEqual(parseCommand('textoverlay text="Hello, \\"world\\"!" font-desc=\'Sans 12\''), {
    factory: 'textoverlay',
    properties: { text: 'Hello, "world"!', 'font-desc': 'Sans 12' },
  });
  for (const command of ['', 'a ! b', 'a b', 'a =c']) {
    assert.throws(() => parseCommand(command), { code: 40001 });
  }
});
