// Writes src/generated anew: node packages/client/dist/generator/main.js
// With further modules, named as in the server's setting `modules`: … main.js --modules ./glow,another-module

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { api } from '@rivero/api';
import { BUNDLED_MODULES, loadModules } from '@rivero/module/loader';
import { generate, generatedFolder } from './generate.js';

const { values } = parseArgs({ options: { modules: { type: 'string', default: '' } } });
const further = values.modules.split(',').filter((name) => name !== '');
const loaded = await loadModules([...BUNDLED_MODULES, ...further], { api });
for (const { message } of loaded.failures) throw new Error(message);
const files = generate(loaded.api.modules);
mkdirSync(generatedFolder, { recursive: true });
for (const name of readdirSync(generatedFolder)) if (!files.has(name)) rmSync(join(generatedFolder, name));
for (const [name, text] of files) writeFileSync(join(generatedFolder, name), text);
