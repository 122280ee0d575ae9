import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Another Node.js process that only begins to load a file needs no longer, ms. */
const PLACE_MS = 10_000;

/**
 * Imports a file of a module. What can't be parsed is told with the place, which Node.js says only where a program ends by it.
 * @param limitMs how long what the file waits for may take
 * @throws Error; what the file throws
 */
export async function importFile(url: string, limitMs?: number): Promise<{ readonly default?: unknown }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    if (limitMs === undefined) return;
    const message = `it is not loaded after ${limitMs / 1000} s: does it wait for something that never comes?`;
    timer = setTimeout(() => reject(new Error(message)), limitMs);
  });
  try {
    return (await Promise.race([import(url), late])) as { readonly default?: unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const place = placeIn(error.stack) ?? (await foundPlace(url, error.stack));
    if (place === undefined) throw error;
    throw new SyntaxError(`${place}: ${error.message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** File and line of what can't be parsed or linked, as Node.js puts them above the message. */
function placeIn(text = ''): string | undefined {
  const [, place, line] = /^(file:.*):(\d+)$/m.exec(text) ?? [];
  return place === undefined ? undefined : `${fileURLToPath(place)}:${line}`;
}

/** Another process that loads the same file says the place as it ends. No code of it runs: parsing comes first. */
function foundPlace(url: string, stack = ''): Promise<string | undefined> {
  // Running code has thrown it.
  if (stack.includes('file:')) return Promise.resolve(undefined);
  const args = ['--input-type=module', '--eval', `await import(${JSON.stringify(url)})`];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: PLACE_MS }, (_error, _stdout, stderr) =>
      resolve(placeIn(stderr)),
    );
  });
}
