import { readFileSync } from 'node:fs';

/** Text of a file in src/fixtures (the compiled tests lie in dist). */
export function readFixture(name: string): string {
  return readFileSync(new URL(`../../src/fixtures/${name}`, import.meta.url), 'utf8');
}
