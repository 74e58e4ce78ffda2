/** `sashimi eval long`: what becomes of a model that plays on and on. docs/eval.md defines every figure. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as yieldTurn } from 'node:timers/promises';
import {
  type Bundle,
  DeEmphasis,
  GUIDANCE,
  loadBundle,
  type ModelStream,
  NOTE_HOP,
  type OnnxProvider,
  openStream,
  type StepperChoice,
} from '../../../models/index.js';
import { WavWriter } from '../../../nodes/index.js';
import { type LevelFigures, levelFigures, SoundWatch, spectralDriftDb } from '../../eval/sound-watch.js';
import { packageVersion } from '../../version.js';
import { bundlePlaying, type GuidedWish, type ToldPlaying, toldPlaying } from './bundle-sampling.js';
import { longPicture } from './long-picture.js';
import { type LongSteering, longSteering, type SteeringWish, tellerOf } from './long-steering.js';
import { makeOutFolder } from './out-folder.js';

export interface LongEvalOptions extends GuidedWish, SteeringWish {
  readonly minutes: number;
  readonly seeds: readonly number[];
  readonly stepper: StepperChoice;
  readonly provider?: OnnxProvider;
  readonly out?: string;
  readonly onProgress: (share: number, doing: string) => void;
}

export interface LongRun extends LevelFigures {
  readonly seed: number;
  readonly seconds: number;
  readonly spectralDriftDb: number | null;
  /** Samples at the ends of the range. */
  readonly clippedSamples: number;
  /** Times that the watchdog found the model running away. */
  readonly runaways: number;
  /** Seconds of sound made in one second. */
  readonly realTimeFactor: number;
}

export interface LongReport extends Pick<LongSteering, 'notes' | 'classes'>, ToldPlaying {
  readonly bundle: string;
  readonly stepper: string;
  readonly runs: readonly LongRun[];
}

/** Between two words on progress; of the roll a whole number of frames. */
const BLOCK_FRAMES = 32 * NOTE_HOP;
const PICTURE_COLUMNS = 1100;

export async function evalLong(folder: string, options: LongEvalOptions): Promise<LongReport> {
  const bundle = await loadBundle(folder);
  const steering = longSteering(bundle, options);
  const playing = bundlePlaying(bundle, options);
  const { sampling, guidance } = playing;
  const second = guidance === 1 ? undefined : { bundle, bundleDir: folder, ...GUIDANCE };
  if (options.out !== undefined) await makeOutFolder(options.out);
  const runs: LongRun[] = [];
  let kind = '';
  for (const [index, seed] of options.seeds.entries()) {
    const share = (part: number): number => (index + part) / options.seeds.length;
    const { stream, stepper } = await openStream({
      bundle,
      bundleDir: folder,
      second,
      stepper: options.stepper,
      provider: options.provider,
      mode: 'inline',
      seed,
      lookAheadFrames: 0,
      sampling: { ...sampling, blend: guidance },
    });
    kind = stepper.kind;
    try {
      runs.push(
        await run(bundle, stream, steering, seed, options, (part) =>
          options.onProgress(share(part), `seed ${seed}`),
        ),
      );
    } finally {
      await stream.close();
    }
  }
  const { notes, classes } = steering;
  return { bundle: bundle.manifest.name, stepper: kind, ...toldPlaying(playing), notes, classes, runs };
}

async function run(
  bundle: Bundle,
  stream: ModelStream,
  steering: LongSteering,
  seed: number,
  options: LongEvalOptions,
  onProgress: (share: number) => void,
): Promise<LongRun> {
  const seconds = options.minutes * 60;
  const numFrames = Math.round(seconds * stream.sampleRate);
  const watch = new SoundWatch(stream.sampleRate, seconds, PICTURE_COLUMNS);
  const tell = tellerOf(stream, steering.conditioning(seed, seconds, BLOCK_FRAMES));
  const writer =
    options.out === undefined ? undefined : openWriter(options.out, bundle, seed, stream.sampleRate);
  const block = new Float32Array(BLOCK_FRAMES);
  const deEmphasis = new DeEmphasis(bundle.manifest);
  let steppedMs = 0;
  try {
    for (let at = 0; at < numFrames; at += BLOCK_FRAMES) {
      const count = Math.min(BLOCK_FRAMES, numFrames - at);
      const startedMs = performance.now();
      tell(count);
      stream.read(block, count);
      deEmphasis.apply(block, count);
      steppedMs += performance.now() - startedMs;
      watch.push(block.subarray(0, count));
      writer?.write({ channels: [block] }, count);
      onProgress(at / numFrames);
      await yieldTurn();
    }
  } finally {
    await writer?.close();
  }
  const result = {
    seed,
    seconds,
    ...levelFigures(watch.levels),
    spectralDriftDb: spectralDriftDb(watch.columns),
    clippedSamples: watch.clippedSamples,
    runaways: stream.state.runaways,
    realTimeFactor: (seconds * 1000) / steppedMs,
  };
  if (options.out !== undefined) {
    const told = steering.told.length === 0 ? '' : `, told ${steering.told.join(' and ')}`;
    const title = `${bundle.manifest.name}, seed ${seed}, ${options.minutes} min${told}`;
    await writeFile(join(options.out, `seed-${seed}.png`), longPicture(title, watch, result));
  }
  return result;
}

function openWriter(folder: string, { manifest }: Bundle, seed: number, sampleRate: number): WavWriter {
  const comment = `Made by a neural audio model (${manifest.name}), seed ${seed}.`;
  const info = { software: `sashimi-live ${packageVersion()}`, comment };
  const writer = WavWriter.open({ path: join(folder, `seed-${seed}.wav`), info, seed: 1, mode: 'offline' });
  writer.begin({ sampleRate, channels: 1, sampleFormat: '16' });
  return writer;
}
