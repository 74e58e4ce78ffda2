/** `sashimi eval words`: does the model say the words that it is told? docs/eval.md defines every figure. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Bundle,
  chooseStepper,
  deEmphasised,
  loadBundle,
  type OnnxProvider,
  type StepperChoice,
} from '../../../models/index.js';
import {
  amScore,
  confusionMatrix,
  heardClass,
  inceptionScore,
  modifiedInceptionScore,
} from '../../eval/class-scores.js';
import { fitGaussian, frechetDistance } from '../../eval/frechet.js';
import { CliError } from '../errors.js';
import { bundlePlaying, type GuidedWish, type ToldPlaying, toldPlaying } from './bundle-sampling.js';
import { confusionPicture } from './confusion-picture.js';
import { HELD_OUT_FILE } from './held-out-list.js';
import { readHeldOutWords } from './held-out-words.js';
import { makeOutFolder } from './out-folder.js';
import { sayWord, WORD_START, wordInput } from './say-word.js';
import { throughQuantiser } from './through-quantiser.js';
import { CLASSIFIER_RATE, type Heard, WordClassifier } from './word-classifier.js';
import { writeSound } from './write-sound.js';

export interface WordsEvalOptions extends GuidedWish {
  /** Per word. */
  readonly clips: number;
  /** Of the first clip; the others follow. */
  readonly seed: number;
  readonly stepper: StepperChoice;
  readonly provider?: OnnxProvider;
  /** Default: held-out, in the bundle's folder. */
  readonly heldOut?: string;
  readonly out?: string;
  /** Share of everything, and what is being done. */
  readonly onProgress: (share: number, doing: string) => void;
}

/** What is heard in a set of clips. */
export interface WordScores {
  readonly clips: number;
  /** Share of clips in which the word is heard that was asked for. */
  readonly accuracy: number;
  /** `confusion[asked][heard]`, in the order of `labels`. */
  readonly confusion: readonly (readonly number[])[];
  readonly fid: number;
  readonly is: number;
  readonly mis: number;
  readonly am: number;
}

export interface WordsReport extends ToldPlaying {
  readonly bundle: string;
  readonly stepper: string;
  readonly seed: number;
  /** Seconds of sound made in one second. */
  readonly realTimeFactor: number;
  readonly labels: readonly string[];
  readonly model: WordScores;
  /** Of people who are not in the training data; null where there are no such clips. */
  readonly heldOut: WordScores | null;
  /** Of the classifier itself. */
  readonly classifier: { readonly trainingAccuracy: number; readonly heldOutAccuracy: number };
}

/** A clip, and the number of its word among the labels of the classifier. */
interface Clip {
  readonly word: number;
  readonly samples: Float32Array;
}

/** How the time goes: saying, then listening to the model, then to people. */
const SAYING_SHARE = 0.8;
const LISTENING_SHARE = 0.1;

export async function evalWords(folder: string, options: WordsEvalOptions): Promise<WordsReport> {
  const bundle = await loadBundle(folder);
  const { name, conditioning, sampleRate } = bundle.manifest;
  const asked = wordInput(conditioning, sampleRate);
  if (asked === undefined) throw new CliError('CLI_WORDS', `${name} has no input that words feed.`);
  const classifier = await WordClassifier.open();
  const { labels, numSamples, trainingAccuracy, heldOutAccuracy } = classifier.statistics;
  checkLabels(name, asked.labels, labels);
  const truth = await heldOutClips(folder, bundle, labels, options);
  const { stepper } = await chooseStepper(bundle, options.stepper, options.provider);
  if (options.out !== undefined) await makeOutFolder(options.out);

  const playing = bundlePlaying(bundle, options);
  const said: Clip[] = [];
  const count = options.clips * asked.labels.length;
  let saidMs = 0;
  for (const [word, label] of asked.labels.entries()) {
    for (let n = 0; n < options.clips; n++) {
      options.onProgress((SAYING_SHARE * said.length) / count, `the model says ${label}`);
      const seed = (options.seed + said.length) >>> 0;
      const startedMs = performance.now();
      const samples = await sayWord(stepper, asked, word, numSamples, { ...playing, seed });
      saidMs += performance.now() - startedMs;
      said.push({ word: labels.indexOf(label), samples: deEmphasised(bundle.manifest, samples) });
    }
  }
  const { kind } = stepper;
  stepper.dispose();
  const model = await scoresOf(classifier, said, (share) =>
    options.onProgress(SAYING_SHARE + LISTENING_SHARE * share, 'listening to the model'),
  );
  const heldOut =
    truth === undefined
      ? null
      : await scoresOf(classifier, truth, (share) =>
          options.onProgress(SAYING_SHARE + LISTENING_SHARE * (1 + share), 'listening to people'),
        );
  const report: WordsReport = {
    bundle: name,
    stepper: kind,
    ...toldPlaying(playing),
    seed: options.seed,
    realTimeFactor: (count * numSamples) / sampleRate / (saidMs / 1000),
    labels,
    model,
    heldOut,
    classifier: { trainingAccuracy, heldOutAccuracy },
  };
  if (options.out !== undefined) await leave(options.out, report, said);
  return report;
}

