/** `sashimi eval texture`: does each class of a model sound as its recordings do? docs/eval.md defines every figure. */
import { join } from 'node:path';
import { type Bundle, chooseStepper, deEmphasised, loadBundle } from '../../../models/index.js';
import {
  ClassConditioning,
  type ClassInput,
  classInput,
  steadyClasses,
} from '../../eval/class-conditioning.js';
import { frechetDistance, type Gaussian } from '../../eval/frechet.js';
import { LOG_MEL } from '../../eval/log-mel.js';
import {
  distanceMatrix,
  halfAndHalf,
  levelsOf,
  nearestColumns,
  TextureYardstick,
} from '../../eval/texture-scores.js';
import { CliError } from '../errors.js';
import { bundlePlaying, toldPlaying } from './bundle-sampling.js';
import { type HeldOutClasses, readHeldOutClasses } from './held-out-classes.js';
import { makeOutFolder } from './out-folder.js';
import { PLAY_BLOCK_FRAMES, playModel } from './play-model.js';
import { leaveTextures } from './texture-files.js';
import type { TextureEvalOptions } from './texture-options.js';
import type { ClassReport, MixReport, Texture, TextureReport } from './texture-report.js';
import { throughQuantiser } from './through-quantiser.js';

const PLAYING_SHARE = 0.9;

export async function evalTexture(folder: string, options: TextureEvalOptions): Promise<TextureReport> {
  const bundle = await loadBundle(folder);
  const { name, conditioning, sampleRate } = bundle.manifest;
  const input = classInput(conditioning, sampleRate);
  if (input === undefined) {
    throw new CliError('CLI_CLASSES', `${name} has no classes, or not at ${LOG_MEL.sampleRate} Hz.`);
  }
  const from = options.heldOut ?? join(folder, 'held-out');
  const heldOut = await readHeldOutClasses(from, input.labels, sampleRate);
  const asked = askedTextures(bundle, heldOut, options);
  if (options.out !== undefined) await makeOutFolder(options.out);

  const { textures, stepper, realTimeFactor } = await play(bundle, input, asked, options);
  options.onProgress(PLAYING_SHARE, 'listening');
  const { labels } = input;
  const yardstick = new TextureYardstick();
  const alone = textures.filter(({ parts }) => parts.length === 1);
  const truths = alone.map(({ truth }) => yardstick.gaussianOf([truth]));
  const classes = classReports(labels, yardstick, alone, truths);
  options.onProgress((1 + PLAYING_SHARE) / 2, 'listening to mixes');
  const mixed = textures.filter(({ parts }) => parts.length === 2);
  const report: TextureReport = {
    bundle: name,
    stepper,
    ...toldPlaying(bundlePlaying(bundle, options)),
    seeds: options.seeds,
    seconds: options.seconds,
    realTimeFactor,
    labels,
    nearestOwn: shareOf(classes, ({ label, nearest }) => nearest === label),
    heldOutNearestOwn: shareOf(classes, ({ label, heldOutNearest }) => heldOutNearest === label),
    classes,
    mixes: mixed.map((texture) => mixReport(labels, yardstick, texture, truths)),
  };
  if (options.out !== undefined) await leaveTextures(options.out, report, textures);
  return report;
}

/** Each class alone, then the mixes. */
function askedTextures(
  bundle: Bundle,
  { sounds, noiseRms }: HeldOutClasses,
  { mixes }: TextureEvalOptions,
): Omit<Texture, 'sounds'>[] {
  const alone = sounds.map((sound, i) => ({ parts: [i], truth: throughQuantiser(bundle, sound, noiseRms) }));
  const mixed = pairsOf(sounds.length, mixes).map(([a, b]) => ({
    parts: [a, b],
    truth: throughQuantiser(bundle, halfAndHalf(sounds[a]!, sounds[b]!), noiseRms),
  }));
  return [...alone, ...mixed];
}

