/**
 * Parses JSON as leniently as the JSON parser of the reference server: comments are allowed, and what follows
 * the first value is ignored. Text that JSON.parse takes costs nothing extra. Throws SyntaxError otherwise.
 */
export function parseLenient(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const first = firstValue(text);
    if (first === text) throw error;
    return JSON.parse(first);
  }
}

/** The text of the first value without comments; the whole text when nothing is to be left out. */
function firstValue(text: string): string {
  let kept = '';
  let from = 0;
  let depth = 0;
  let i = 0;
  while (i < text.length) {
    const character = text[i]!;
    if (character === '"') {
      i = endOfString(text, i);
      if (depth === 0) return kept + text.slice(from, i);
    } else if (character === '/' && (text[i + 1] === '/' || text[i + 1] === '*')) {
      kept += `${text.slice(from, i)} `;
      i = endOfComment(text, i);
      from = i;
    } else if (character === '{' || character === '[') {
      depth++;
      i++;
    } else if (character === '}' || character === ']') {
      i++;
      if (--depth <= 0) return kept + text.slice(from, i);
    } else if (depth === 0 && !isSpace(character)) {
      const end = endOfWord(text, i);
      return kept + text.slice(from, end);
    } else {
      i++;
    }
  }
  return kept + text.slice(from);
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i + 1;
  }
  return text.length;
}

function endOfComment(text: string, start: number): number {
  const line = text[start + 1] === '/';
  const end = text.indexOf(line ? '\n' : '*/', start + 2);
  return end < 0 ? text.length : end + (line ? 1 : 2);
}

function endOfWord(text: string, start: number): number {
  let i = start;
  while (i < text.length && /[-+.\w]/.test(text[i]!)) i++;
  return Math.max(i, start + 1);
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}

/**
 * The value with the members of every object sorted by name, as the reference server writes them. Objects that
 * are sorted already are given back as they are.
 */
export function sortMembers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const item = sortMembers(value[i]);
      if (item !== value[i]) {
        copy ??= value.slice();
        copy[i] = item;
      }
    }
    return copy ?? value;
  }
  const source = value as Record<string, unknown>;
  const names = Object.keys(source);
  let same = true;
  let previous = '';
  const sorted: Record<string, unknown> = {};
  for (const name of names) {
    if (name < previous) same = false;
    previous = name;
  }
  if (!same) names.sort();
  for (const name of names) {
    const member = sortMembers(source[name]);
    if (member !== source[name]) same = false;
    // A plain assignment to this name would set the prototype.
    if (name === '__proto__') Object.defineProperty(sorted, name, { value: member, enumerable: true });
    else sorted[name] = member;
  }
  return same ? value : sorted;
}
