import { KurentoError } from '@rivero/api';
import { Channel, processLink } from '@rivero/channel';
import { GraphEngineError, gstreamerVersion } from '@rivero/graph-engine';
import { Graph } from './graph.js';
import type { GraphEnd } from './protocol.js';
import { trustServers } from './tls-trust.js';

// A graph process: started by a media worker, which talks to it over the IPC channel of the process.
if (process.send === undefined) {
  process.stderr.write('rivero: a graph process is started by a media worker, not by hand\n');
  process.exit(1);
}

// Debian has no cascades of noses, mouths and eyes: whoever looks for faces would complain each time.
process.env.OPENCV_LOG_LEVEL ??= 'FATAL';

const channel: GraphEnd = new Channel(processLink(process));
let graph: Graph | undefined;
let unavailable: KurentoError | undefined;

function running(): Graph {
  if (unavailable !== undefined) throw unavailable;
  if (graph === undefined) throw new KurentoError('UNEXPECTED_ERROR', 'the graph has not been started');
  return graph;
}

channel.handle('start', async ({ trust }) => {
  let version: string;
  try {
    version = gstreamerVersion();
  } catch (error) {
    if (!(error instanceof GraphEngineError)) throw error;
    unavailable = new KurentoError('MEDIA_OBJECT_NOT_AVAILABLE', error.message);
    throw unavailable;
  }
  try {
    if (trust !== undefined) trustServers(trust);
  } catch (error) {
    // The authorities of the system are trusted, then.
    process.stderr.write(`rivero: media.tlsCaFile can not be used: ${(error as Error).message}\n`);
  }
  graph ??= new Graph((event, payload) => channel.emit(event, payload));
  await graph.start();
  return { pid: process.pid, gstreamer: version };
});
channel.handle('createInput', (request) => running().createInput(request));
channel.handle('removeInput', ({ input }) => running().removeInput(input));
channel.handle('createOutput', (request) => running().createOutput(request));
channel.handle('startOutput', ({ output }) => {
  running().output(output)?.flow();
  return null;
});
channel.handle('removeOutput', ({ output }) => running().removeOutput(output));
channel.handle('setOutputBitrate', ({ output, bitrate }) => {
  running().output(output)?.setBitrate(bitrate);
  return null;
});
channel.handle('requestKeyFrame', ({ output }) => {
  running().output(output)?.requestKeyFrame();
  return null;
});
channel.handle('createElement', (request) => running().createElement(request));
channel.handle('invoke', ({ element, method, params }) => running().invoke(element, method, params));
channel.handle('statistics', ({ element }) => running().statistics(element));
channel.handle('releaseElement', ({ element }) => running().releaseElement(element));
channel.handle('connect', ({ stream, element, input }) => running().connect(stream, element, input));
channel.handle('disconnect', ({ element, input }) => running().disconnect(element, input));
channel.handle('dot', ({ id }) => running().dot(id));
channel.handle('status', () => running().status());
channel.handle('shutdown', async () => {
  await graph?.close();
  return null;
});

// The signals of a terminal go to the whole process group; the worker decides when a graph ends.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

/** A pipeline that hangs must not keep the process alive. */
const STOP_MS = 2000;

// Without its worker a graph has no purpose.
void channel.closed.then(async () => {
  setTimeout(() => process.exit(0), STOP_MS).unref();
  await graph?.close().catch(() => {});
  process.exit(0);
});
