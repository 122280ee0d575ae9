/** The same text with characters of its own: what was cut out of a longer text holds all of that in memory. */
export function ownCopy(text: string): string {
  const copy = Buffer.from(text, 'latin1').toString('latin1');
  return copy === text ? copy : Buffer.from(text, 'utf16le').toString('utf16le');
}

/** Names that came before. */
const names = new Map<string, string>();
/** They are forgotten when there are so many. */
const MAX_NAMES = 1024;
const MAX_NAME_LENGTH = 64;

/** The same text, one for all who have it: for names of which there are few, such as types and algorithms. */
export function interned(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const copy = ownCopy(text);
  if (copy.length > MAX_NAME_LENGTH) return copy;
  if (names.size === MAX_NAMES) names.clear();
  names.set(copy, copy);
  return copy;
}
