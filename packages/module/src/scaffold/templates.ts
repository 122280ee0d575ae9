import type { ModuleNames } from './names.js';

/** Kinds of modules that can be begun with, as the command line names them. */
export const SCAFFOLD_KINDS = ['bin', 'video', 'audio', 'packets'] as const;
export type ScaffoldKind = (typeof SCAFFOLD_KINDS)[number];

interface KindTemplate {
  /** What makes the description of the implementation in index.ts. */
  readonly factory: string;
  readonly doc: string;
  readonly property: string;
  readonly implementation: (names: ModuleNames) => string;
  readonly test: (names: ModuleNames) => string;
}

const TEMPLATES: Readonly<Record<ScaffoldKind, KindTemplate>> = {
  bin: {
    factory: 'gstreamerBin',
    doc: 'Makes the picture brighter or darker.',
    property: "{ name: 'brightness', type: 'double', default: 0, doc: 'From -1 (black) to 1 (white).' }",
    implementation: ({
      className,
    }) => `import { GStreamerBin, type Implements, ModuleError } from '@rivero/module';
import type { declaration } from './declaration.js';

type Declaration = typeof declaration;

export default class ${className} extends GStreamerBin<Declaration, '${className}'> implements Implements<Declaration, '${className}'> {
  #brightness = 0;

  describe(): string {
    return 'videobalance name=balance';
  }

  get brightness(): number {
    return this.#brightness;
  }

  set brightness(value: number) {
    if (!(value >= -1 && value <= 1)) throw new ModuleError('brightness should be between -1 and 1');
    this.#brightness = value;
    this.element('balance').set('brightness', value);
  }

  reset(): void {
    this.brightness = 0;
    this.emit('${className}Reset', { brightness: this.brightness });
  }
}
`,
    test: (names) => videoTest(names, 'brightness', '-1', '2'),
  },
  video: {
    factory: 'videoProcessor',
    doc: 'Makes the picture brighter or darker.',
    property: "{ name: 'brightness', type: 'double', default: 0, doc: 'From -1 (black) to 1 (white).' }",
    implementation: ({
      className,
    }) => `import { type Implements, ModuleError, type VideoFrame, VideoProcessor } from '@rivero/module';
import type { declaration } from './declaration.js';

type Declaration = typeof declaration;

export default class ${className} extends VideoProcessor<Declaration, '${className}'> implements Implements<Declaration, '${className}'> {
  static override readonly format = 'RGBA';
  #brightness = 0;

  process({ data }: VideoFrame): void {
    const more = this.#brightness * 255;
    if (more === 0) return;
    for (let i = 0; i < data.length; i += 4) {
      data[i] = Math.min(255, Math.max(0, data[i]! + more));
      data[i + 1] = Math.min(255, Math.max(0, data[i + 1]! + more));
      data[i + 2] = Math.min(255, Math.max(0, data[i + 2]! + more));
    }
  }

  get brightness(): number {
    return this.#brightness;
  }

  set brightness(value: number) {
    if (!(value >= -1 && value <= 1)) throw new ModuleError('brightness should be between -1 and 1');
    this.#brightness = value;
  }

  reset(): void {
    this.brightness = 0;
    this.emit('${className}Reset', { brightness: this.brightness });
  }
}
`,
    test: (names) => videoTest(names, 'brightness', '-1', '2'),
  },
  audio: {
    factory: 'audioProcessor',
    doc: 'Makes the sound louder or quieter.',
    property:
      "{ name: 'gain', type: 'double', default: 1, doc: 'What each sample is multiplied by, from 0.' }",
    implementation: ({
      className,
    }) => `import { type AudioFrame, AudioProcessor, type Implements, ModuleError } from '@rivero/module';
import type { declaration } from './declaration.js';

type Declaration = typeof declaration;

export default class ${className} extends AudioProcessor<Declaration, '${className}'> implements Implements<Declaration, '${className}'> {
  static override readonly format = 'F32';
  #gain = 1;

  process({ samples }: AudioFrame): void {
    for (let i = 0; i < samples.length; i++) samples[i] = samples[i]! * this.#gain;
  }

  get gain(): number {
    return this.#gain;
  }

  set gain(value: number) {
    if (!(value >= 0)) throw new ModuleError('gain should be 0 or more');
    this.#gain = value;
  }

  reset(): void {
    this.gain = 1;
    this.emit('${className}Reset', { gain: this.gain });
  }
}
`,
    test: ({ className }) => `import assert from 'node:assert/strict';
import test from 'node:test';
import { runElement, type Sound, until } from '@rivero/module/testing';
import module from './index.js';

const loudness = ({ samples }: Sound): number => samples.reduce((loudest, each) => Math.max(loudest, Math.abs(each)), 0);

test('the sound is made quiet, and loud again', async () => {
  const run = await runElement(module, '${className}');
  try {
    assert.ok(loudness(await run.sound()) > 5000, 'as it comes');
    await run.set('gain', 0);
    await until(async () => loudness(await run.sound()) < 100);
    await run.call('reset');
    assert.deepEqual(await run.event('${className}Reset'), { gain: 1 });
    await until(async () => loudness(await run.sound()) > 5000);
    await assert.rejects(run.set('gain', -1), { code: 40001 });
  } finally {
    await run.close();
  }
});
`,
  },
  packets: {
    factory: 'packetProcessor',
    doc: 'Leaves packets out, as a bad network does, and forwards messages of data channels.',
    property:
      "{ name: 'share', type: 'double', default: 0, doc: 'Share of packets that is left out, 0 to 1.' }",
    implementation: ({
      className,
    }) => `import { type DataMessage, type Implements, ModuleError, PacketProcessor, type RtpPacket } from '@rivero/module';
import type { declaration } from './declaration.js';

type Declaration = typeof declaration;

export default class ${className} extends PacketProcessor<Declaration, '${className}'> implements Implements<Declaration, '${className}'> {
  #share = 0;
  #due = 0;

  override onPacket({ kind }: RtpPacket): boolean {
    if (kind === 'audio') return true;
    this.#due += this.#share;
    if (this.#due < 1) return true;
    this.#due -= 1;
    return false;
  }

  override onData({ data, label }: DataMessage): void {
    this.sendData(data, label);
  }

  get share(): number {
    return this.#share;
  }

  set share(value: number) {
    if (!(value >= 0 && value <= 1)) throw new ModuleError('share should be between 0 and 1');
    this.#share = value;
  }

  reset(): void {
    this.share = 0;
    this.requestKeyFrame();
    this.emit('${className}Reset', { share: this.share });
  }
}
`,
    test: ({ className }) => `import assert from 'node:assert/strict';
import test from 'node:test';
import { runElement } from '@rivero/module/testing';
import module from './index.js';

test('every second packet of video is left out, until it is reset', async () => {
  const run = await runElement(module, '${className}', {});
  const send = (payload: number, kind: 'audio' | 'video' = 'video'): Promise<void> =>
    run.sendPacket({ kind, codec: kind === 'video' ? 'VP8' : 'opus', payload: Uint8Array.of(payload) });
  try {
    await run.set('share', 0.5);
    for (const payload of [1, 2, 3, 4]) await send(payload);
    await send(5, 'audio');
    const came = [];
    for (let i = 0; i < 3; i++) came.push(await run.packet());
    assert.deepEqual(
      came.map(({ payload }) => payload[0]),
      [1, 3, 5],
    );
    assert.equal(came[1]!.sequence, came[0]!.sequence + 1);
    await run.call('reset');
    assert.deepEqual(await run.event('${className}Reset'), { share: 0 });
    await run.sendData('hello', 'chat');
    assert.deepEqual(await run.data(), { data: 'hello', label: 'chat' });
    await assert.rejects(run.set('share', 2), { code: 40001 });
  } finally {
    await run.close();
  }
});
`,
  },
};

