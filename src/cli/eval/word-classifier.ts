/** Hears words: a small network in models/eval/words, which models/training/train_classifier.py has made. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  loadOnnxRuntime,
  type OnnxRuntime,
  type OnnxSession,
  openSession,
  packageRoot,
} from '../../../models/index.js';
import { logProbabilities } from '../../eval/class-scores.js';
import type { Gaussian } from '../../eval/frechet.js';
import { LogMel } from '../../eval/log-mel.js';
import { CliError } from '../errors.js';

/** Hz. */
export const CLASSIFIER_RATE = 16_000;
const FOLDER = join(packageRoot(), 'models', 'eval', 'words');
/** Sounds at once. */
const BATCH = 32;

/** statistics.json, of what is used here: what the network says of the clips that it was trained on. */
interface Statistics {
  readonly labels: readonly string[];
  /** Samples of a sound; its log-mel frames, and bands of one. */
  readonly numSamples: number;
  readonly numFrames: number;
  readonly bands: number;
  readonly numFeatures: number;
  readonly trainingClips: number;
  readonly trainingAccuracy: number;
  readonly heldOutClips: number;
  readonly heldOutAccuracy: number;
  readonly meanProbabilities: readonly number[];
  readonly mean: readonly number[];
  readonly covariance: readonly (readonly number[])[];
}

/** What is heard in one sound. */
export interface Heard {
  /** Natural logarithms, by label. */
  readonly logProbabilities: Float64Array;
  /** What the last layer sees. */
  readonly features: Float64Array;
}

export class WordClassifier {
  readonly statistics: Statistics;
  /** The features of the training clips. */
  readonly training: Gaussian;
  readonly #runtime: OnnxRuntime;
  readonly #session: OnnxSession;
  readonly #mel = new LogMel();

  /** Rejects with CLI_CLASSIFIER, also without the optional package that runs it. */
  static async open(folder = FOLDER, runtimePackage = 'onnxruntime-node'): Promise<WordClassifier> {
    const read = (file: string) =>
      readFile(join(folder, file)).catch((cause: unknown) => {
        throw unusable(join(folder, file), cause instanceof Error ? cause.message : String(cause));
      });
    const statistics = parse(
      join(folder, 'statistics.json'),
      (await read('statistics.json')).toString('utf8'),
    );
    const network = await read('classifier.onnx');
    try {
      const runtime = await loadOnnxRuntime(runtimePackage);
      return new WordClassifier(statistics, runtime, await openSession(runtime, network, 'cpu'));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new CliError('CLI_CLASSIFIER', `The classifier of words cannot run: ${why}`, { cause });
    }
  }

  private constructor(statistics: Statistics, runtime: OnnxRuntime, session: OnnxSession) {
    this.statistics = statistics;
    this.training = {
      dim: statistics.numFeatures,
      mean: Float64Array.from(statistics.mean),
      covariance: Float64Array.from(statistics.covariance.flat()),
    };
    this.#runtime = runtime;
    this.#session = session;
  }

  /** Sounds at CLASSIFIER_RATE; of each the first `numSamples`, with silence after a shorter one. */
  async listen(sounds: readonly Float32Array[], onProgress: (share: number) => void): Promise<Heard[]> {
    const heard: Heard[] = [];
    for (let first = 0; first < sounds.length; first += BATCH) {
      heard.push(...(await this.#listenAtOnce(sounds.slice(first, first + BATCH))));
      onProgress(heard.length / sounds.length);
    }
    return heard;
  }

  async #listenAtOnce(sounds: readonly Float32Array[]): Promise<Heard[]> {
    const { labels, numSamples, numFrames, bands, numFeatures } = this.statistics;
    const frames = new Float32Array(sounds.length * numFrames * bands);
    for (const [i, sound] of sounds.entries()) {
      const whole = new Float32Array(numSamples);
      whole.set(sound.subarray(0, numSamples));
      frames.set(this.#mel.frames(whole), i * numFrames * bands);
    }
    const feeds = { frames: new this.#runtime.Tensor('float32', frames, [sounds.length, numFrames, bands]) };
    const results = await this.#session.run(feeds, { logits: null, features: null });
    const logits = results.logits!.data as Float32Array;
    const features = results.features!.data as Float32Array;
    return sounds.map((_, i) => ({
      logProbabilities: logProbabilities(logits.subarray(i * labels.length, (i + 1) * labels.length)),
      features: Float64Array.from(features.subarray(i * numFeatures, (i + 1) * numFeatures)),
    }));
  }
}

function parse(path: string, text: string): Statistics {
  let read: Partial<Statistics> | null;
  try {
    read = JSON.parse(text) as Partial<Statistics> | null;
  } catch (cause) {
    throw unusable(path, cause instanceof Error ? cause.message : String(cause));
  }
  const { labels, meanProbabilities, mean, covariance, numFeatures } = read ?? {};
  const isWhole =
    Array.isArray(labels) &&
    meanProbabilities?.length === labels.length &&
    mean?.length === numFeatures &&
    covariance?.length === numFeatures &&
    covariance?.every((row) => row.length === numFeatures) === true;
  if (!isWhole) throw unusable(path, 'its lists do not have the lengths that it states');
  return read as Statistics;
}

function unusable(path: string, why: string): CliError {
  return new CliError('CLI_CLASSIFIER', `${path} cannot be used: ${why}.`);
}
