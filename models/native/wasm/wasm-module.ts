import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '../../errors.js';
import { packageRoot } from '../../package-root.js';

/** What build.sh makes, below the package root. */
export const WASM_PATH = ['models', 'native', 'wasm', 'sashimi.wasm'];

/** The exports of exports.cc. Pointers are byte offsets into `memory`, 0 is null. */
export interface WasmExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  allocate(bytes: number): number;
  release(pointer: number): void;
  /** 0, or a zero-terminated sentence. */
  load(
    words: number,
    numWords: number,
    values: number,
    numValues: number,
    kinds: number,
    numKinds: number,
    scales: number,
    numScales: number,
    decode: number,
  ): number;
  voice_create(seed: number): number;
  voice_destroy(voice: number): void;
  voice_frame(voice: number): number;
  voice_surprise(voice: number): number;
  voice_faulty_draws(voice: number): number;
  voice_reset(voice: number, seed: number): void;
  voice_step(
    voice: number,
    out: number,
    numFrames: number,
    temperature: number,
    topP: number,
    topK: number,
    ids: number,
    conditioning: number,
  ): void;
  voice_force(voice: number, ids: number, numFrames: number, logits: number, conditioning: number): void;
  voice_snapshot_bytes(voice: number): number;
  voice_snapshot(voice: number, into: number): void;
  /** `frame` below 0: the snapshot's own. */
  voice_restore(voice: number, from: number, frame: number): number;
  voice_is_aligned(voice: number): number;
  /** How many there are; `into` 0 writes none, else four words of each. */
  voice_snapshot_ranges(voice: number, into: number): number;
}

/** The part of the WebAssembly interface that is used: Node's own types leave it to the browser's. */
interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ readonly exports: unknown }>;
}

const { WebAssembly: webAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

let compiled: Promise<object> | undefined;

/** A fresh instance with a memory of its own. The module is compiled once per thread. Rejects with MODEL_FILE. */
export async function instantiateWasm(): Promise<WasmExports> {
  compiled ??= compile();
  const { exports } = await webAssembly.instantiate(await compiled, {});
  return exports as WasmExports;
}

async function compile(): Promise<object> {
  const file = join(packageRoot(), ...WASM_PATH);
  try {
    return await webAssembly.compile(await readFile(file));
  } catch (cause) {
    compiled = undefined;
    throw new ModelError('MODEL_FILE', `Expected the wasm stepper in ${file}: ${String(cause)}.`, {
      cause,
      remedy: 'The package is incomplete: install it again, or use --stepper reference.',
    });
  }
}
