/** Reads a rendered file with wavefile, as others would, and measures it. */
import { readFileSync } from 'node:fs';
import wavefile from 'wavefile';

export interface WavFacts {
  readonly bytes: Buffer;
  /** Of all channels, interleaved. */
  readonly samples: Float64Array;
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitDepth: string;
  readonly numFrames: number;
  /** Of all channels, linear. */
  readonly peak: number;
  readonly rms: number;
  readonly hasOnlyNumbers: boolean;
}

export function readWav(file: string): WavFacts {
  const bytes = readFileSync(file);
  const wav = new wavefile.WaveFile(bytes);
  const { numChannels, sampleRate } = wav.fmt as { numChannels: number; sampleRate: number };
  const { bitDepth } = wav;
  wav.toBitDepth('64');
  const samples = wav.getSamples(true, Float64Array) as unknown as Float64Array;
  let peak = 0;
  let sum = 0;
  let hasOnlyNumbers = true;
  for (const x of samples) {
    peak = Math.max(peak, Math.abs(x));
    sum += x * x;
    hasOnlyNumbers &&= Number.isFinite(x);
  }
  return {
    bytes,
    samples,
    sampleRate,
    channels: numChannels,
    bitDepth,
    numFrames: samples.length / numChannels,
    peak,
    rms: Math.sqrt(sum / samples.length),
    hasOnlyNumbers,
  };
}
