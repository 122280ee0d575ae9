import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { riveroVersion } from '../loader/load-modules.js';
import { moduleNames } from './names.js';
import { type ScaffoldKind, scaffoldFiles } from './templates.js';

/** The folder of this package in the installation. */
const HERE = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Makes a folder with a module that works, and its test; the folder has the name of the module.
 * @returns the folder
 * @throws Error where the name is no good or the folder is taken
 */
export function scaffold(path: string, kind: ScaffoldKind): string {
  const folder = resolve(path);
  const names = moduleNames(folder.slice(folder.lastIndexOf('/') + 1));
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Error(`${folder} is there already`);
  for (const [file, text] of scaffoldFiles(names, kind, riveroVersion)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  link(folder);
  return folder;
}

/**
 * Gives a module's folder what it is written with from this installation of Rivero: its packages, the compiler, and the types of
 * Node.js. Nothing is downloaded.
 * @throws Error where the folder is no package, or the installation has no compiler
 */
export function link(folder: string): void {
  if (!existsSync(join(folder, 'package.json'))) throw new Error(`${folder} has no package.json`);
  const require = createRequire(import.meta.url);
  const packageFolder = (name: string): string => dirname(require.resolve(`${name}/package.json`));
  const links: [string, string][] = [
    ['@rivero/module', HERE],
    ['typescript', packageFolder('typescript')],
    ['@types/node', packageFolder('@types/node')],
    ['.bin/tsc', join(packageFolder('typescript'), 'bin', 'tsc')],
  ];
  for (const [name, target] of links) {
    const place = join(folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    if (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true) rmSync(place);
    if (!existsSync(place)) symlinkSync(target, place);
  }
}
