#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { runProgram } from './program.js';

runProgram(() => fileURLToPath(import.meta.resolve('@rivero/media/worker')));