/** The classifier must know every word of the model; it may know more. */
function checkLabels(name: string, asked: readonly string[], known: readonly string[]): void {
  const unknown = asked.filter((label) => !known.includes(label));
  if (asked.length > 0 && unknown.length === 0) return;
  const what = asked.length === 0 ? 'does not name its words' : `says ${unknown.join(', ')}`;
  throw new CliError('CLI_WORDS', `${name} ${what}, but the classifier knows ${known.join(', ')} only.`);
}

/** As a model could say them at its best: at the same place, and through the bundle's quantiser. */
async function heldOutClips(
  folder: string,
  bundle: Bundle,
  labels: readonly string[],
  options: WordsEvalOptions,
): Promise<Clip[] | undefined> {
  const from = options.heldOut ?? join(folder, 'held-out');
  const words = await readHeldOutWords(from, CLASSIFIER_RATE);
  if (words === undefined && options.heldOut !== undefined) {
    throw new CliError('CLI_HELD_OUT', `${from} has no ${HELD_OUT_FILE}.`);
  }
  return words?.map(({ label, samples }) => {
    const word = labels.indexOf(label);
    if (word < 0) {
      throw new CliError('CLI_HELD_OUT', `${from} has clips of "${label}", expected ${labels.join(', ')}.`);
    }
    const placed = new Float32Array(WORD_START + samples.length);
    placed.set(samples, WORD_START);
    return { word, samples: throughQuantiser(bundle, placed) };
  });
}

async function scoresOf(
  classifier: WordClassifier,
  clips: readonly Clip[],
  onProgress: (share: number) => void,
): Promise<WordScores> {
  const { labels, meanProbabilities, numFeatures } = classifier.statistics;
  const heard = await classifier.listen(
    clips.map(({ samples }) => samples),
    onProgress,
  );
  const asked = clips.map(({ word }) => word);
  const rows = heard.map((one: Heard) => one.logProbabilities);
  const found = rows.map(heardClass);
  const features = new Float64Array(heard.length * numFeatures);
  for (const [i, one] of heard.entries()) features.set(one.features, i * numFeatures);
  return {
    clips: clips.length,
    accuracy: asked.filter((word, i) => word === found[i]).length / clips.length,
    confusion: confusionMatrix(asked, found, labels.length),
    fid: frechetDistance(fitGaussian(features, numFeatures), classifier.training),
    is: inceptionScore(rows),
    mis: modifiedInceptionScore(rows),
    am: amScore(rows, meanProbabilities),
  };
}

/** A file per word with its clips one after the other, and both confusion matrices. */
async function leave(folder: string, report: WordsReport, said: readonly Clip[]): Promise<void> {
  const { bundle, labels, model, heldOut } = report;
  for (const [word, label] of labels.entries()) {
    const clips = said.filter((clip) => clip.word === word).map(({ samples }) => samples);
    if (clips.length === 0) continue;
    const comment = `Made by a neural audio model (${bundle}) that was told to say "${label}", ${clips.length} times.`;
    await writeSound(join(folder, `${label}.wav`), joined(clips), comment, CLASSIFIER_RATE);
  }
  const panels = [{ title: `${bundle}: ${percent(model.accuracy)}`, confusion: model.confusion }];
  if (heldOut !== null) {
    panels.push({ title: `people: ${percent(heldOut.accuracy)}`, confusion: heldOut.confusion });
  }
  await writeFile(join(folder, 'confusion.png'), confusionPicture(labels, panels));
}

function joined(clips: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(clips.reduce((sum, clip) => sum + clip.length, 0));
  let at = 0;
  for (const clip of clips) {
    whole.set(clip, at);
    at += clip.length;
  }
  return whole;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
