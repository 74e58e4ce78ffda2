/** Offline rendering: the same Engine, in this thread, as fast as it goes, into a WAV file. */
import { rename, stat, unlink } from 'node:fs/promises';
import { setImmediate as yieldTurn } from 'node:timers/promises';
import type { Patch } from '../../graph/index.js';
import type { RecordedInput } from '../audio-input/index.js';
import { createEngineParts } from '../container/index.js';
import { Engine } from './engine.js';
import { EngineError } from './errors.js';
import type { EngineParts, OnnxProvider, StepperChoice } from './options.js';
import { provenanceOf } from './provenance.js';

export interface RenderOptions {
  readonly patch: Patch;
  readonly presetName: string;
  readonly seconds: number;
  /** uint32. */
  readonly seed: number;
  /** Path of the file. It appears, or replaces an older one, only when all is written. */
  readonly out: string;
  /** Hz; 48000 when left out. */
  readonly sampleRate?: number;
  /** 2 when left out. */
  readonly channels?: number;
  /** 24 when left out; 32 is float. */
  readonly bitDepth?: 16 | 24 | 32;
  /** `auto` when left out. */
  readonly stepper?: StepperChoice;
  /** Of the onnx stepper. */
  readonly provider?: OnnxProvider | undefined;
  /** What is heard in the place of inputs of the sound card; silence when left out. */
  readonly inputs?: readonly RecordedInput[];
  /** Packages that add node types. */
  readonly plugins?: readonly string[];
  /** What a container would make; for tests with nodes of their own. */
  readonly parts?: EngineParts;
  /** Called about fifty times, with 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

export interface RenderResult {
  readonly frames: number;
  readonly sampleRate: number;
  readonly channels: number;
  /** Linear, of the whole file. */
  readonly peak: number;
  readonly rms: number;
  /** Empty without a model. */
  readonly stepper: string;
}

const blockFrames = 256;
const progressSteps = 50;
const wavFormats = { 16: '16', 24: '24', 32: '32f' } as const;

/** Same options, same bytes. Rejects with a coded error and leaves nothing behind. */
export async function renderPatch(options: RenderOptions): Promise<RenderResult> {
  const { patch, presetName, seed, out, sampleRate = 48_000, channels = 2, bitDepth = 24 } = options;
  const numFrames = Math.round(options.seconds * sampleRate);
  if (!(numFrames >= 1)) {
    throw new EngineError('ENGINE_OPTION', `Expected seconds above 0 but received ${options.seconds}.`);
  }
  await refuseFolder(out);
  const partial = `${out}.${process.pid}.part`;
  const comment = provenanceOf(patch, presetName, seed);
  try {
    const { stepper = 'auto', provider, plugins = [], inputs = [] } = options;
    const settings = { stepper, provider, lookAheadMs: 0, plugins, recordedInputs: inputs };
    const parts = options.parts ?? (await createEngineParts(settings));
    const engine = await Engine.create({
      patch,
      presetName,
      mode: 'offline',
      sampleRate,
      blockFrames,
      channels,
      seed,
      sink: { type: 'wav-file', settings: { path: partial, format: wavFormats[bitDepth], comment } },
      parts,
    });
    const result = await renderInto(engine, numFrames, sampleRate, channels, options.onProgress);
    await rename(partial, out).catch((cause) => {
      throw new EngineError('ENGINE_OUTPUT', `${out} cannot be written: ${(cause as Error).message}`, {
        cause,
      });
    });
    return result;
  } catch (error) {
    await unlink(partial).catch(() => undefined);
    throw error;
  }
}

/** Told before hours of rendering, not after. */
async function refuseFolder(out: string): Promise<void> {
  const found = await stat(out).catch(() => undefined);
  if (found?.isDirectory()) throw new EngineError('ENGINE_OUTPUT', `${out} is a folder; expected a file.`);
}

async function renderInto(
  engine: Engine,
  numFrames: number,
  sampleRate: number,
  channels: number,
  onProgress: (share: number) => void = () => undefined,
): Promise<RenderResult> {
  let failure: EngineError | undefined;
  engine.notices$.subscribe((notice) => {
    const isFatal = notice.kind === 'fault' || (notice.kind === 'warning' && notice.code === 'SINK_WRITE');
    if (isFatal && 'message' in notice) failure ??= new EngineError('ENGINE_RENDER', notice.message);
  });
  let peak = 0;
  let squares = 0;
  const stepFrames = Math.max(blockFrames, Math.ceil(numFrames / progressSteps));
  const { stepper } = engine.facts();
  try {
    for (let nextStep = stepFrames; engine.frame < numFrames; ) {
      engine.process(Math.min(blockFrames, numFrames - engine.frame), (output, ticked) => {
        for (const channel of output.channels) {
          for (let i = 0; i < ticked; i++) {
            peak = Math.max(peak, Math.abs(channel[i]!));
            squares += channel[i]! * channel[i]!;
          }
        }
      });
      if (failure !== undefined) throw failure;
      if (engine.frame < nextStep) continue;
      nextStep += stepFrames;
      onProgress(engine.frame / numFrames);
      // Signals and progress get their turn.
      await yieldTurn();
    }
  } finally {
    await engine.close();
  }
  const rms = Math.sqrt(squares / (numFrames * channels));
  return { frames: numFrames, sampleRate, channels, peak, rms, stepper };
}
