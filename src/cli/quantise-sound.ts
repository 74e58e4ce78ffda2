/** Which sound `model quantize` calibrates on, and which it scores: never the same. */
import { basename } from 'node:path';
import {
  type Bundle,
  calibrationFrames,
  excerptTokens,
  ownTokens,
  soundOfTokens,
} from '../../models/index.js';
import { readAudioFile, toRate } from './audio-file.js';

export interface QuantiseSound {
  /** Absent where nothing is calibrated. */
  readonly calibration?: { readonly tokens: Uint8Array; readonly about: string };
  /** Mono, at the rate of the model. */
  readonly scored: { readonly clips: readonly Float32Array[]; readonly about: string };
}

export interface QuantiseSoundOptions {
  readonly isCalibrated: boolean;
  /** Recordings. Without `calibrate` the first half of each is calibrated on and only the second is scored. */
  readonly audio: readonly string[];
  readonly calibrate: readonly string[];
  /** Of each recording, at most, that is scored. */
  readonly seconds: number;
  /** Share of the sound that the model has made of itself. */
  readonly onProgress: (share: number) => void | Promise<void>;
}

/** Where there are no recordings the model plays for itself, with one seed to calibrate on and another to be scored. */
const ownSeeds = { calibration: 1, scored: 2 };

export async function chooseSound(bundle: Bundle, options: QuantiseSoundOptions): Promise<QuantiseSound> {
  const { isCalibrated, audio, calibrate, onProgress } = options;
  const { sampleRate } = bundle.manifest;
  const recordings = await readClips(audio, sampleRate);
  const isSplit = isCalibrated && calibrate.length === 0;
  const half = (clip: Float32Array) => Math.floor(clip.length / 2);

  const numFrames = calibrationFrames(bundle);
  const maxFrames = Math.round(options.seconds * sampleRate);
  const clips = recordings.map((clip) => middle(isSplit ? clip.subarray(half(clip)) : clip, maxFrames));
  const scored = { clips, about: `${isSplit ? 'the second halves of ' : ''}${namesOf(audio)}` };
  if (clips.length === 0) {
    const tokens = await ownTokens(bundle, Math.ceil(numFrames / 2), ownSeeds.scored, onProgress);
    clips.push(soundOfTokens(bundle, tokens));
    scored.about = `${(numFrames / 2 / sampleRate).toFixed(1)} s of its own sound`;
  }
  if (!isCalibrated) return { scored };

  const heard = isSplit
    ? recordings.map((clip) => clip.subarray(0, half(clip)))
    : await readClips(calibrate, sampleRate);
  const tokens =
    heard.length > 0
      ? excerptTokens(bundle, heard, numFrames)
      : await ownTokens(bundle, numFrames, ownSeeds.calibration, onProgress);
  const source =
    calibrate.length > 0
      ? namesOf(calibrate)
      : audio.length > 0
        ? `the first halves of ${namesOf(audio)}`
        : 'its own sound';
  return {
    scored,
    calibration: { tokens, about: `${(tokens.length / sampleRate).toFixed(1)} s of ${source}` },
  };
}

async function readClips(files: readonly string[], sampleRate: number): Promise<Float32Array[]> {
  const clips: Float32Array[] = [];
  for (const file of files) clips.push(toRate(await readAudioFile(file), sampleRate));
  return clips;
}

function middle(clip: Float32Array, maxFrames: number): Float32Array {
  const start = Math.max(0, Math.floor((clip.length - maxFrames) / 2));
  return clip.subarray(start, start + maxFrames);
}

function namesOf(files: readonly string[]): string {
  return files.map((file) => basename(file)).join(', ');
}
