// Compiles the native addons with the headers that lie beside the running node:
// `node scripts/build-addon.mjs [packet-engine] [graph-engine]`, by default both, the graph engine only where GStreamer is.
// Does nothing when sources, compiler, flags and node are those of the last build. Options: --sanitize builds a
// variant with address and undefined-behaviour checks, --sanitize=thread one that finds data races, --quiet prints
// problems only.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const packages = resolve(dirname(fileURLToPath(import.meta.url)), '../packages');

/** What is particular to each addon; the key is the folder of its package. */
const ADDONS = {
  // OpenSSL and libuv come from the node binary itself: nothing is linked.
  'packet-engine': { title: 'packet engine', needsOpenssl: true, libraries: [] },
  'graph-engine': {
    title: 'graph engine',
    needsOpenssl: false,
    libraries: ['gio-2.0', 'gstreamer-1.0', 'gstreamer-app-1.0', 'gstreamer-rtp-1.0', 'gstreamer-video-1.0'],
  },
};

const COMMON_FLAGS = [
  '-std=c++17',
  '-O3',
  '-fPIC',
  '-fvisibility=hidden',
  '-fno-exceptions',
  '-fno-strict-aliasing',
  '-pthread',
  '-Wall',
  '-Wextra',
  '-Wshadow',
  '-DNAPI_VERSION=8',
  '-DNAPI_DISABLE_CPP_EXCEPTIONS',
];
/** What a variant checks, by its name. */
const VARIANTS = { '': undefined, sanitize: 'address,undefined', 'sanitize-thread': 'thread' };

function sanitizeFlags(variant) {
  const checks = VARIANTS[variant];
  return checks ? ['-O1', '-g', '-fno-omit-frame-pointer', `-fsanitize=${checks}`] : [];
}

/** A reason for which there can be no addon, in one line. */
export class AddonBuildError extends Error {}

/** A library that is not installed with its headers: an addon that is optional can be left out then. */
export class LibraryMissingError extends AddonBuildError {}

/** Where an addon for the running node is, or will be. */
function addonPath(name, variant) {
  const suffix = variant === '' ? '' : `-${variant}`;
  const file = `${moduleName(name)}-${process.version}-${process.platform}-${process.arch}${suffix}.node`;
  return join(packages, name, 'build', file);
}

function moduleName(name) {
  return name.replace('-', '_');
}

/**
 * Builds an addon unless it is up to date.
 * @param {'packet-engine' | 'graph-engine'} name
 * @param {{ variant?: '' | 'sanitize' | 'sanitize-thread', log?: (line: string) => void }} [options]
 * @returns {Promise<{ path: string, built: boolean }>}
 * @throws {AddonBuildError} no compiler, no headers, or a compiler error
 * @throws {LibraryMissingError} a library that it is made for is not there
 */
export async function buildAddon(name, options = {}) {
  const { title, needsOpenssl, libraries } = ADDONS[name];
  const packageDirectory = join(packages, name);
  const log = options.log ?? (() => {});
  const compiler = process.env.CXX || 'g++';
  const variant = options.variant ?? '';
  const libraryFlags = systemIncludes(pkgConfig('--cflags', libraries));
  const moduleFlag = `-DNODE_GYP_MODULE_NAME=${moduleName(name)}`;
  const flags = [...COMMON_FLAGS, moduleFlag, ...libraryFlags, ...sanitizeFlags(variant)];
  const includes = includeDirectories(packageDirectory, needsOpenssl);
  const target = addonPath(name, variant);
  const nativeDirectory = join(packageDirectory, 'native');
  const files = readdirSync(nativeDirectory).sort();
  const sources = files.filter((name) => name.endsWith('.cc'));
  const headers = files.filter((name) => name.endsWith('.h'));

  const common = hash([
    compiler,
    compilerVersion(compiler),
    ...pkgConfig('--modversion', libraries),
    process.version,
    process.arch,
    ...flags,
    ...includes.map(describeHeaders),
    ...headers.map((file) => `${file}\n${readFileSync(join(nativeDirectory, file), 'utf8')}`),
  ]);
  const objects = sources.map((file) => {
    const source = join(nativeDirectory, file);
    const key = hash([common, file, readFileSync(source, 'utf8')]);
    return { file, source, object: join(packageDirectory, 'build/objects', `${file}-${key}.o`) };
  });
  const stamp = hash(objects.map((entry) => entry.object));
  const stampFile = `${target}.stamp`;
  if (existsSync(target) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) {
    return { path: target, built: false };
  }

  mkdirSync(join(packageDirectory, 'build/objects'), { recursive: true });
  const missing = objects.filter((entry) => !existsSync(entry.object));
  const arguments_ = [...flags, ...includes.flatMap((directory) => ['-isystem', directory])];
  let done = 0;
  await inParallel(missing, Math.max(2, availableParallelism()), async (entry) => {
    await compile(title, compiler, [...arguments_, '-c', entry.source], entry.object);
    log(`${title}: compiled ${entry.file} (${++done}/${missing.length})`);
  });
  const linkFlags = ['-shared', '-pthread', ...(variant === '' ? ['-s'] : sanitizeFlags(variant))];
  const inputs = [...objects.map((entry) => entry.object), ...pkgConfig('--libs', libraries)];
  await compile(title, compiler, [...linkFlags, ...inputs], target);
  writeFileSync(stampFile, stamp);
  removeStaleObjects(
    join(packageDirectory, 'build/objects'),
    objects.map((entry) => entry.object),
  );
  log(`${title}: built ${target}`);
  return { path: target, built: true };
}

