// The neural network Silero VAD (MIT licence), https://github.com/snakers4/silero-vad, in its sixth version as the package
// @ricky0123/vad-web ships it, run by the WebAssembly of onnxruntime-web. Both are files of installed packages: nothing is downloaded.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';

/** Hz. */
export const RATE = 16_000;
/** Samples that the network judges at once: 32 ms. */
export const PIECE = 512;
/** Samples before them that it sees, too. */
const CONTEXT = 64;
/** Its memory from piece to piece: two layers of one sequence, 128 values each. */
const STATE = [2, 1, 128] as const;

// What is used of onnxruntime-common's types: the package may be missing where this is compiled.
interface Tensor {
  readonly data: Float32Array;
}
interface Session {
  run(
    inputs: Readonly<Record<string, Tensor>>,
  ): Promise<{ readonly output: Tensor; readonly stateN: Tensor }>;
}
interface Runtime {
  readonly env: { readonly wasm: { numThreads: number; wasmBinary: Uint8Array } };
  readonly Tensor: new (
    type: string,
    data: Float32Array | BigInt64Array,
    dimensions: readonly number[],
  ) => Tensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
}

const RUNTIME: string = 'onnxruntime-web/wasm';
const WASM = 'ort-wasm-simd-threaded.wasm';
const MODEL_PACKAGE = '@ricky0123/vad-web';
const MODEL = 'dist/silero_vad_v6.onnx';

/** Takes some tenths of a second. @throws Error that names the packages when they are not installed */
export async function loadSilero(): Promise<Silero> {
  try {
    const wasm = new URL(WASM, import.meta.resolve(RUNTIME));
    const main = createRequire(import.meta.url).resolve(`${MODEL_PACKAGE}/package.json`);
    const [runtime, wasmBinary, model] = await Promise.all([
      import(RUNTIME) as Promise<Runtime>,
      readFile(wasm),
      readFile(new URL(MODEL, pathToFileURL(main))),
    ]);
    // One thread: a piece is a millisecond's work.
    runtime.env.wasm.numThreads = 1;
    runtime.env.wasm.wasmBinary = wasmBinary;
    // 3: errors only; the network has parts for other rates, of which the runtime would warn.
    const options = { executionProviders: ['wasm'], logSeverityLevel: 3 };
    return await withoutOptimizer(async () => {
      const silero = new Silero(runtime, await runtime.InferenceSession.create(model, options));
      // Functions are compiled when they are called first.
      await silero.judge(new Float32Array(PIECE));
      silero.reset();
      return silero;
    });
  } catch (error) {
    throw new Error(
      `Voice activity needs the packages onnxruntime-web and ${MODEL_PACKAGE}, which npm installs where it can: ${(error as Error).message}`,
    );
  }
}

/**
 * WebAssembly that is compiled meanwhile stays as V8's first compiler makes it. The second one makes this network no more than a third
 * faster, at the cost of a second of processor time and 150 MB for each element, much of which stays with the process when that is released.
 * The switch is V8's, for the whole process.
 */
async function withoutOptimizer<T>(action: () => Promise<T>): Promise<T> {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
  try {
    return await action();
  } finally {
    setFlagsFromString('--wasm-dynamic-tiering');
    setFlagsFromString('--wasm-tier-up');
  }
}

/** Judges one stream of sound, piece after piece. */
export class Silero {
  readonly #runtime: Runtime;
  readonly #session: Session;
  readonly #input = new Float32Array(CONTEXT + PIECE);
  readonly #rate: Tensor;
  #state: Tensor;

  constructor(runtime: Runtime, session: Session) {
    this.#runtime = runtime;
    this.#session = session;
    this.#rate = new runtime.Tensor('int64', BigInt64Array.of(BigInt(RATE)), []);
    this.#state = this.#silence();
  }

  #silence(): Tensor {
    return new this.#runtime.Tensor('float32', new Float32Array(STATE[0] * STATE[1] * STATE[2]), STATE);
  }

  /** @param piece PIECE samples of RATE, -1 to 1. @returns probability that somebody speaks in it. One at a time. */
  async judge(piece: Float32Array): Promise<number> {
    this.#input.copyWithin(0, PIECE);
    this.#input.set(piece, CONTEXT);
    const input = new this.#runtime.Tensor('float32', this.#input, [1, CONTEXT + PIECE]);
    const { output, stateN } = await this.#session.run({ input, state: this.#state, sr: this.#rate });
    this.#state = stateN;
    return output.data[0]!;
  }

  /** What comes next does not follow what came before. */
  reset(): void {
    this.#input.fill(0);
    this.#state = this.#silence();
  }
}
