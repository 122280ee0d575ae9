import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ModuleDecl } from '@rivero/api';
import { ApiModel } from './api-model.js';
import { writeClasses } from './classes.js';
import { ModuleWriter } from './module-writer.js';
import { indexText } from './tables.js';
import { writeComplexTypes, writeEvents } from './types.js';

/** The generated files of a set of modules by name, formatted as the repository's other files are. */
export function generate(modules: readonly ModuleDecl[]): Map<string, string> {
  const api = new ApiModel(modules);
  const files = new Map<string, string>();
  for (const module of modules) {
    const writer = new ModuleWriter(api, module);
    writeComplexTypes(writer);
    writeEvents(writer);
    writeClasses(writer);
    files.set(`${module.name}.ts`, formatted(`${module.name}.ts`, writer.toString()));
  }
  files.set('index.ts', formatted('index.ts', indexText(api)));
  return files;
}

/** The folder of the generated sources; compiled code lies in `dist`, sources in `src`. */
export const generatedFolder = fileURLToPath(new URL('../../src/generated/', import.meta.url));

const repository = fileURLToPath(new URL('../../../../', import.meta.url));

function formatted(name: string, text: string): string {
  return execFileSync(
    process.execPath,
    [
      `${repository}node_modules/@biomejs/biome/bin/biome`,
      'check',
      '--write',
      `--stdin-file-path=packages/client/src/generated/${name}`,
    ],
    { cwd: repository, input: text, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 },
  );
}
