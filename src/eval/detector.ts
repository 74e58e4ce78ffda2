import { setImmediate as yieldTurn } from 'node:timers/promises';
import { Decomposition } from './decomposition.js';
import { HOP_FRAMES, NoteSpectra, NUM_BINS, numLooks } from './note-spectra.js';
import { type FoundNote, findOnsets } from './onsets.js';
import { NUM_KEYS, type Templates } from './templates.js';

/** Looks between two words on progress. */
const PORTION_LOOKS = 50;

/** Hears which keys begin to sound, and when, by the templates of one instrument. */
export class NoteDetector {
  readonly #spectra = new NoteSpectra();
  readonly #decomposition: Decomposition;

  constructor(templates: Templates) {
    this.#decomposition = new Decomposition(templates);
  }

  /** `sound` is mono at 16 kHz. One call at a time. */
  async find(
    sound: Float32Array,
    onProgress: (share: number) => void = () => undefined,
  ): Promise<FoundNote[]> {
    return findOnsets(await this.amplitudes(sound, onProgress));
  }

  /** (looks, NUM_KEYS): the amplitude of every key every 20 ms. */
  async amplitudes(sound: Float32Array, onProgress: (share: number) => void): Promise<Float32Array> {
    const looks = numLooks(sound.length);
    const amplitudes = new Float32Array(looks * NUM_KEYS);
    const look = new Float64Array(NUM_BINS);
    for (let t = 0; t < looks; t++) {
      this.#spectra.look(sound, t * HOP_FRAMES, look);
      this.#decomposition.fit(look, amplitudes.subarray(t * NUM_KEYS, (t + 1) * NUM_KEYS));
      if (t % PORTION_LOOKS !== 0) continue;
      onProgress(t / looks);
      await yieldTurn();
    }
    onProgress(1);
    return amplitudes;
  }
}
