/** `sashimi eval texture`: is each class of a model the sound that it is called? docs/eval.md defines every figure. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '../../../graph/index.js';
import {
  type Bundle,
  chooseStepper,
  loadBundle,
  type OnnxProvider,
  type Stepper,
  type StepperChoice,
} from '../../../models/index.js';
import {
  ClassConditioning,
  type ClassInput,
  classInput,
  steadyClasses,
} from '../../eval/class-conditioning.js';
import { halvesDistance, soundDistances, steadiness } from '../../eval/class-distances.js';
import { LOG_MEL } from '../../eval/log-mel.js';
import { CliError } from '../errors.js';
import { bundleSampling, type SamplingWish } from './bundle-sampling.js';
import { type HeldOutClasses, readHeldOutClasses } from './held-out-classes.js';
import { makeOutFolder } from './out-folder.js';
import { PLAY_BLOCK_FRAMES, playModel } from './play-model.js';
import { texturePicture } from './texture-picture.js';
import { throughQuantiser } from './through-quantiser.js';
import { writeSound } from './write-sound.js';

export interface TextureEvalOptions extends SamplingWish {
  /** Of sound, for each class and each mix. */
  readonly seconds: number;
  /** Of the first sound; the next ones follow. */
  readonly seed: number;
  readonly stepper: StepperChoice;
  readonly provider?: OnnxProvider;
  /** Default: held-out, in the bundle's folder. */
  readonly heldOut?: string;
  readonly out?: string;
  /** Share of everything, and what is being done. */
  readonly onProgress: (share: number, doing: string) => void;
}

/** Two classes, half and half. */
export interface MixReport {
  readonly labels: readonly [string, string];
  /** dB below full scale: over all, and the quietest tenth of a second. */
  readonly levelDb: number;
  readonly leastDb: number;
  /** To the held-out sound of either. */
  readonly distances: readonly [number, number];
}

export interface TextureReport {
  readonly bundle: string;
  readonly stepper: string;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
  readonly seconds: number;
  /** Seconds of sound made in one second. */
  readonly realTimeFactor: number;
  readonly labels: readonly string[];
  /** `distances[asked][heldOut]`, log-mel Frechet. */
  readonly distances: readonly (readonly number[])[];
  /** Between the held-out sounds themselves; on the diagonal, between two halves of each: the floor. */
  readonly real: readonly (readonly number[])[];
  /** Classes whose nearest held-out sound is their own. */
  readonly nearestOwn: number;
  /** Each class with the next one. */
  readonly mixes: readonly MixReport[];
}

export async function evalTexture(folder: string, options: TextureEvalOptions): Promise<TextureReport> {
  const bundle = await loadBundle(folder);
  const { name, conditioning, sampleRate } = bundle.manifest;
  const input = classInput(conditioning, sampleRate);
  if (input === undefined) {
    throw new CliError('CLI_CLASSES', `${name} has no classes, or not at ${LOG_MEL.sampleRate} Hz.`);
  }
  const truth = trueSounds(
    bundle,
    input,
    await readHeldOutClasses(options.heldOut ?? join(folder, 'held-out'), sampleRate),
  );
  const { stepper } = await chooseStepper(bundle, options.stepper, options.provider);
  if (options.out !== undefined) await makeOutFolder(options.out);
  const made = await makeSounds(bundle, stepper, input, options);
  stepper.dispose();

  const { labels } = input;
  const distances = soundDistances(made.single, truth);
  const real = soundDistances(truth, truth).map((row, i) =>
    row.map((distance, j) => (i === j ? halvesDistance(truth[i]!) : distance)),
  );
  const mixDistances = soundDistances(made.mixed, truth);
  const mixes = made.mixed.map((sound, i): MixReport => {
    const next = (i + 1) % labels.length;
    return {
      labels: [labels[i]!, labels[next]!],
      ...steadiness(sound, sampleRate),
      distances: [mixDistances[i]![i]!, mixDistances[i]![next]!],
    };
  });
  const { temperature, topP } = bundleSampling(bundle, options);
  const report: TextureReport = {
    bundle: name,
    stepper: stepper.kind,
    temperature,
    topP,
    seed: options.seed,
    seconds: options.seconds,
    realTimeFactor: made.realTimeFactor,
    labels,
    distances,
    real,
    nearestOwn: distances.filter((row, i) => row.every((distance) => distance >= row[i]!)).length,
    mixes,
  };
  if (options.out !== undefined) await leave(options.out, report, made, truth);
  return report;
}

