/** `sashimi eval voice`: does the model say what it is told, when and how high? docs/eval.md defines every figure. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Bundle,
  chooseStepper,
  deEmphasised,
  loadBundle,
  type OnnxProvider,
  SPEECH_SAMPLE_RATE,
  type StepperChoice,
} from '../../../models/index.js';
import { classInput } from '../../eval/class-conditioning.js';
import { trackPitch } from '../../eval/pitch-track.js';
import {
  pitchErrors,
  type SpeechErrors,
  type SpeechScores,
  shapeErrors,
  speechScores,
} from '../../eval/speech-scores.js';
import { takesSpeech, type Utterance } from '../../eval/utterance.js';
import { CliError } from '../errors.js';
import { bundlePlaying, type GuidedWish, type ToldPlaying, toldPlaying } from './bundle-sampling.js';
import { HELD_OUT_FILE } from './held-out-list.js';
import { readHeldOutSpeech } from './held-out-speech.js';
import { makeOutFolder } from './out-folder.js';
import { sayUtterance } from './say-utterance.js';
import { throughQuantiser } from './through-quantiser.js';
import { MODEL_COLOUR, TRUTH_COLOUR, voicePicture } from './voice-picture.js';
import { writeSound } from './write-sound.js';

export interface VoiceEvalOptions extends GuidedWish {
  /** Of the first utterance; the others follow. */
  readonly seed: number;
  readonly stepper: StepperChoice;
  readonly provider?: OnnxProvider;
  /** Default: held-out, in the bundle's folder. */
  readonly heldOut?: string;
  readonly out?: string;
  /** Share of everything, and what is being done. */
  readonly onProgress: (share: number, doing: string) => void;
}

/** Three times the same measure: of the model, of the truth, and of what was not asked for. */
export interface VoiceScores {
  readonly model: SpeechScores;
  readonly truth: SpeechScores;
  readonly wrong: SpeechScores;
}

export interface UtteranceReport extends VoiceScores {
  readonly utterance: string;
  readonly speaker: string;
  readonly text: string;
  readonly seconds: number;
}

export interface VoiceReport extends ToldPlaying {
  readonly bundle: string;
  readonly stepper: string;
  readonly seed: number;
  /** Seconds of sound made in one second. */
  readonly realTimeFactor: number;
  readonly all: VoiceScores;
  readonly bySpeaker: Readonly<Record<string, VoiceScores>>;
  readonly utterances: readonly UtteranceReport[];
}

/** What was heard in one utterance. */
interface Said {
  readonly utterance: Utterance;
  /** The true rendering as the bundle's quantiser lets it through. */
  readonly truth: Float32Array;
  readonly truthHz: Float64Array;
  readonly sound: Float32Array;
  readonly soundHz: Float64Array;
}

type Measured = Readonly<Record<keyof VoiceScores, SpeechErrors>>;

const SAYING_SHARE = 0.9;

export async function evalVoice(folder: string, options: VoiceEvalOptions): Promise<VoiceReport> {
  const bundle = await loadBundle(folder);
  const { name, conditioning, sampleRate } = bundle.manifest;
  if (sampleRate !== SPEECH_SAMPLE_RATE || !takesSpeech(conditioning)) {
    throw new CliError('CLI_VOICE', `${name} has no input that speech feeds.`);
  }
  const utterances = await heldOutUtterances(folder, bundle, options);
  const { stepper } = await chooseStepper(bundle, options.stepper, options.provider);
  if (options.out !== undefined) await makeOutFolder(options.out);

  const playing = bundlePlaying(bundle, options);
  const said: Said[] = [];
  let saidMs = 0;
  for (const [index, utterance] of utterances.entries()) {
    const doing = `the model says "${utterance.text}"`;
    const startedMs = performance.now();
    const samples = await sayUtterance(stepper, utterance, {
      ...playing,
      seed: (options.seed + index) >>> 0,
      onProgress: (share) => options.onProgress((SAYING_SHARE * (index + share)) / utterances.length, doing),
    });
    saidMs += performance.now() - startedMs;
    const sound = deEmphasised(bundle.manifest, samples);
    const truth = throughQuantiser(bundle, utterance.sound);
    said.push({ utterance, truth, truthHz: trackPitch(truth), sound, soundHz: trackPitch(sound) });
  }
  const { kind } = stepper;
  stepper.dispose();
  const measured = said.map((one, index) => {
    options.onProgress(SAYING_SHARE + ((1 - SAYING_SHARE) * index) / said.length, 'listening');
    return measure(one, said[(index + 1) % said.length]!);
  });
  const speakers = [...new Set(utterances.map(({ speaker }) => speaker))];
  const seconds = said.reduce((sum, { sound }) => sum + sound.length, 0) / sampleRate;
  const report: VoiceReport = {
    bundle: name,
    stepper: kind,
    ...toldPlaying(playing),
    seed: options.seed,
    realTimeFactor: (1000 * seconds) / saidMs,
    all: scoresOf(measured),
    bySpeaker: Object.fromEntries(
      speakers.map((speaker) => [
        speaker,
        scoresOf(measured.filter((_, index) => utterances[index]!.speaker === speaker)),
      ]),
    ),
    utterances: said.map(({ utterance, sound }, index) => ({
      utterance: utterance.name,
      speaker: utterance.speaker,
      text: utterance.text,
      seconds: sound.length / sampleRate,
      ...scoresOf([measured[index]!]),
    })),
  };
  if (options.out !== undefined) await leave(options.out, report, said);
  return report;
}