function pairsOf(count: number, mixes: TextureEvalOptions['mixes']): [number, number][] {
  const all = Array.from({ length: count }, (_, a) =>
    Array.from({ length: count - a - 1 }, (__, i): [number, number] => [a, a + 1 + i]),
  ).flat();
  if (mixes === 'none') return [];
  return mixes === 'all' ? all : all.filter(([a, b]) => b - a === 1 || b - a === count - 1);
}

async function play(
  bundle: Bundle,
  input: ClassInput,
  asked: readonly Omit<Texture, 'sounds'>[],
  options: TextureEvalOptions,
): Promise<{ textures: Texture[]; stepper: string; realTimeFactor: number }> {
  const { stepper } = await chooseStepper(bundle, options.stepper, options.provider);
  const { conditioning } = stepper;
  const count = asked.length * options.seeds.length;
  const textures: Texture[] = [];
  let done = 0;
  const startedMs = performance.now();
  for (const { parts, truth } of asked) {
    const weights = input.labels.map((_, i) => (parts.includes(i) ? 1 / parts.length : 0));
    const doing = `the model plays ${parts.map((part) => input.labels[part]!).join(' and ')}`;
    const sounds: Float32Array[] = [];
    for (const seed of options.seeds) {
      const told = new ClassConditioning(conditioning, input, steadyClasses(weights), PLAY_BLOCK_FRAMES);
      const sound = await playModel(stepper, told, options.seconds, {
        ...bundlePlaying(bundle, options),
        seed,
        onProgress: (share) => options.onProgress((PLAYING_SHARE * (done + share)) / count, doing),
      });
      sounds.push(deEmphasised(bundle.manifest, sound));
      done++;
    }
    textures.push({ parts, truth, sounds });
  }
  const { kind } = stepper;
  const realTimeFactor = (1000 * count * options.seconds) / (performance.now() - startedMs);
  stepper.dispose();
  return { textures, stepper: kind, realTimeFactor };
}

/** `truths`: of the whole recording of each class. */
function classReports(
  labels: readonly string[],
  yardstick: TextureYardstick,
  alone: readonly Texture[],
  truths: readonly Gaussian[],
): ClassReport[] {
  const distances = distanceMatrix(
    alone.map(({ sounds }) => yardstick.gaussianOf(sounds)),
    truths,
  );
  const halves = alone.map(({ truth }) => yardstick.halvesOf(truth));
  const heldOutDistances = distanceMatrix(
    halves.map(([one]) => one),
    halves.map(([, other]) => other),
  );
  const nearest = nearestColumns(distances);
  const heldOutNearest = nearestColumns(heldOutDistances);
  return alone.map(({ sounds, truth }, i) => ({
    label: labels[i]!,
    levels: levelsOf(sounds),
    heldOutLevels: levelsOf([truth]),
    heldOutSeconds: truth.length / LOG_MEL.sampleRate,
    distances: distances[i]!,
    nearest: labels[nearest[i]!]!,
    heldOutDistances: heldOutDistances[i]!,
    heldOutNearest: labels[heldOutNearest[i]!]!,
  }));
}

function mixReport(
  labels: readonly string[],
  yardstick: TextureYardstick,
  { parts, sounds, truth }: Texture,
  truths: readonly Gaussian[],
): MixReport {
  const [a, b] = parts as [number, number];
  const sound = yardstick.gaussianOf(sounds);
  return {
    labels: [labels[a]!, labels[b]!],
    levels: levelsOf(sounds),
    heldOutLevels: levelsOf([truth]),
    distance: frechetDistance(sound, yardstick.gaussianOf([truth])),
    partDistances: [frechetDistance(sound, truths[a]!), frechetDistance(sound, truths[b]!)],
  };
}

function shareOf<T>(all: readonly T[], isSo: (one: T) => boolean): number {
  return all.filter(isSo).length / all.length;
}
