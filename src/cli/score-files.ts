import { setImmediate as yieldTurn } from 'node:timers/promises';
import {
  chooseStepper,
  loadBundle,
  type OnnxProvider,
  type StepperChoice,
  scoreAudio,
} from '../../models/index.js';
import { readAudioFile, toRate } from './audio-file.js';

export interface ScoreReport {
  readonly bundle: string;
  readonly stepper: string;
  /** Conditioning inputs, all of which were dropped: a recording says nothing of them. */
  readonly dropped: readonly string[];
  /** Over all frames of all files. */
  readonly bitsPerSample: number;
  readonly files: readonly {
    readonly file: string;
    readonly bitsPerSample: number;
    readonly frames: number;
  }[];
}

export async function scoreFiles(
  folder: string,
  files: readonly string[],
  options: {
    readonly stepper: StepperChoice;
    readonly provider?: OnnxProvider;
    readonly scaling: 'none' | 'clip';
    readonly onProgress: (share: number, file: string) => void;
  },
): Promise<ScoreReport> {
  const bundle = await loadBundle(folder);
  const { stepper } = await chooseStepper(bundle, options.stepper, options.provider);
  const scores: ScoreReport['files'][number][] = [];
  for (const [index, file] of files.entries()) {
    const audio = toRate(await readAudioFile(file), stepper.sampleRate);
    const score = await scoreAudio(bundle, stepper, audio, {
      scaling: options.scaling,
      onProgress: async (share) => {
        options.onProgress((index + share) / files.length, file);
        await yieldTurn();
      },
    });
    scores.push({ file, ...score });
  }
  const frames = scores.reduce((sum, score) => sum + score.frames, 0);
  const bits = scores.reduce((sum, score) => sum + score.bitsPerSample * score.frames, 0);
  return {
    bundle: bundle.manifest.name,
    stepper: stepper.kind,
    dropped: stepper.conditioning.map(({ name }) => name),
    bitsPerSample: bits / frames,
    files: scores,
  };
}
