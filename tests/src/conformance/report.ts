/** What came of the checks of one topic. */
export class Report {
  topic: string;
  /** Checks where everything was as recorded. */
  same = 0;
  /** Checks where we do something else on purpose, by the reason. */
  readonly different = new Map<string, number>();
  /** Checks that could not be made, by the reason. */
  readonly skipped = new Map<string, number>();
  readonly failures: string[] = [];

  constructor(topic: string) {
    this.topic = topic;
  }

  addDifferent(reason: string): void {
    this.different.set(reason, (this.different.get(reason) ?? 0) + 1);
  }

  addSkipped(reason: string): void {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
  }

  /** One line: how many of what. */
  get summary(): string {
    const counts = [
      `${this.same} as the reference`,
      ...(total(this.different) > 0 ? [`${total(this.different)} different on purpose`] : []),
      ...(total(this.skipped) > 0 ? [`${total(this.skipped)} skipped`] : []),
      ...(this.failures.length > 0 ? [`${this.failures.length} FAILED`] : []),
    ];
    return `${this.topic}: ${counts.join(', ')}`;
  }
}

export function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}

/** Adds up reasons over several reports, the most frequent first. */
export function reasons(
  reports: readonly Report[],
  which: (report: Report) => ReadonlyMap<string, number>,
): [string, number][] {
  const all = new Map<string, number>();
  for (const report of reports) {
    for (const [reason, count] of which(report)) all.set(reason, (all.get(reason) ?? 0) + count);
  }
  return [...all].sort(([, a], [, b]) => b - a);
}
