/**
 * `npm run bench:vision`: what computer vision costs with each of the libraries that could be had, on the same pictures of 640×480:
 * processor ms a picture, ms to load, memory, size on the disk, licence. The candidates are installed into a folder of their own, which is
 * removed. Options: --json=NAME.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatTable, writeResults } from './support/report.js';

interface Candidate {
  readonly name: string;
  readonly program: string;
  /** Packages with their versions; the first one is what is loaded. */
  readonly packages: readonly string[];
}

interface Figures {
  readonly loadMs: number;
  readonly memoryMb: number;
  readonly figures: Readonly<Record<string, number | string>>;
}

const CANDIDATES: readonly Candidate[] = [
  { name: 'own TypeScript (`packages/vision`)', program: 'own', packages: [] },
  { name: 'opencv.js', program: 'opencv', packages: ['@techstark/opencv-js@4.5.2'] },
  { name: 'opencv-wasm', program: 'opencv', packages: ['opencv-wasm@4.3.0-10'] },
  { name: 'js-aruco2', program: 'aruco', packages: ['js-aruco2@2.0.0'] },
  {
    name: 'tesseract.js',
    program: 'tesseract',
    packages: ['tesseract.js@7.0.0', '@tesseract.js-data/eng@1.0.0'],
  },
  { name: 'ONNX Runtime, native', program: 'onnx', packages: ['onnxruntime-node@1.30.0'] },
  { name: 'ONNX Runtime, WebAssembly', program: 'onnx', packages: ['onnxruntime-web@1.30.0'] },
];

const programs = fileURLToPath(new URL('../vision/', import.meta.url));
const nameOf = (specifier: string): string => specifier.slice(0, specifier.lastIndexOf('@'));

function run(command: string, args: readonly string[], cwd?: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: 180_000,
    maxBuffer: 1 << 26,
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.slice(-500)}`);
  return stdout;
}

/** Installs a candidate by itself and runs it. @returns its row of the table, and its figures */
function examine({ name, program, packages }: Candidate): { row: string[]; figures: Figures } {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-vision-bench-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{"private": true}');
    let [size, licence] = ['', 'Apache-2.0'];
    if (packages.length > 0) {
      run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], folder);
      size = `${Math.round(Number(run('du', ['-sk', 'node_modules'], folder).split('\t')[0]) / 1024)}`;
      const description = readFileSync(
        join(folder, 'node_modules', nameOf(packages[0]!), 'package.json'),
        'utf8',
      );
      licence = String((JSON.parse(description) as { license?: string }).license);
    } else {
      const dist = fileURLToPath(new URL('../../packages/vision/dist', import.meta.url));
      size = (Number(run('du', ['-sk', dist]).split('\t')[0]) / 1024).toFixed(1);
    }
    const args = [
      '--expose-gc',
      join(programs, `${program}.mjs`),
      folder,
      ...packages.slice(0, 1).map(nameOf),
    ];
    const figures = JSON.parse(run(process.execPath, args).trim().split('\n').at(-1)!) as Figures;
    const ms = (key: string): string => {
      const value = figures.figures[key];
      return typeof value === 'number' ? value.toFixed(1) : '–';
    };
    const notes = Object.entries(figures.figures).filter(([, value]) => typeof value === 'string');
    const row = [name, ms('blob'), ms('marker'), ms('flow'), ms('plate'), ms('dilate')];
    row.push(
      figures.loadMs.toFixed(0),
      figures.memoryMb.toFixed(0),
      size,
      licence,
      notes.map(([, value]) => value).join('; '),
    );
    return { row, figures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Processor ms that an element of GStreamer takes for a picture: a pipeline with it, less the same one without. */
function element(description: string, format: string): number {
  const pictures = 300;
  const cpu = (middle: string): number => {
    const line = `videotestsrc num-buffers=${pictures} pattern=ball ! video/x-raw,format=${format},width=640,height=480 ! ${middle} ! fakesink`;
    const command = `TIMEFORMAT='%U %S'; time gst-launch-1.0 -q ${line} >/dev/null 2>&1`;
    const { status, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8', timeout: 60_000 });
    if (status !== 0) throw new Error(`gst-launch-1.0 ${line}: it failed`);
    const [user, system] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number) as [number, number];
    return 1000 * (user + system);
  };
  return (cpu(description) - cpu('identity')) / pictures;
}

const results = CANDIDATES.map((candidate) => {
  process.stderr.write(`${candidate.name} …\n`);
  return examine(candidate);
});
const columns = [
  '',
  'pointer',
  'markers',
  'flow 320×240',
  'plates',
  'dilation',
  'load ms',
  'MB',
  'disk MB',
  'licence',
  '',
];
process.stdout.write(
  `${formatTable(
    columns,
    results.map(({ row }) => row),
  )}\n\n`,
);
const elements = [
  ['cvdilate iterations=10', 'RGB'],
  ['edgedetect', 'RGB'],
  ['motioncells', 'RGB'],
] as const;
const bare = elements.map(([name, format]) => [name, element(name, format).toFixed(1)]);
process.stdout.write(`${formatTable(['GStreamer element', 'ms a picture'], bare)}\n`);
const json = process.argv.find((argument) => argument.startsWith('--json='))?.slice('--json='.length);
if (json !== undefined)
  writeResults(json, {
    candidates: results.map(({ figures }, at) => ({ ...CANDIDATES[at], ...figures })),
    elements: bare,
  });
