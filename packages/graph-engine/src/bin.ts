import { loadAddon } from './addon.js';
import { GstElement } from './element.js';
import { coded } from './errors.js';
import type { GstPad } from './pad.js';
import { registerKind, wrapAs } from './wrap.js';

export class GstBin extends GstElement {
  /** An empty bin. */
  static create(name = ''): GstBin {
    return wrapAs<GstBin>(coded(() => loadAddon().makeBin(name)));
  }

  /**
   * A bin from gst-launch's syntax.
   * @param ghostPads pads that are not linked become pads of the bin: sink and src
   * @throws GraphEngineError PARSE_FAILED
   */
  static parse(description: string, ghostPads = true): GstBin {
    return wrapAs<GstBin>(coded(() => loadAddon().parseBin(description, ghostPads)));
  }

  /** @throws GraphEngineError INVALID_STATE when it is in a bin already, or its name is taken */
  add(...elements: readonly GstElement[]): void {
    for (const element of elements) coded(() => this.handle.add(element.handle));
  }

  /**
   * Takes an element out and ends all listeners and probes on it (`dispose`). It must be in state `null`, or be set to it after,
   * by whoever removes it.
   * @throws GraphEngineError INVALID_STATE when it is not in this bin
   */
  remove(element: GstElement): void {
    coded(() => this.handle.remove(element.handle));
  }

  children(): GstElement[] {
    return coded(() => this.handle.children()).map((child) => wrapAs<GstElement>(child));
  }

  /** A child, grandchild … of this name. */
  find(name: string): GstElement | undefined {
    const child = coded(() => this.handle.child(name));
    return child && wrapAs<GstElement>(child);
  }

  /**
   * Makes a pad of something inside a pad of the bin. Without a target it waits for setTarget; the direction is the template's then.
   */
  addGhostPad(name: string, target: GstPad | { direction: 'src' | 'sink' }): GstPad {
    const handle = 'handle' in target ? target.handle : undefined;
    return wrapAs<GstPad>(coded(() => this.handle.addGhostPad(name, handle, target.direction)));
  }

  /** The graph of the bin in Graphviz' language. */
  dot(): string {
    return coded(() => this.handle.dot());
  }
}

registerKind('bin', (handle) => new GstBin(handle));