/** Those whose speakers the model knows. Rejects with CLI_HELD_OUT or CLI_VOICE. */
async function heldOutUtterances(
  folder: string,
  bundle: Bundle,
  { heldOut }: VoiceEvalOptions,
): Promise<Utterance[]> {
  const from = heldOut ?? join(folder, 'held-out');
  const utterances = await readHeldOutSpeech(from);
  if (utterances === undefined) throw new CliError('CLI_HELD_OUT', `${from} has no ${HELD_OUT_FILE}.`);
  const speakers = classInput(bundle.manifest.conditioning, SPEECH_SAMPLE_RATE);
  if (speakers === undefined) return utterances;
  const known = utterances.filter(({ speaker }) => speakers.labels.includes(speaker));
  if (known.length > 0) return known;
  throw new CliError(
    'CLI_VOICE',
    `${bundle.manifest.name} has the speakers ${speakers.labels.join(', ')}, and ${from} has utterances of none of them.`,
  );
}

/** `other` was said as well, but is not what was asked for here. */
function measure({ utterance, truth, truthHz, sound, soundHz }: Said, other: Said): Measured {
  const { pitchHz } = utterance;
  return {
    model: {
      ...shapeErrors(utterance, utterance.sound, sound),
      cents: pitchErrors(utterance, soundHz, pitchHz),
    },
    truth: {
      ...shapeErrors(utterance, utterance.sound, truth),
      cents: pitchErrors(utterance, truthHz, pitchHz),
    },
    wrong: {
      ...shapeErrors(utterance, utterance.sound, fitted(other.sound, sound.length)),
      cents: pitchErrors(utterance, soundHz, stretched(other.utterance.pitchHz, pitchHz.length)),
    },
  };
}

/** Over another length, as a sound: repeated or cut. */
function fitted(sound: Float32Array, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => sound[i % sound.length]!);
}

/** Over another length, as a curve. */
function stretched(curve: Float64Array, length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => curve[Math.floor((i * curve.length) / length)]!);
}

function scoresOf(measured: readonly Measured[]): VoiceScores {
  return {
    model: speechScores(measured.map(({ model }) => model)),
    truth: speechScores(measured.map(({ truth }) => truth)),
    wrong: speechScores(measured.map(({ wrong }) => wrong)),
  };
}

async function leave(folder: string, { bundle, seed }: VoiceReport, said: readonly Said[]): Promise<void> {
  for (const { utterance, truth, truthHz, sound, soundHz } of said) {
    const { name, text, speaker } = utterance;
    const comment = `Made by a neural audio model (${bundle}) that was told to say "${text}".`;
    await writeSound(join(folder, `${name}-model.wav`), sound, comment, SPEECH_SAMPLE_RATE);
    await writeSound(
      join(folder, `${name}-true.wav`),
      truth,
      `"${text}", what a model is held against.`,
      SPEECH_SAMPLE_RATE,
    );
    const picture = voicePicture(`${speaker}: ${text}`, utterance, [
      { title: `${bundle}, seed ${seed}`, sound, foundHz: soundHz, colour: MODEL_COLOUR },
      { title: 'truth', sound: truth, foundHz: truthHz, colour: TRUTH_COLOUR },
    ]);
    await writeFile(join(folder, `${name}.png`), picture);
  }
}