interface MadeSounds {
  readonly single: readonly Float32Array[];
  readonly mixed: readonly Float32Array[];
  readonly realTimeFactor: number;
}

async function makeSounds(
  bundle: Bundle,
  stepper: Stepper,
  input: ClassInput,
  options: TextureEvalOptions,
): Promise<MadeSounds> {
  const { labels } = input;
  const sampling = bundleSampling(bundle, options);
  const mixes = labels.length > 1 ? labels.length : 0;
  const count = labels.length + mixes;
  const sounds: Float32Array[] = [];
  const startedMs = performance.now();
  for (let i = 0; i < count; i++) {
    const first = i % labels.length;
    const isMixed = i >= labels.length;
    const weights = labels.map((_, k) => {
      if (k === first) return isMixed ? 0.5 : 1;
      return isMixed && k === (first + 1) % labels.length ? 0.5 : 0;
    });
    const doing = `${labels[first]}${isMixed ? ' and the next' : ''}`;
    const told = new ClassConditioning(
      stepper.conditioning,
      input,
      steadyClasses(weights),
      PLAY_BLOCK_FRAMES,
    );
    const sound = await playModel(stepper, told, options.seconds, {
      sampling,
      seed: (options.seed + i) >>> 0,
      onProgress: (share) => options.onProgress((i + share) / count, doing),
    });
    sounds.push(sound);
  }
  return {
    single: sounds.slice(0, labels.length),
    mixed: sounds.slice(labels.length),
    realTimeFactor: (1000 * count * options.seconds) / (performance.now() - startedMs),
  };
}

/** As a model could make them at its best: over the noise of the training, and through the bundle's quantiser. */
function trueSounds(
  bundle: Bundle,
  { labels }: ClassInput,
  { classes, noiseRms }: HeldOutClasses,
): Float32Array[] {
  const random = createRandom(1);
  // The sum of twelve uniform numbers is as good as normal here, with a deviation of 1.
  const noise = (): number =>
    noiseRms * (Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, 0) - 6);
  return labels.map((label) => {
    const found = classes.find((one) => one.label === label);
    if (found === undefined) throw new CliError('CLI_HELD_OUT', `There is no held-out sound of ${label}.`);
    const noisy = noiseRms === 0 ? found.samples : found.samples.map((x) => x + noise());
    return throughQuantiser(bundle, noisy);
  });
}

/** A file per class and mix, the matrix and the spectra. */
async function leave(
  folder: string,
  report: TextureReport,
  made: MadeSounds,
  truth: readonly Float32Array[],
): Promise<void> {
  const { bundle, labels } = report;
  for (const [i, label] of labels.entries()) {
    const comment = `Made by a neural audio model (${bundle}) that was asked for ${label}.`;
    await writeSound(join(folder, `${label}.wav`), made.single[i]!, comment, LOG_MEL.sampleRate);
  }
  for (const [i, { labels: both }] of report.mixes.entries()) {
    const comment = `Made by a neural audio model (${bundle}) that was asked for ${both.join(' and ')}.`;
    await writeSound(join(folder, `${both.join('-')}.wav`), made.mixed[i]!, comment, LOG_MEL.sampleRate);
  }
  await writeFile(join(folder, 'texture.png'), texturePicture(report, made.single, truth));
}
