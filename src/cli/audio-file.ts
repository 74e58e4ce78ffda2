/** Reads audio files for scoring: mono at the rate of a model, whatever the file holds. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import wavefile from 'wavefile';
import { delayInOutputFrames, designResamplerFilter, fineQuality, Resampler } from '../../nodes/index.js';
import { CliError } from './errors.js';

export interface MonoAudio {
  /** Nominal range [-1, 1]. */
  readonly samples: Float32Array;
  /** Hz. */
  readonly sampleRate: number;
}

/** The mean of the file's channels. */
export async function readAudioFile(file: string): Promise<MonoAudio> {
  const bytes = /\.flac$/i.test(file) ? await decodeFlac(file) : await readBytes(file);
  try {
    const wav = new wavefile.WaveFile(bytes);
    const { numChannels, sampleRate } = wav.fmt as { numChannels: number; sampleRate: number };
    const interleaved = samplesOf(wav);
    if (!(numChannels > 0 && sampleRate > 0)) throw new Error('it names no channels or no sample rate');
    return { samples: meanOfChannels(interleaved, numChannels), sampleRate };
  } catch (cause) {
    throw new CliError('CLI_AUDIO_FILE', `${file} is no WAV file that can be read: ${wordsOf(cause)}.`, {
      cause,
    });
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

/** In [-1, 1]. 16 bits are scaled as `toBitDepth` does it, which takes twenty times as long. */
function samplesOf(wav: wavefile.WaveFile): Float64Array {
  if (wav.bitDepth === '16') {
    const whole = wav.getSamples(true, Int16Array) as unknown as Int16Array;
    return Float64Array.from(whole, (x) => (x < 0 ? x / 32_768 : x / 32_767));
  }
  wav.toBitDepth('64');
  return wav.getSamples(true, Float64Array) as unknown as Float64Array;
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new CliError('CLI_AUDIO_FILE', `${file} cannot be read: ${wordsOf(cause)}.`, { cause });
  }
}

async function decodeFlac(file: string): Promise<Uint8Array> {
  const options = { encoding: 'buffer', maxBuffer: 2 ** 31 } as const;
  try {
    return (await promisify(execFile)('flac', ['-dcs', '--', file], options)).stdout;
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = isMissing ? 'the program flac is not installed' : `flac cannot decode it`;
    throw new CliError('CLI_AUDIO_FILE', `${file} cannot be read: ${why}.`, { cause });
  }
}

function meanOfChannels(interleaved: Float64Array, channels: number): Float32Array {
  const mono = new Float32Array(Math.floor(interleaved.length / channels));
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += interleaved[i * channels + c]!;
    mono[i] = sum / channels;
  }
  return mono;
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
