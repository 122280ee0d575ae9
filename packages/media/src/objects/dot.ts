import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MediaElement } from './media-element.js';
import type { MediaObject } from './media-object.js';

/** Elements and their connections in Graphviz' language: all of a pipeline or hub, or one element with its neighbours. */
export function elementsDot(object: MediaObject): string {
  const lines: string[] = [];
  const nodes = new Map<MediaObject, string>();
  const node = (element: MediaObject): string => {
    let name = nodes.get(element);
    if (name === undefined) {
      name = `e${nodes.size}`;
      nodes.set(element, name);
      lines.push(`  ${name} [label=${JSON.stringify(`${element.type}\n${element.getName()}`)}];`);
    }
    return name;
  };
  const visit = (each: MediaObject): void => {
    if (each instanceof MediaElement) {
      node(each);
      for (const { sink, type } of each.sinkConnections) {
        lines.push(`  ${node(each)} -> ${node(sink)} [label="${type}"];`);
      }
      if (each === object) {
        for (const { source, type } of each.sourceConnections) {
          lines.push(`  ${node(source)} -> ${node(each)} [label="${type}"];`);
        }
      }
    }
    for (const child of each.children) visit(child);
  };
  visit(object);
  return `digraph pipeline {\n  rankdir=LR;\n  node [shape=box];\n${lines.join('\n')}\n}\n`;
}

/** Writes a graph to a file named after its object. */
export async function dumpDot(id: string, dot: string): Promise<void> {
  const name = `${id.slice(id.lastIndexOf('/') + 1)}-${Date.now()}.dot`;
  await writeFile(join(process.env.GST_DEBUG_DUMP_DOT_DIR ?? tmpdir(), name), dot, { mode: 0o600 });
}
