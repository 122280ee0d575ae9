import {
  drawImage,
  drawRectangle,
  GREEN,
  type Picture,
  type Point,
  type Rgba,
  resizeRgba,
  WHITE,
} from '@rivero/vision';

/** A window with its images at hand. */
export interface PointerWindow {
  readonly id: string;
  /** Upper left corner and size in pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly image?: Rgba | undefined;
  readonly activeImage?: Rgba | undefined;
  /** 1 minus the transparency: 0 to 1. */
  readonly opacity: number;
}

/** What has happened since the picture before. */
export interface WindowChange {
  readonly event: 'WindowIn' | 'WindowOut';
  readonly windowId: string;
}

/** The windows of a pointer: which one it is in, and how they look. Where they lie over each other the last one counts. */
export class PointerWindows {
  readonly #windows = new Map<string, PointerWindow>();
  #current: string | undefined;

  /** Adds a window, or replaces the one with its id. */
  add(window: PointerWindow): void {
    const { width, height } = window;
    const sized = (image: Rgba | undefined) => image && resizeRgba(image, width, height);
    const image = sized(window.image);
    const activeImage = sized(window.activeImage) ?? (image && greened(image));
    this.#windows.set(window.id, { ...window, image, activeImage });
  }

  remove(id: string): void {
    this.#windows.delete(id);
  }

  clear(): void {
    this.#windows.clear();
  }

  /**
   * Tells which window the pointer is in now. As in Kurento, a pointer that goes straight from one window into
   * another has only entered the other one.
   */
  move(pointer: Point): WindowChange | undefined {
    let inside: string | undefined;
    for (const window of this.#windows.values()) if (contains(window, pointer)) inside = window.id;
    if (inside === this.#current) return undefined;
    const left = this.#current;
    this.#current = inside;
    if (inside !== undefined) return { event: 'WindowIn', windowId: inside };
    return left === undefined ? undefined : { event: 'WindowOut', windowId: left };
  }

  /** Draws the windows: their images, or outlines in white and, with the pointer in it, green. */
  draw(picture: Picture, pointer: Point | undefined): void {
    for (const window of this.#windows.values()) {
      const active = pointer !== undefined && contains(window, pointer);
      const image = (active ? window.activeImage : undefined) ?? window.image;
      if (image !== undefined) drawImage(picture, image, window.x, window.y, window.opacity);
      else drawRectangle(picture, window, active ? GREEN : WHITE);
    }
  }
}

/** The image of a window that has none for the pointer in it: the other one with all of the green, as Kurento shows it. */
function greened(image: Rgba): Rgba {
  const data = image.data.slice();
  for (let at = 1; at < data.length; at += 4) data[at] = 255;
  return { ...image, data };
}

function contains(window: PointerWindow, { x, y }: Point): boolean {
  return x > window.x && y > window.y && x < window.x + window.width && y < window.y + window.height;
}
