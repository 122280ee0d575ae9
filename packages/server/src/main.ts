#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { isModuleCommand, runModuleCommand } from './cli/module-command.js';
import { runProgram } from './program.js';

const words = process.argv.slice(2);
if (isModuleCommand(words)) process.exitCode = await runModuleCommand(words);
else runProgram(() => fileURLToPath(import.meta.resolve('@rivero/media/worker')));
