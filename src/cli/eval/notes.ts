/** `sashimi eval notes`: does the model play the notes that it is told? docs/eval.md defines every figure. */
import { writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import {
  type Bundle,
  chooseStepper,
  deEmphasised,
  loadBundle,
  type OnnxProvider,
  type Performance,
  type Stepper,
  type StepperChoice,
} from '../../../models/index.js';
import { additiveInstrument } from '../../eval/additive.js';
import { NoteDetector } from '../../eval/detector.js';
import type { Instrument } from '../../eval/instrument.js';
import { type BuiltIn, builtIn, excerptOf } from '../../eval/material.js';
import {
  type LevelScores,
  type Match,
  matchNotes,
  type NoteScores,
  poolScores,
  scoreLevels,
  scoreNotes,
  wrongNotes,
} from '../../eval/note-scores.js';
import { DETECTOR_RATE } from '../../eval/note-spectra.js';
import type { FoundNote } from '../../eval/onsets.js';
import { PerformanceConditioning, takesNotes } from '../../eval/performance-conditioning.js';
import type { Templates } from '../../eval/templates.js';
import { readAudioFile, toRate } from '../audio-file.js';
import { CliError } from '../errors.js';
import { bundlePlaying, type GuidedWish, type ToldPlaying, toldPlaying } from './bundle-sampling.js';
import { openFluidsynth } from './fluidsynth.js';
import { notesPicture } from './notes-picture.js';
import { makeOutFolder } from './out-folder.js';
import { PLAY_BLOCK_FRAMES, playModel } from './play-model.js';
import { readPerformance } from './read-performance.js';
import { templatesOf } from './template-cache.js';
import { throughQuantiser } from './through-quantiser.js';
import { writeSound } from './write-sound.js';

export interface NotesEvalOptions extends GuidedWish {
  readonly builtin: readonly BuiltIn[];
  /** Of each file, at most, and from where. */
  readonly seconds: number;
  readonly start: number;
  readonly seed: number;
  readonly stepper: StepperChoice;
  readonly provider?: OnnxProvider;
  readonly soundfont: string;
  readonly gain: number;
  /** A recording of the very excerpt: in place of fluidsynth, or of the model. */
  readonly truth?: string;
  readonly modelAudio?: string;
  readonly out?: string;
  /** Share of everything, and what is being done. */
  readonly onProgress: (share: number, doing: string) => void;
}

/** What was found in one sound. */
export interface SoundScores extends NoteScores {
  readonly level: LevelScores;
  /** F1 against notes that were not asked for: what is chance. */
  readonly wrongNotesF1: number;
}

export interface PieceReport {
  readonly piece: string;
  readonly seconds: number;
  readonly model: SoundScores;
  readonly truth: SoundScores;
}

export interface NotesReport extends ToldPlaying {
  readonly bundle: string;
  readonly stepper: string;
  readonly seed: number;
  /** What the templates are made with, and the truth, unless a recording was passed. */
  readonly instrument: string;
  /** All pieces together. */
  readonly model: SoundScores;
  readonly truth: SoundScores;
  readonly pieces: readonly PieceReport[];
}

interface Piece {
  readonly name: string;
  readonly performance: Performance;
}

/** A sound and what was heard in it. */
interface Heard {
  readonly sound: Float32Array;
  readonly found: readonly FoundNote[];
  readonly matches: readonly Match[];
  readonly right: NoteScores;
  readonly wrong: NoteScores;
}

/** How the time goes: making templates, then of each piece rendering and listening, twice. */
const TEMPLATES_SHARE = 0.1;

export async function evalNotes(
  folder: string,
  files: readonly string[],
  options: NotesEvalOptions,
): Promise<NotesReport> {
  const bundle = await loadBundle(folder);
  const { conditioning, sampleRate } = bundle.manifest;
  if (options.modelAudio === undefined && !takesNotes(conditioning, sampleRate)) {
    throw new CliError('CLI_NOTES', `${bundle.manifest.name} has no input that notes feed.`);
  }
  const pieces = await readPieces(files, options);
  checkRecordings(pieces, options);
  const instrument = await chooseInstrument(options);
  const { onProgress } = options;
  const templates = await templatesOf(instrument, (share) =>
    onProgress(TEMPLATES_SHARE * share, 'templates'),
  );
  const { stepper } = await chooseStepper(bundle, options.stepper, options.provider);
  const detector = new NoteDetector(templates);
  if (options.out !== undefined) await makeOutFolder(options.out);

  const heard: { piece: Piece; model: Heard; truth: Heard }[] = [];
  for (const [index, piece] of pieces.entries()) {
    const step = (from: number, to: number, doing: string) => (share: number) =>
      onProgress(
        TEMPLATES_SHARE + ((1 - TEMPLATES_SHARE) * (index + from + (to - from) * share)) / pieces.length,
        `${piece.name}: ${doing}`,
      );
    const played = await modelSound(
      bundle,
      stepper,
      piece.performance,
      options,
      step(0, 0.3, 'the model plays'),
    );
    const model = await listen(detector, piece, played, step(0.3, 0.65, 'listening to the model'));
    const asked = await trueSound(bundle, instrument, piece.performance, options);
    const truth = await listen(detector, piece, asked, step(0.65, 1, 'listening to the truth'));
    if (options.out !== undefined) await leave(options.out, bundle, piece, model, truth);
    heard.push({ piece, model, truth });
  }
  const { kind } = stepper;
  stepper.dispose();
  return {
    bundle: bundle.manifest.name,
    stepper: options.modelAudio === undefined ? kind : `recording ${options.modelAudio}`,
    ...toldPlaying(bundlePlaying(bundle, options)),
    seed: options.seed,
    instrument: instrument.name,
    model: scoresOf(
      templates,
      heard.map(({ model }) => model),
    ),
    truth: scoresOf(
      templates,
      heard.map(({ truth }) => truth),
    ),
    pieces: heard.map(({ piece, model, truth }) => ({
      piece: piece.name,
      seconds: piece.performance.seconds,
      model: scoresOf(templates, [model]),
      truth: scoresOf(templates, [truth]),
    })),
  };
}

async function readPieces(files: readonly string[], options: NotesEvalOptions): Promise<Piece[]> {
  const pieces: Piece[] = options.builtin.map((name) => ({
    name,
    performance: excerptOf(builtIn(name, options.seed), options.start, options.seconds),
  }));
  for (const file of files) {
    const performance = excerptOf(await readPerformance(file), options.start, options.seconds);
    pieces.push({ name: basename(file, extname(file)), performance });
  }
  const silent = pieces.find(({ performance }) => performance.notes.length === 0);
  if (silent !== undefined) throw new CliError('CLI_NOTES', `No note begins in this part of ${silent.name}.`);
  if (pieces.length === 0) {
    throw new CliError('CLI_USAGE', 'Expected a MIDI file or --builtin, but received neither.');
  }
  return pieces;
}

function checkRecordings(pieces: readonly Piece[], { truth, modelAudio }: NotesEvalOptions): void {
  if (pieces.length > 1 && (truth !== undefined || modelAudio !== undefined)) {
    throw new CliError('CLI_USAGE', 'A recording goes with one piece: pass one MIDI file, or one --builtin.');
  }
}

/** Without fluidsynth, but with a true recording, plain sines have to do as templates. */
async function chooseInstrument({ soundfont, gain, truth }: NotesEvalOptions): Promise<Instrument> {
  try {
    return await openFluidsynth(soundfont, gain);
  } catch (error) {
    if (truth !== undefined && error instanceof CliError && error.code === 'CLI_FLUIDSYNTH')
      return additiveInstrument;
    throw error;
  }
}

async function modelSound(
  bundle: Bundle,
  stepper: Stepper,
  performance: Performance,
  options: NotesEvalOptions,
  onProgress: (share: number) => void,
): Promise<Float32Array> {
  if (options.modelAudio !== undefined) return recording(options.modelAudio, performance.seconds);
  const { seed } = options;
  const conditioning = new PerformanceConditioning(performance, stepper.conditioning, PLAY_BLOCK_FRAMES);
  const sound = await playModel(stepper, conditioning, performance.seconds, {
    ...bundlePlaying(bundle, options),
    seed,
    onProgress,
  });
  return deEmphasised(bundle.manifest, sound);
}

/** As a model could say it at its best: through the bundle's quantiser. */
async function trueSound(
  bundle: Bundle,
  instrument: Instrument,
  performance: Performance,
  options: NotesEvalOptions,
): Promise<Float32Array> {
  const { truth } = options;
  const sound =
    truth === undefined
      ? await instrument.render(performance, performance.seconds)
      : await recording(truth, performance.seconds);
  return throughQuantiser(bundle, sound);
}

async function recording(file: string, seconds: number): Promise<Float32Array> {
  const sound = toRate(await readAudioFile(file), DETECTOR_RATE);
  return sound.subarray(0, Math.round(seconds * DETECTOR_RATE));
}

async function listen(
  detector: NoteDetector,
  { performance: { notes } }: Piece,
  sound: Float32Array,
  onProgress: (share: number) => void,
): Promise<Heard> {
  const found = await detector.find(sound, onProgress);
  return {
    sound,
    found,
    matches: matchNotes(notes, found),
    right: scoreNotes(notes, found),
    wrong: scoreNotes(wrongNotes(notes), found),
  };
}

function scoresOf(templates: Templates, heard: readonly Heard[]): SoundScores {
  return {
    ...poolScores(heard.map(({ right }) => right)),
    level: scoreLevels(
      templates,
      heard.flatMap(({ matches }) => matches),
    ),
    wrongNotesF1: poolScores(heard.map(({ wrong }) => wrong)).f1,
  };
}

async function leave(
  folder: string,
  bundle: Bundle,
  piece: Piece,
  model: Heard,
  truth: Heard,
): Promise<void> {
  const { name } = bundle.manifest;
  const at = (what: string): string => join(folder, `${piece.name}-${what}`);
  await writeSound(
    at('model.wav'),
    model.sound,
    `Made by a neural audio model (${name}) from the notes of ${piece.name}.`,
  );
  await writeSound(at('true.wav'), truth.sound, `The notes of ${piece.name}, not made by a model.`);
  const panel = (whose: string, { found, right }: Heard) => ({
    title: `${whose}: F1 ${right.f1.toFixed(3)}, precision ${right.precision.toFixed(3)}, recall ${right.recall.toFixed(3)}`,
    found,
  });
  const panels = [panel('found in the model', model), panel('found in the true rendering', truth)];
  await writeFile(at('notes.png'), notesPicture(`${name}: ${piece.name}`, piece.performance, panels));
}
