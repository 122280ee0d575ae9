import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Script } from 'node:vm';
import { bundledApi } from '@rivero/module/loader';
import { clientErrors } from './errors.js';
import { RealServer } from './testing/real-server.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(join(root, 'docs/client.md'), 'utf8');
const SERVER = 'ws://localhost:8888/kurento';

/** In the package, so that programs find it by its name as well as its dependencies. */
let folder: string;

before(() => {
  mkdirSync(join(root, 'packages/client/dist'), { recursive: true });
  folder = mkdtempSync(join(root, 'packages/client/dist/.documentation-'));
});
after(() => rmSync(folder, { recursive: true }));

function blocks(language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, each]) => each === language)
    .map(([, , code]) => code ?? '');
}

/** What parts of programs on the page use without saying where it is from. */
const SURROUNDINGS = `
  import type { Client, IceCandidate, MediaElement, MediaPipeline, WebRtcEndpoint, HubPort } from '@rivero/client';
  declare global {
    var client: Client;
    var pipeline: MediaPipeline;
    var endpoint: WebRtcEndpoint;
    var camera: MediaElement, detector: MediaElement, participant: MediaElement, presenter: MediaElement;
    var recorder: MediaElement, viewer: MediaElement, viewers: MediaElement[], participants: MediaElement[];
    var hub: { createHubPort(): Promise<HubPort> };
    var alice: HubPort, bob: HubPort, carol: HubPort, cameraPort: HubPort, logoPort: HubPort;
    var signaling: { send(message: object): void; on(name: string, listener: (value: IceCandidate) => void): void };
    var offer: string, candidate: string, sdpMid: string, sdpMLineIndex: number;
    function buildPipelines(client: Client): void;
  }
`;

/** Compiles texts as modules; rejects with what the compiler says. */
async function compile(name: string, texts: readonly string[]): Promise<void> {
  const project = join(folder, name);
  mkdirSync(project);
  writeFileSync(join(project, 'surroundings.ts'), SURROUNDINGS);
  texts.forEach((text, i) => {
    writeFileSync(join(project, `block-${i}.ts`), `${text}\nexport {};\n`);
  });
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      lib: ['ES2023', 'ESNext.Disposable'],
      composite: false,
      noEmit: true,
      noUnusedLocals: false,
      noUncheckedIndexedAccess: false,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: ['*.ts'],
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  try {
    await run(process.execPath, [compiler, '-p', project]);
  } catch (error) {
    throw new Error((error as { stdout?: string }).stdout, { cause: error });
  }
}

test('every block of the page has correct types', async () => {
  const texts = blocks('ts');
  assert.ok(texts.length > 15);
  await compile('page', texts);
});

test('the compiler would notice', async () => {
  const wrong: [text: string, error: RegExp][] = [
    ["await endpoint.connect('no element');", /TS2345/],
    ["endpoint.on('NoEvent', () => {});", /TS2345|TS2769/],
    ["await pipeline.create('MediaPipeline');", /TS2345/],
    ["await pipeline.create('PlayerEndpoint');", /TS2554/],
    // Classes without members of their own are told apart all the same.
    [
      "(await pipeline.create('DispatcherOneToMany')).setSource(await pipeline.create('PassThrough'));",
      /isHubPort/,
    ],
  ];
  const problems = await compile(
    'wrong',
    wrong.map(([text]) => text),
  ).then(
    () => '',
    (error: Error) => error.message,
  );
  wrong.forEach(([text, error], i) => {
    const own = problems.split('\n').filter((line) => line.includes(`block-${i}.ts`));
    assert.match(own.join('\n'), error, text);
  });
});

test('every example of the declaration is a correct program of this client', async () => {
  const examples = (await bundledApi()).modules
    .flatMap(({ classes }) => classes)
    .flatMap(({ example }) => example ?? []);
  assert.ok(examples.length > 15);
  await compile('examples', examples);
});

test('blocks of the official client are JavaScript', () => {
  const texts = blocks('js');
  assert.ok(texts.length > 5);
  for (const text of texts) new Script(`(async () => {${text}\n})`);
});

test('the table of errors is complete', () => {
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm)].map(([, type, code]) => [
    type,
    Number(code),
  ]);
  assert.deepEqual(rows, Object.entries(clientErrors));
});

test('complete programs of the page run, those of the official client too', async () => {
  const server = await RealServer.start();
  try {
    const ours = blocks('ts').filter((text) => text.includes(SERVER));
    const official = blocks('js').filter((text) => text.includes(SERVER));
    assert.ok(ours.length > 5 && official.length > 0);
    const programs = [
      ...ours.map((text, i) => ({ name: `ours-${i}.mjs`, text: withoutUsing(text) })),
      ...official.map((text, i) => ({
        name: `official-${i}.cjs`,
        text: `(async () => {${text}\n})().then(() => process.exit(0));`,
      })),
    ];
    for (const { name, text } of programs) {
      const file = join(folder, name);
      writeFileSync(file, text.replaceAll(SERVER, server.url));
      await run(process.execPath, [file], { timeout: 30_000 });
    }
  } finally {
    await server.stop();
  }
});

/** Node.js 20 does not know `await using`: disposes at the end of the program instead. */
function withoutUsing(text: string): string {
  const names = [...text.matchAll(/await using (\w+) =/g)].map(([, name]) => name);
  const ends = names.reverse().map((name) => `await ${name}[Symbol.asyncDispose]();`);
  return `${text.replaceAll('await using ', 'const ')}\n${ends.join('\n')}\n`;
}
