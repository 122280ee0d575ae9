let count = 0;

/** A name for a bin or element of the pipeline: one that is being taken down may still have the name that the next one wants. */
export function uniqueName(name: string): string {
  return `${name}-${++count}`;
}
