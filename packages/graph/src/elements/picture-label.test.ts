import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { GraphProcess } from '../test-support/graph-process.js';

const LABEL = {
  text: 'Ann',
  position: 'TOP',
  size: 20,
  color: '#FFFFFF',
  background: '#000000',
  opacity: 1,
};

test('a label is refused where nothing draws text, and the error says what to install', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-label-'));
  const plugins = join(folder, 'plugins');
  mkdirSync(plugins);
  const installed = execFileSync('pkg-config', ['--variable=pluginsdir', 'gstreamer-1.0'], {
    encoding: 'utf8',
  });
  for (const name of ['coreelements', 'compositor']) {
    const file = join(installed.trim(), `libgst${name}.so`);
    assert.ok(existsSync(file), file);
    symlinkSync(file, join(plugins, `libgst${name}.so`));
  }
  const graph = await GraphProcess.start({
    ...process.env,
    GST_PLUGIN_SYSTEM_PATH_1_0: plugins,
    GST_PLUGIN_SYSTEM_PATH: plugins,
    GST_PLUGIN_PATH_1_0: '',
    GST_REGISTRY_1_0: join(folder, 'registry'),
    GST_REGISTRY_FORK: 'no',
  });
  t.after(async () => {
    await graph.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await graph.request('createElement', {
    element: 'canvas',
    type: 'VideoCanvas',
    params: { width: 320, height: 240, framerate: 15 },
  });
  await assert.rejects(
    graph.request('invoke', { element: 'canvas', method: 'setLabel', params: { input: 'a', label: LABEL } }),
    { type: 'MEDIA_OBJECT_NOT_AVAILABLE', message: /rsvgdec.*gstreamer1\.0-plugins-bad/ },
  );
});
