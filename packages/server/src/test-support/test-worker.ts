// A test double for the media worker's end of the link: objects in a map, properties that read back what was
// written, connections that are only noted. Two operations are bent to the needs of tests:
// - MediaPipeline.getGstreamerDot is answered after 300 ms,
// - MediaPipeline.dumpGstreamerDot blocks the process for ever.
import { api, KurentoError } from '@rivero/api';
import {
  Channel,
  type Link,
  type Nothing,
  type WorkerEnd,
  type WorkerEvents,
  type WorkerMethods,
} from '@rivero/channel';

type Values = Record<string, unknown>;

interface TestObject {
  id: string;
  type: string;
  parent: string | null;
  properties: Map<string, unknown>;
  tags: Map<string, string>;
  sinks: Map<string, Set<string>>;
}

const MEDIA = ['AUDIO', 'VIDEO', 'DATA'];

export function serveTestWorker(link: Link): WorkerEnd {
  const channel = new Channel<WorkerMethods, Nothing, WorkerEvents, Nothing>(link);
  const objects = new Map<string, TestObject>();
  const wanted = new Set<string>();

  const find = (id: string): TestObject => {
    const object = objects.get(id);
    if (object === undefined) throw new Error(`The server named the unknown object ${id}`);
    return object;
  };
  const emit = (object: TestObject, type: string, data: Values) => {
    if (!wanted.has(`${object.id} ${type}`)) return;
    const tags = object.properties.get('sendTagsInEvents')
      ? Array.from(object.tags, ([key, value]) => ({ key, value }))
      : [];
    channel.emit('objectEvent', { object: object.id, type, timestampMillis: Date.now(), tags, data });
  };
  const connection = (sink: string, mediaType: string) => ({
    sink,
    mediaType,
    sourceMediaDescription: 'default',
    sinkMediaDescription: 'default',
  });
  const disconnect = (source: TestObject, sink: string, media: readonly string[]) => {
    for (const mediaType of media) {
      if (source.sinks.get(sink)?.delete(mediaType))
        emit(source, 'ElementDisconnected', connection(sink, mediaType));
    }
  };

  const operations: Record<string, (object: TestObject, params: Values) => unknown> = {
    getId: ({ id }) => id,
    getName: ({ id, properties }) => properties.get('name') || id,
    getParent: ({ parent }) => parent,
    getCreationTime: () => Math.floor(Date.now() / 1000),
    getMediaPipeline: ({ id }) => id.split('/')[0],
    getChildren: ({ id }) =>
      [...objects.values()].filter(({ parent }) => parent === id).map((child) => child.id),
    addTag: ({ tags }, { key, value }) => void tags.set(key as string, value as string),
    removeTag: ({ tags }, { key }) => void tags.delete(key as string),
    getTags: ({ tags }) => Array.from(tags, ([key, value]) => ({ key, value })),
    getTag: ({ tags }, { key }) => {
      if (!tags.has(key as string))
        throw new KurentoError('MEDIA_OBJECT_TAG_KEY_NOT_FOUND', 'Tag key not found');
      return tags.get(key as string);
    },
    connect: (source, { sink, mediaType }) => {
      const media = mediaType === undefined ? MEDIA : [mediaType as string];
      for (const kind of media) {
        for (const other of objects.values()) disconnect(other, sink as string, [kind]);
        const kinds = source.sinks.get(sink as string) ?? new Set();
        source.sinks.set(sink as string, kinds.add(kind));
        emit(source, 'ElementConnected', connection(sink as string, kind));
      }
    },
    disconnect: (source, { sink, mediaType }) =>
      disconnect(source, sink as string, mediaType === undefined ? MEDIA : [mediaType as string]),
    getSourceConnections: ({ id }) =>
      [...objects.values()].flatMap((source) => connectionsOf(source).filter(({ sink }) => sink === id)),
    getSinkConnections: (object) => connectionsOf(object),
    getGstreamerDot: () => new Promise((resolve) => setTimeout(() => resolve('slow'), 300)),
    dumpGstreamerDot: () => {
      for (;;);
    },
  };

  channel.handle('configure', () => ({ pid: process.pid, port: 0 }));
  channel.handle('create', ({ id, type, parent }) => {
    if (parent !== null) find(parent);
    if (objects.has(id)) throw new Error(`The server chose the id ${id} twice`);
    objects.set(id, { id, type, parent, properties: new Map(), tags: new Map(), sinks: new Map() });
    return null;
  });
  channel.handle('invoke', ({ object: id, operation: name, params }) => {
    const object = find(id);
    const special = operations[name];
    if (special !== undefined) return special(object, params);
    const operation = api.resolveOperation(object.type, name);
    const property = operation?.property;
    if (property === undefined) throw new KurentoError('NOT_IMPLEMENTED', `${name} is not implemented`);
    if (operation?.kind === 'setter') object.properties.set(property, params[property]);
    else if (object.properties.has(property)) return object.properties.get(property);
    else return api.properties(object.type).find((declared) => declared.name === property)?.default;
  });
  channel.handle('release', ({ object: id }) => {
    for (const other of [...objects.keys()]) {
      if (other !== id && !other.startsWith(`${id}/`)) continue;
      for (const source of objects.values()) disconnect(source, other, MEDIA);
      objects.delete(other);
    }
    return null;
  });
  channel.handle('subscribe', ({ object, event }) => {
    find(object);
    wanted.add(`${object} ${event}`);
    return null;
  });
  channel.handle('unsubscribe', ({ object, event }) => {
    wanted.delete(`${object} ${event}`);
    return null;
  });
  channel.handle('status', () => {
    const { user, system } = process.cpuUsage();
    const pipelines = [...objects.values()].filter(({ parent }) => parent === null).length;
    return {
      rssBytes: process.memoryUsage.rss(),
      cpuMicros: user + system,
      pipelines,
      objects: objects.size,
    };
  });
  channel.handle('shutdown', () => null);
  return channel;
}

function connectionsOf({ id, sinks }: TestObject) {
  return Array.from(sinks).flatMap(([sink, kinds]) =>
    Array.from(kinds, (type) => ({
      source: id,
      sink,
      type,
      sourceDescription: 'default',
      sinkDescription: 'default',
    })),
  );
}
