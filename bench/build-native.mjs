// Compiles the addon of the benchmarks with the headers that lie beside the running node, as scripts/build-addon.mjs
// does for the packet engine: both use the OpenSSL within node, so that they are compared on equal terms.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const directory = dirname(fileURLToPath(import.meta.url));
const FLAGS = [
  '-std=c++17',
  '-O3',
  '-fPIC',
  '-fvisibility=hidden',
  '-fno-exceptions',
  '-fno-strict-aliasing',
  '-pthread',
  '-Wall',
  '-Wextra',
  '-DNAPI_VERSION=8',
  '-DNAPI_DISABLE_CPP_EXCEPTIONS',
  '-DNODE_GYP_MODULE_NAME=rivero_bench',
  '-shared',
];

/** Builds the addon unless it is up to date. @returns {string} its path */
export function buildNative() {
  const native = join(directory, 'native');
  const files = readdirSync(native).sort();
  const digest = createHash('sha256').update([process.version, process.arch, ...FLAGS].join(' '));
  for (const file of files) digest.update(`${file}\n`).update(readFileSync(join(native, file)));
  const stamp = digest.digest('hex');
  const target = join(
    directory,
    'build',
    `bench-${process.version}-${process.platform}-${process.arch}.node`,
  );
  const stampFile = `${target}.stamp`;
  if (existsSync(target) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return target;

  const headers = [resolve(dirname(process.execPath), '../include/node'), '/usr/include/node'].find(
    (candidate) => existsSync(join(candidate, 'node_api.h')),
  );
  if (headers === undefined) throw new Error('no headers beside the running node');
  const engine = createRequire(join(directory, '../packages/packet-engine/package.json'));
  const api = dirname(engine.resolve('node-addon-api/package.json'));
  mkdirSync(dirname(target), { recursive: true });
  console.log('── benchmark addon: compiling …');
  const sources = files.filter((file) => file.endsWith('.cc')).map((file) => join(native, file));
  const temporary = `${target}.${process.pid}.tmp`;
  const includes = ['-isystem', headers, '-isystem', api];
  execFileSync(process.env.CXX || 'g++', [...FLAGS, ...includes, ...sources, '-o', temporary], {
    stdio: 'inherit',
  });
  renameSync(temporary, target);
  writeFileSync(stampFile, stamp);
  return target;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  buildNative();
