/** The instrument that the models have heard: a sound font played by the program fluidsynth, as models/training does. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encodeMidiFile } from '../../../models/index.js';
import type { Instrument } from '../../eval/instrument.js';
import { DETECTOR_RATE } from '../../eval/note-spectra.js';
import { toRate } from '../audio-file.js';
import { CliError } from '../errors.js';

export const DEFAULT_SOUND_FONT = '/usr/share/sounds/sf2/FluidR3_GM.sf2';
/** What the recipes give to the sound: loudness, and a first-order low-pass, the felt between hammer and string. */
export const RECIPE_GAIN = 4;
const FELT_HZ = 1000;

/** fluidsynth's own way to 16 kHz would alias. */
const RENDER_RATE = 48_000;
const PROBE_MS = 20_000;

/** Rejects with CLI_FLUIDSYNTH where it cannot play here. */
export async function openFluidsynth(soundFont: string, gain: number): Promise<Instrument> {
  let version: string;
  try {
    const { stdout } = await promisify(execFile)('fluidsynth', ['--version'], { timeout: PROBE_MS });
    version = /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? '';
  } catch (cause) {
    throw new CliError('CLI_FLUIDSYNTH', `The program fluidsynth cannot be run: ${wordsOf(cause)}.`, {
      cause,
    });
  }
  const font = await stat(soundFont).catch((cause: unknown) => {
    throw new CliError('CLI_FLUIDSYNTH', `The sound font ${soundFont} cannot be read: ${wordsOf(cause)}.`, {
      cause,
    });
  });
  const facts = [version, soundFont, font.size, font.mtimeMs, gain, FELT_HZ].join('|');
  return {
    name: `fluidsynth ${version}`,
    fingerprint: createHash('sha256').update(facts).digest('hex').slice(0, 16),
    render: async (performance, seconds) => {
      const midi = encodeMidiFile(performance, seconds);
      const sound = soften(
        toRate({ samples: await play(midi, soundFont), sampleRate: RENDER_RATE }, DETECTOR_RATE),
      );
      const out = new Float32Array(Math.round(seconds * DETECTOR_RATE));
      for (let t = 0; t < Math.min(out.length, sound.length); t++) out[t] = gain * sound[t]!;
      return out;
    },
  };
}

/** Mono, 48 kHz: the mean of both channels. Reverb and chorus are off. */
async function play(midi: Uint8Array, soundFont: string): Promise<Float32Array> {
  const folder = await mkdtemp(join(tmpdir(), 'sashimi-eval-'));
  try {
    const [input, output] = [join(folder, 'notes.mid'), join(folder, 'sound.raw')];
    await writeFile(input, midi);
    const args = [
      '-n',
      '-i',
      '-q',
      '-R',
      '0',
      '-C',
      '0',
      '-g',
      '0.5',
      '-r',
      String(RENDER_RATE),
      '-O',
      's16',
      '-E',
      'little',
      '-T',
      'raw',
      '-F',
      output,
      '--',
      soundFont,
      input,
    ];
    await promisify(execFile)('fluidsynth', args, { maxBuffer: 2 ** 24 });
    return monoOf(await readFile(output));
  } catch (cause) {
    throw new CliError('CLI_FLUIDSYNTH', `fluidsynth failed: ${wordsOf(cause)}.`, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function monoOf(bytes: Buffer): Float32Array {
  const mono = new Float32Array(bytes.length >> 2);
  for (let t = 0; t < mono.length; t++) {
    mono[t] = (bytes.readInt16LE(4 * t) + bytes.readInt16LE(4 * t + 2)) / 65_536;
  }
  return mono;
}

/** y[t] = (1 - k) x[t] + k y[t - 1], in place. */
function soften(sound: Float32Array): Float32Array {
  const keep = Math.exp((-2 * Math.PI * FELT_HZ) / DETECTOR_RATE);
  let y = 0;
  for (let t = 0; t < sound.length; t++) {
    y = (1 - keep) * sound[t]! + keep * y;
    sound[t] = y;
  }
  return sound;
}

function wordsOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).trim().split('\n')[0]!;
}
