import assert from 'node:assert/strict';
import type { TestClient } from './test-client.js';

export const MEDIA_TYPES = ['AUDIO', 'VIDEO', 'DATA'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

interface Node {
  id: string;
  parent: Node | undefined;
  isElement: boolean;
  children: Set<Node>;
}

/** What the objects of one client should look like: the tree, and one source for each medium of an element. */
export class TreeModel {
  readonly objects: Node[] = [];
  /** By sink and medium. */
  readonly #sources = new Map<string, { source: Node; sink: Node; type: MediaType }>();

  /** The object at a random place, if it is of that kind. */
  pick(index: number, wanted: (node: Node) => boolean): Node | undefined {
    const candidates = this.objects.filter(wanted);
    return candidates[index % Math.max(1, candidates.length)];
  }

  add(id: string, parent: Node | undefined, isElement: boolean): void {
    const node: Node = { id, parent, isElement, children: new Set() };
    parent?.children.add(node);
    this.objects.push(node);
  }

  release(node: Node): void {
    for (const child of [...node.children]) this.release(child);
    node.parent?.children.delete(node);
    this.objects.splice(this.objects.indexOf(node), 1);
    for (const [key, { source, sink }] of this.#sources) {
      if (source === node || sink === node) this.#sources.delete(key);
    }
  }

  /** A sink has one source at a time: a new one takes the place of the old one. */
  connect(source: Node, sink: Node, type: MediaType | undefined): void {
    for (const each of type === undefined ? MEDIA_TYPES : [type]) {
      this.#sources.set(`${sink.id} ${each}`, { source, sink, type: each });
    }
  }

  disconnect(source: Node, sink: Node, type: MediaType | undefined): void {
    for (const each of type === undefined ? MEDIA_TYPES : [type]) {
      const key = `${sink.id} ${each}`;
      if (this.#sources.get(key)?.source === source) this.#sources.delete(key);
    }
  }

  pipelineOf(node: Node): Node {
    return node.parent === undefined ? node : this.pipelineOf(node.parent);
  }

  /** Asks the server about everything and compares. */
  async check(client: TestClient): Promise<void> {
    const pipelines = await client.invoke('manager_ServerManager', 'getPipelines');
    const roots = this.objects.filter(({ parent }) => parent === undefined);
    assert.deepEqual(sorted(pipelines), sorted(roots.map(({ id }) => id)));
    for (const node of this.objects) {
      assert.deepEqual(sorted(await client.invoke(node.id, 'getChildren')), sorted(ids(node.children)));
      assert.equal(await client.invoke(node.id, 'getParent'), node.parent?.id ?? null);
      if (!node.isElement) continue;
      const connections = [...this.#sources.values()];
      for (const [operation, side] of [
        ['getSourceConnections', 'sink'],
        ['getSinkConnections', 'source'],
      ] as const) {
        const found = (await client.invoke(node.id, operation)) as Record<string, string>[];
        assert.deepEqual(
          sorted(found.map(({ source, sink, type }) => `${source} ${sink} ${type}`)),
          sorted(
            connections
              .filter((connection) => connection[side] === node)
              .map(({ source, sink, type }) => `${source.id} ${sink.id} ${type}`),
          ),
          `${operation} of ${node.id}`,
        );
      }
    }
  }
}

function ids(nodes: Iterable<Node>): string[] {
  return Array.from(nodes, ({ id }) => id);
}

function sorted(values: unknown): string[] {
  return [...(values as string[])].sort();
}
