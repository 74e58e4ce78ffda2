/** Reads audio files of any kind for scoring: mono at the rate of a model, whatever the file holds. */
import { resolve } from 'node:path';
import { delayInOutputFrames, designResamplerFilter, fineQuality, Resampler } from '../../nodes/index.js';
import { type AudioReader, openAudioFile } from '../audio-files/index.js';
import { CliError } from './errors.js';

const PIECE_FRAMES = 4096;

export interface MonoAudio {
  /** Nominal range [-1, 1]. */
  readonly samples: Float32Array;
  /** Hz. */
  readonly sampleRate: number;
}

/** The mean of the file's channels; what is damaged of it is passed over. */
export async function readAudioFile(file: string): Promise<MonoAudio> {
  try {
    const reader = await openAudioFile(resolve(file));
    try {
      return { samples: readMean(reader), sampleRate: reader.format.sampleRate };
    } finally {
      reader.close();
    }
  } catch (cause) {
    throw new CliError('CLI_AUDIO_FILE', wordsOf(cause), { cause });
  }
}

/** The same sound at another rate. */
export function toRate({ samples, sampleRate }: MonoAudio, rate: number): Float32Array {
  if (sampleRate === rate) return samples;
  const filter = designResamplerFilter(sampleRate, rate, fineQuality);
  // What comes out first is the filter's delay; what is pushed last pushes the end out.
  const delay = Math.round(delayInOutputFrames(filter));
  const out = new Float32Array(delay + Math.floor((samples.length * rate) / sampleRate));
  const input = new Float32Array(Math.ceil((out.length * sampleRate) / rate) + 1);
  input.set(samples.subarray(0, input.length));
  const resampler = new Resampler({ channels: 1, filter, maxInputFrames: input.length });
  resampler.push([input], 0, input.length);
  resampler.pull([out], 0, out.length);
  return out.subarray(delay);
}

/** Grows with what is there, whatever the file says of its length. */
function readMean(reader: AudioReader): Float32Array {
  const piece = Array.from({ length: reader.format.channels }, () => new Float32Array(PIECE_FRAMES));
  const means: Float32Array[] = [];
  let frames = 0;
  for (;;) {
    const count = reader.read(piece, 0, PIECE_FRAMES);
    if (count === 0) break;
    const mean = new Float32Array(count);
    for (const channel of piece) for (let i = 0; i < count; i++) mean[i] = mean[i]! + channel[i]!;
    for (let i = 0; i < count; i++) mean[i] = mean[i]! / piece.length;
    means.push(mean);
    frames += count;
  }
  const samples = new Float32Array(frames);
  let at = 0;
  for (const mean of means) {
    samples.set(mean, at);
    at += mean.length;
  }
  return samples;
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
