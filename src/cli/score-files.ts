import { setImmediate as yieldTurn } from 'node:timers/promises';
import {
  type Bundle,
  chooseStepper,
  loadBundle,
  type OnnxProvider,
  SCORE_BLOCK_FRAMES,
  type ScoreOptions,
  type StepperChoice,
  scoreAudio,
} from '../../models/index.js';
import { isFedByKeys } from '../../nodes/index.js';
import { PerformanceConditioning, takesNotes } from '../eval/performance-conditioning.js';
import { readAudioFile, toRate } from './audio-file.js';
import { CliError } from './errors.js';
import { readPerformance } from './eval/read-performance.js';

export interface ScoreReport {
  readonly bundle: string;
  readonly stepper: string;
  /** Conditioning inputs that were dropped: all, unless there were notes; a recording says nothing of them. */
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
    /** The notes of each file, if any: a MIDI file for each, in their order. */
    readonly midi: readonly string[];
    readonly onProgress: (share: number, file: string) => void;
  },
): Promise<ScoreReport> {
  const bundle = await loadBundle(folder);
  checkNotes(bundle, files, options.midi);
  const { stepper } = await chooseStepper(bundle, options.stepper, options.provider);
  const scores: ScoreReport['files'][number][] = [];
  for (const [index, file] of files.entries()) {
    const audio = toRate(await readAudioFile(file), stepper.sampleRate);
    const midi = options.midi[index];
    const score = await scoreAudio(bundle, stepper, audio, {
      scaling: options.scaling,
      ...(midi === undefined ? {} : await notesOf(midi, bundle)),
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
    dropped: stepper.conditioning
      .filter((input) => options.midi.length === 0 || !isFedByKeys(input, stepper.sampleRate))
      .map(({ name }) => name),
    bitsPerSample: bits / frames,
    files: scores,
  };
}

function checkNotes({ manifest }: Bundle, files: readonly string[], midi: readonly string[]): void {
  if (midi.length === 0) return;
  if (!takesNotes(manifest.conditioning, manifest.sampleRate)) {
    throw new CliError('CLI_NOTES', `${manifest.name} has no input that notes feed.`);
  }
  if (midi.length !== files.length) {
    throw new CliError(
      'CLI_USAGE',
      `Expected a MIDI file for each of ${files.length} recordings, but received ${midi.length}.`,
    );
  }
}

async function notesOf(file: string, { manifest }: Bundle): Promise<Pick<ScoreOptions, 'conditioning'>> {
  const notes = new PerformanceConditioning(
    await readPerformance(file),
    manifest.conditioning,
    SCORE_BLOCK_FRAMES,
  );
  return { conditioning: (numFrames) => notes.block(numFrames) };
}
