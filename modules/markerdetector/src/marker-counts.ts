/** How often a marker is in the picture, and by how much that has changed. */
export interface CountChange {
  readonly id: number;
  readonly count: number;
  readonly difference: number;
}

/** Counts markers by their numbers from picture to picture. */
export class MarkerCounts {
  #counts = new Map<number, number>();

  /** @param ids of the markers in a picture, each as often as it is there @returns what has changed since the one before */
  add(ids: readonly number[]): CountChange[] {
    const counts = new Map<number, number>();
    for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
    const changes: CountChange[] = [];
    for (const [id, count] of counts) {
      const before = this.#counts.get(id) ?? 0;
      if (count !== before) changes.push({ id, count, difference: count - before });
    }
    for (const [id, before] of this.#counts) {
      if (!counts.has(id)) changes.push({ id, count: 0, difference: -before });
    }
    this.#counts = counts;
    return changes;
  }
}