function videoTest({ className }: ModuleNames, property: string, value: string, wrong: string): string {
  return `import assert from 'node:assert/strict';
import test from 'node:test';
import { runElement, until } from '@rivero/module/testing';
import module from './index.js';

const WHITE = 'videotestsrc is-live=true pattern=white ! video/x-raw,width=64,height=48,framerate=30/1';

test('the picture is made black, and white again', async () => {
  const run = await runElement(module, '${className}', { source: WHITE });
  const brightness = async (): Promise<number> => (await run.picture()).at(32, 24)[0];
  try {
    assert.ok((await brightness()) > 200, 'as it comes');
    await run.set('${property}', ${value});
    await until(async () => (await brightness()) < 40);
    await run.call('reset');
    assert.deepEqual(await run.event('${className}Reset'), { ${property}: 0 });
    await until(async () => (await brightness()) > 200);
    await assert.rejects(run.set('${property}', ${wrong}), { code: 40001 });
  } finally {
    await run.close();
  }
});
`;
}

/** The files of a new module by their paths. */
export function scaffoldFiles(
  names: ModuleNames,
  kind: ScaffoldKind,
  version: string,
): ReadonlyMap<string, string> {
  const { file, className, module } = names;
  const template = TEMPLATES[kind];
  const value = /name: '(\w+)'/.exec(template.property)![1]!;
  const type = /type: '(\w+)'/.exec(template.property)![1]!;
  const description = {
    name: `rivero-module-${file}`,
    version: '0.1.0',
    type: 'module',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    files: ['dist'],
    scripts: { build: 'tsc', test: 'tsc && node --test dist/*.test.js' },
    peerDependencies: { '@rivero/module': `^${version}` },
    peerDependenciesMeta: { '@rivero/module': { optional: true } },
  };
  const compiler = {
    compilerOptions: {
      target: 'ES2023',
      lib: ['ES2023'],
      module: 'NodeNext',
      types: ['node'],
      strict: true,
      noUncheckedIndexedAccess: true,
      noImplicitOverride: true,
      verbatimModuleSyntax: true,
      skipLibCheck: true,
      declaration: true,
      rootDir: 'src',
      outDir: 'dist',
    },
    include: ['src'],
  };
  return new Map([
    ['package.json', `${JSON.stringify(description, null, 2)}\n`],
    ['tsconfig.json', `${JSON.stringify(compiler, null, 2)}\n`],
    ['.gitignore', 'node_modules/\ndist/\n'],
    [
      'src/declaration.ts',
      `import type { ModuleDecl } from '@rivero/module';

/** What clients see: the class with its constructor, properties, methods and events. */
export const declaration = {
  name: '${module}',
  version: '0.1.0',
  kurentoVersion: '^7.1.0',
  imports: ['core', 'elements', 'filters'],
  doc: '${template.doc}',
  classes: [
    {
      name: '${className}',
      extends: 'Filter',
      doc: '${template.doc}',
      constructorParams: [
        { name: 'mediaPipeline', type: 'MediaPipeline', doc: 'The pipeline to which the object belongs.' },
      ],
      properties: [
        ${template.property},
      ],
      methods: [{ name: 'reset', params: [], doc: 'Goes back to how it was at first.' }],
      events: ['${className}Reset'],
    },
  ],
  complexTypes: [],
  events: [
    {
      name: '${className}Reset',
      extends: 'Media',
      members: [{ name: '${value}', type: '${type}', doc: 'What it is again.' }],
      doc: 'Has gone back to how it was at first.',
    },
  ],
} as const satisfies ModuleDecl;
`,
    ],
    [
      'src/index.ts',
      `import { defineModule, ${template.factory} } from '@rivero/module';
import { declaration } from './declaration.js';

/** Loaded by the server, too: what is here and where, and nothing that works on media. */
export default defineModule({
  declaration,
  rivero: '^${version}',
  elements: { ${className}: ${template.factory}(new URL('./${file}.js', import.meta.url)) },
});
`,
    ],
    [`src/${file}.ts`, template.implementation(names)],
    [`src/${file}.test.ts`, template.test(names)],
  ]);
}
