/**
 * Sets up everything that the server, the tests or the benchmarks need, and does only what is missing:
 * Debian packages, `npm ci`, the native addons, the TypeScript build. Plain Node, no dependencies, since it
 * runs before anything is installed.
 *
 * As a program: node scripts/setup.mjs [--for start|test|build]
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const NODE_VERSIONS = 'Node.js 20 (from 20.11), 22 or 24';
const compiler = { debian: 'g++', found: () => onPath('g++') };
/** What the graph process is built with and runs on; forwarding works without any of it. */
const gstreamer = [
  { debian: 'libgstreamer1.0-dev', found: () => onPkgConfig('gstreamer-1.0') },
  { debian: 'libgstreamer-plugins-base1.0-dev', found: () => onPkgConfig('gstreamer-app-1.0') },
  gstreamerPlugin('gstreamer1.0-plugins-base', 'libgstplayback.so'),
  gstreamerPlugin('gstreamer1.0-plugins-good', 'libgstrtpmanager.so'),
  gstreamerPlugin('gstreamer1.0-plugins-bad', 'libgstmpegtsdemux.so'),
  gstreamerPlugin('gstreamer1.0-plugins-ugly', 'libgstx264.so'),
  gstreamerPlugin('gstreamer1.0-libav', 'libgstlibav.so'),
];
const testTools = [
  { debian: 'chromium', found: () => Boolean(process.env.RIVERO_CHROMIUM) || onPath('chromium') },
  { debian: 'firefox-esr', found: () => Boolean(process.env.RIVERO_FIREFOX) || onPath('firefox-esr') },
  { debian: 'libsrtp2-dev', found: () => existsSync('/usr/include/srtp2/srtp.h') },
  { debian: 'ffmpeg', found: () => onPath('ffmpeg') },
  { debian: 'sip-tester', found: () => onPath('sipp') },
  // A phone, and its H.264 and H.263.
  { debian: 'baresip-core', found: () => onPath('baresip') },
  debianPackage('baresip-ffmpeg'),
  { debian: 'iproute2', found: () => onPath('ip') },
  { debian: 'openssl', found: () => onPath('openssl') },
  { debian: 'coturn', found: () => onPath('turnserver') },
  // GStreamer's webrtcbin as a peer, driven from Python.
  { debian: 'gstreamer1.0-tools', found: () => onPath('gst-launch-1.0') },
  debianPackage('gstreamer1.0-nice'),
  debianPackage('python3-gi'),
  // aiortc as a peer.
  debianPackage('python3-aiortc'),
  debianPackage('gir1.2-gst-plugins-bad-1.0'),
  debianPackage('gir1.2-gst-rtsp-server-1.0'),
  // Speech for the detector of voices.
  { debian: 'espeak-ng', found: () => onPath('espeak-ng') },
  // Finding faces.
  debianPackage('gstreamer1.0-opencv'),
  debianPackage('opencv-data'),
];

/** A package without a program or header to look for. */
function debianPackage(name) {
  return { debian: name, found: () => existsSync(`/var/lib/dpkg/info/${name}.list`) || multiarchList(name) };
}

/** Packages that may stand beside those of other architectures have theirs in the name of their list. */
function multiarchList(name) {
  return ['amd64', 'arm64'].some((arch) => existsSync(`/var/lib/dpkg/info/${name}:${arch}.list`));
}

function onPkgConfig(library) {
  return onPath('pkg-config') && spawnSync('pkg-config', ['--exists', library]).status === 0;
}

/** Also found where it was not installed from a Debian package. */
function gstreamerPlugin(name, file) {
  const libraries = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];
  const multiarch = ['x86_64-linux-gnu', 'aarch64-linux-gnu'];
  const folders = libraries.flatMap((folder) => [folder, ...multiarch.map((arch) => join(folder, arch))]);
  const paths = folders.map((folder) => join(folder, 'gstreamer-1.0'));
  return {
    debian: name,
    found: () =>
      [...pathList(process.env.GST_PLUGIN_PATH), ...paths].some((path) => existsSync(join(path, file))),
  };
}

/** What each purpose needs: programs and libraries of the system, some of which it can do without, and the TypeScript projects to build. */
const purposes = {
  start: {
    tools: [compiler],
    optional: gstreamer,
    projects: ['packages/server', 'packages/media', 'modules'],
  },
  build: { tools: [compiler], optional: gstreamer, projects: ['.'] },
  test: { tools: [compiler, ...gstreamer, ...testTools], optional: [], projects: ['.'] },
};

/** A reason why setting up can't go on, in one line for the person at the terminal. */
export class SetupError extends Error {}

/**
 * Makes everything ready for a purpose.
 * @param {'start' | 'test' | 'build'} purpose
 * @throws {SetupError} with one line that says what is missing
 */