/** What pkg-config says of the libraries, as separate arguments. */
function pkgConfig(option, libraries) {
  if (libraries.length === 0) return [];
  try {
    const output = execFileSync('pkg-config', [option, ...libraries], { encoding: 'utf8', stdio: 'pipe' });
    return output.split(/\s+/).filter((argument) => argument !== '');
  } catch {
    throw new LibraryMissingError(`pkg-config does not find ${libraries.join(', ')}`);
  }
}

/** Headers of libraries are not ours to warn about. */
function systemIncludes(flags) {
  return flags.map((flag) => (flag.startsWith('-I') ? `-isystem${flag.slice(2)}` : flag));
}

function includeDirectories(packageDirectory, needsOpenssl) {
  const candidates = [resolve(dirname(process.execPath), '../include/node'), '/usr/include/node'];
  const node = candidates.find((directory) => headerVersion(directory) === process.versions.node);
  if (node === undefined) {
    throw new AddonBuildError(
      `no headers of Node.js ${process.versions.node} in ${candidates[0]} or ${candidates[1]}; ` +
        'install Node.js from its official archive or the package nodejs of nodesource.com, which bring them',
    );
  }
  if (needsOpenssl && !existsSync(join(node, 'openssl/ssl.h')) && !existsSync('/usr/include/openssl/ssl.h')) {
    throw new AddonBuildError(`no OpenSSL headers in ${node}; install libssl-dev`);
  }
  const api = dirname(
    createRequire(join(packageDirectory, 'package.json')).resolve('node-addon-api/package.json'),
  );
  return [node, api];
}

/** The version a header directory belongs to, undefined when it is none. */
function headerVersion(directory) {
  const file = join(directory, 'node_version.h');
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const part = (name) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
  return `${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}`;
}

function describeHeaders(directory) {
  const version = ['node_version.h', 'openssl/opensslv.h', 'napi.h', 'uv/version.h']
    .map((name) => join(directory, name))
    .filter((name) => existsSync(name))
    .map((name) => readFileSync(name, 'utf8'));
  return hash([directory, ...version]);
}

function compilerVersion(compiler) {
  try {
    return execFileSync(compiler, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    throw new AddonBuildError(`no C++ compiler: ${compiler} cannot be run; install g++ or set CXX`);
  }
}

/** Writes beside the target first, so that nobody ever sees half a file. */
async function compile(title, compiler, args, output) {
  const temporary = `${output}.${process.pid}.tmp`;
  try {
    const { stderr } = await run(compiler, [...args, '-o', temporary], { maxBuffer: 64 << 20 });
    if (stderr !== '') process.stderr.write(stderr);
  } catch (error) {
    rmSync(temporary, { force: true });
    process.stderr.write(error.stderr ?? '');
    throw new AddonBuildError(`the ${title} does not compile: ${compiler} failed`);
  }
  renameSync(temporary, output);
}

async function inParallel(items, workers, task) {
  const queue = [...items];
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await task(item);
  };
  await Promise.all(Array.from({ length: workers }, work));
}

/** Keeps the object cache from growing for ever. */
function removeStaleObjects(directory, current) {
  const stale = readdirSync(directory)
    .map((name) => join(directory, name))
    .filter((file) => file.endsWith('.o') && !current.includes(file))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const file of stale.slice(200)) rmSync(file, { force: true });
}

function hash(parts) {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(`${part.length}:${part}`);
  return digest.digest('hex').slice(0, 24);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const quiet = process.argv.includes('--quiet');
  const log = quiet ? () => {} : (line) => console.log(line);
  const thread = process.argv.includes('--sanitize=thread');
  const variant = thread ? 'sanitize-thread' : process.argv.includes('--sanitize') ? 'sanitize' : '';
  const wanted = Object.keys(ADDONS).filter((name) => process.argv.includes(name));
  for (const name of wanted.length > 0 ? wanted : Object.keys(ADDONS)) {
    try {
      const result = await buildAddon(name, { variant, log });
      if (!result.built) log(`${ADDONS[name].title}: up to date`);
    } catch (error) {
      if (!(error instanceof AddonBuildError)) throw error;
      console.error(`${ADDONS[name].title}: ${error.message}`);
      if (wanted.length > 0 || !(error instanceof LibraryMissingError)) process.exitCode = 1;
    }
  }
}
