import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A folder of this package: packages that come with Rivero are found from here. */
const HERE = dirname(fileURLToPath(import.meta.url));

interface PackageFile {
  exports?: unknown;
  main?: unknown;
}

/**
 * The main file of a module, as a file: URL. It is named as a file: URL, as a folder or file (absolute, or relative to `base` with a
 * leading dot), or as a package, which is looked for in the node_modules folders from `base` upwards and then in Rivero's own.
 * @throws Error that says where it was looked for
 */
export function locate(name: string, base: string): string {
  if (name.startsWith('file:')) return existing(fileURLToPath(name));
  if (isAbsolute(name) || /^\.\.?(\/|$)/.test(name)) {
    const path = resolve(base, name);
    if (!existsSync(path)) throw new Error(`there is no folder ${path}`);
    return statSync(path).isDirectory() ? mainFile(path) : existing(path);
  }
  if (!/^(@[\w.-]+\/)?[\w.-]+$/.test(name)) throw new Error('this is no name of a package, and no folder');
  for (const start of [base, HERE]) {
    for (let folder = resolve(start); ; folder = dirname(folder)) {
      const found = join(folder, 'node_modules', name);
      if (existsSync(join(found, 'package.json'))) return mainFile(found);
      if (dirname(folder) === folder) break;
    }
  }
  throw new Error(`there is no package of this name: npm install ${name} in ${base}, or give its folder`);
}

/** What `import` of the package would load. */
function mainFile(folder: string): string {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) throw new Error(`${folder} has no package.json`);
  let description: PackageFile;
  try {
    description = JSON.parse(readFileSync(file, 'utf8')) as PackageFile;
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
  const main = exported(description.exports) ?? description.main ?? 'index.js';
  if (typeof main !== 'string') throw new Error(`${file} names no main file`);
  return existing(join(folder, main));
}

/** The `.` of `exports` for `import`. */
function exported(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const conditions = value as Record<string, unknown>;
  for (const name of ['.', 'import', 'node', 'default']) {
    const found = exported(conditions[name]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function existing(path: string): string {
  if (existsSync(path)) return pathToFileURL(path).href;
  throw new Error(`there is no file ${path}; has the module been built?`);
}
