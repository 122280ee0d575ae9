// Ranges of versions as npm writes them, the part that descriptors and packages use: `1.2.3`, `^1.2.0`, `~1.2.0`, `>=1.2 <2`,
// `1.x`, `*`, alternatives with `||`. Pre-release and build parts are ignored: 7.3.1-SNAPSHOT counts as 7.3.1.

type Version = readonly [major: number, minor: number, patch: number];
type Comparator = (version: Version) => boolean;

const PART = /^(\^|~|>=|<=|>|<|=)?v?(\d+|[x*])(?:\.(\d+|[x*]))?(?:\.(\d+|[x*]))?(?:[-+][\w.+-]*)?$/i;

/** Whether a version lies in a range. @throws Error for what is no version or no range */
export function satisfies(version: string, range: string): boolean {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(version);
  if (match === null) throw new Error(`'${version}' is no version`);
  const numbers: Version = [Number(match[1]), Number(match[2]), Number(match[3])];
  return range
    .split('||')
    .some((alternative) => comparators(alternative, range).every((holds) => holds(numbers)));
}

function comparators(alternative: string, range: string): Comparator[] {
  const words = alternative
    .trim()
    .replaceAll(/(\^|~|>=|<=|>|<|=)\s+/g, '$1')
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  return words.map((word) => {
    const match = PART.exec(word);
    if (match === null) throw new Error(`'${range}' is no range of versions`);
    return comparator(match[1] ?? '', match.slice(2, 5).map(numberOf));
  });
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || /[x*]/i.test(text) ? undefined : Number(text);
}

function comparator(operator: string, [major, minor, patch]: (number | undefined)[]): Comparator {
  if (major === undefined) return () => true;
  const low: Version = [major, minor ?? 0, patch ?? 0];
  /** The first version that the written numbers do not stand for any more. */
  const end: Version =
    minor === undefined ? [major + 1, 0, 0] : patch === undefined ? [major, minor + 1, 0] : after(low);
  switch (operator) {
    case '>=':
      return (version) => compare(version, low) >= 0;
    case '>':
      return (version) => compare(version, end) >= 0;
    case '<':
      return (version) => compare(version, low) < 0;
    case '<=':
      return (version) => compare(version, end) < 0;
    case '~':
      return within(low, minor === undefined ? [major + 1, 0, 0] : [major, minor + 1, 0]);
    case '^':
      return within(low, caretEnd(major, minor, patch));
    default:
      return within(low, end);
  }
}

/** `^`: no change of the first number that is not 0. */
function caretEnd(major: number, minor: number | undefined, patch: number | undefined): Version {
  if (major > 0 || minor === undefined) return [major + 1, 0, 0];
  if (minor > 0 || patch === undefined) return [0, minor + 1, 0];
  return [0, 0, patch + 1];
}

const after = ([major, minor, patch]: Version): Version => [major, minor, patch + 1];

function within(low: Version, end: Version): Comparator {
  return (version) => compare(version, low) >= 0 && compare(version, end) < 0;
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
