// Writes src/generated anew: node packages/client/dist/generator/main.js

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledApi } from '@rivero/module/loader';
import { generate, generatedFolder } from './generate.js';

const files = generate((await bundledApi()).modules);
mkdirSync(generatedFolder, { recursive: true });
for (const name of readdirSync(generatedFolder)) if (!files.has(name)) rmSync(join(generatedFolder, name));
for (const [name, text] of files) writeFileSync(join(generatedFolder, name), text);