export async function setUp(purpose) {
  const needs = purposes[purpose];
  if (!needs) throw new SetupError(`unknown purpose '${purpose}': use start, test or build`);
  checkSystem();
  await installTools(needs.tools.filter((tool) => !tool.found()));
  await installOptional(needs.optional.filter((tool) => !tool.found()));
  await installModules();
  await buildAddons();
  await buildTypeScript(needs.projects);
}

/**
 * Runs a main function as a program: a SetupError becomes one line and exit code 1.
 * @param {() => Promise<void>} main
 */
export async function runProgram(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`rivero: ${error.message}`);
    process.exitCode = 1;
  }
}

function checkSystem() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (![20, 22, 24].includes(major) || (major === 20 && minor < 11)) {
    throw new SetupError(`${NODE_VERSIONS} is needed, this is ${process.version}`);
  }
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new SetupError(`Linux on x64 or arm64 is needed, this is ${process.platform} on ${process.arch}`);
  }
}

/** Installs Debian packages, as root or with a sudo that asks no password. */
async function installTools(missing) {
  if (missing.length === 0) return;
  const names = missing.map((tool) => tool.debian).join(' ');
  if (!onPath('apt-get')) {
    throw new SetupError(`missing: ${names}; this system has no apt-get, install them with its own means`);
  }
  const byHand = `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names}`;
  if (process.env.RIVERO_SKIP_APT === '1') {
    throw new SetupError(`missing: ${names} (RIVERO_SKIP_APT is set); run: ${byHand}`);
  }
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) {
    throw new SetupError(`missing: ${names}; not root and no sudo without password, run: ${byHand}`);
  }
  const prefix = isRoot ? ['env'] : ['sudo', '-n', 'env'];
  const aptGet = [
    ...prefix,
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-q',
    '-o',
    'DPkg::Lock::Timeout=300',
  ];
  await step(`Debian packages: ${names}`, async () => {
    // The package lists of an earlier day may do as well: only a failed install counts.
    await run([...aptGet, 'update']);
    const code = await run([...aptGet, 'install', '-y', '--no-install-recommends', ...names.split(' ')]);
    if (code !== 0)
      throw new SetupError(`apt-get could not install ${names}; see above, then run: ${byHand}`);
  });
}

/** The same for what can be done without: where it can't be installed, setting up goes on. */
async function installOptional(missing) {
  if (missing.length === 0) return;
  try {
    await installTools(missing);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`── GStreamer: ${error.message}`);
    console.error(
      '── Without it the server forwards media, but does not play, record, mix, filter or transcode.',
    );
  }
}

/** Runs `npm ci` when the lock file or the running Node.js is not the one it last ran for. */
async function installModules() {
  const stampFile = join(root, 'node_modules', '.rivero-setup');
  const stamp = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${process.version} ${process.arch}`)
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  await step('npm packages: npm ci', async () => {
    const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
    const code = await run([...npm, 'ci', '--ignore-scripts', '--include=dev', '--no-progress']);
    if (code !== 0) throw new SetupError('npm ci failed; see above (it needs the npm registry once)');
    writeFileSync(stampFile, stamp);
  });
}

/** Builds the native addons that are older than their sources; the graph engine only where GStreamer is. */
async function buildAddons() {
  const { AddonBuildError, LibraryMissingError, buildAddon } = await import('./build-addon.mjs');
  const log = (line) => console.log(`── ${line}`);
  try {
    await buildAddon('packet-engine', { log });
    await buildAddon('graph-engine', { log });
  } catch (error) {
    // That GStreamer is missing has been said above.
    if (error instanceof LibraryMissingError) return;
    throw error instanceof AddonBuildError ? new SetupError(error.message) : error;
  }
}

async function buildTypeScript(projects) {
  const compile = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const firstTime = !existsSync(join(root, 'packages', 'server', 'dist', 'main.js'));
  const build = async () => {
    const code = await run([process.execPath, compile, '-b', ...projects]);
    if (code !== 0) throw new SetupError('the TypeScript build failed; see above');
  };
  await (firstTime ? step('TypeScript build', build) : build());
}

/** Says what is being done, and how long it took. */
async function step(title, action) {
  console.log(`── ${title} …`);
  const started = performance.now();
  await action();
  console.log(`── ${title}: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Runs a command in the repository with our terminal; resolves with its exit code. */
export function run([program, ...args]) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit' });
    child.on('error', (error) => reject(new SetupError(`${program} can't be run: ${error.message}`)));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function onPath(program) {
  return pathList(process.env.PATH).some((folder) => existsSync(join(folder, program)));
}

function pathList(variable = '') {
  return variable.split(delimiter).filter((folder) => folder !== '');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const position = process.argv.indexOf('--for');
  await runProgram(() => setUp(position < 0 ? 'build' : (process.argv[position + 1] ?? '')));
}
