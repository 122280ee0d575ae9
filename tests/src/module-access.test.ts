import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RawClient } from './conformance/raw-client.js';
import { hasGStreamer } from './support/rtp-programs.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

const skip = hasGStreamer() ? false : 'needs GStreamer';

describe('modules open what clients name under the rules of the server', { skip }, () => {
  test('files and hosts beyond them are an Error event, and nothing else changes', async (context) => {
    const server = await TestServer.start({ args: ['--media.uriHosts', 'example.com'] });
    const client = await RawClient.open(server.uri);
    context.after(async () => {
      client.close();
      await server.stop();
    });
    const mediaPipeline = await client.create('MediaPipeline');
    const refusals = (object: string): string[] =>
      client.events
        .filter(({ type }) => type === 'Error')
        .map(({ data }) => data as { source: string; type: string; errorCode: number; description: string })
        .filter(({ source }) => source === object)
        .map(({ type, errorCode, description }) => {
          assert.deepEqual([type, errorCode], ['RESOURCE_ERROR_NOT_AUTHORIZED', 15], description);
          return description;
        });
    const create = async (type: string, params: object): Promise<string> => {
      const answer = await client.call('create', { type, constructorParams: { mediaPipeline, ...params } });
      const object = (answer.result as { value: string }).value;
      await client.call('subscribe', { type: 'Error', object });
      return object;
    };
    const invoke = async (object: string, operation: string, operationParams = {}): Promise<unknown> => {
      const { error, result } = await client.call('invoke', { object, operation, operationParams });
      assert.equal(error, undefined);
      return (result as { value?: unknown }).value;
    };
    const region = { topRightCornerX: 5, topRightCornerY: 5, width: 40, height: 40 };
    const refused = (object: string, ...expected: RegExp[]): Promise<unknown> =>
      waitFor(`${expected.length} refusals`, () => {
        const told = refusals(object);
        assert.ok(told.length <= expected.length, told.join('\n'));
        return (
          told.length === expected.length && expected.every((each) => told.some((text) => each.test(text)))
        );
      });

    const chroma = await create('ChromaFilter', { window: region, backgroundImage: '' });
    await invoke(chroma, 'setBackground', { uri: '/etc/passwd' });
    await invoke(chroma, 'setBackground', { uri: 'http://127.0.0.1:1/a.png' });
    await refused(chroma, /\/etc\/passwd/, /127\.0\.0\.1/);

    const pointer = await create('PointerDetectorFilter', { calibrationRegion: region, windows: [] });
    const place = { id: 'a', upperRightX: 0, upperRightY: 0, width: 9, height: 9 };
    await invoke(pointer, 'addWindow', {
      window: { ...place, image: 'file:///etc/hostname', activeImage: '/tmp/../etc/hosts' },
    });
    await refused(pointer, /etc\/hostname/, /etc\/hosts/);

    const marker = await create('ArMarkerdetector', {});
    await invoke(marker, 'setOverlayImage', { overlayImage: '/etc/shadow' });
    assert.equal(await invoke(marker, 'getOverlayImage'), '');
    await refused(marker, /etc\/shadow/);
  });
});
