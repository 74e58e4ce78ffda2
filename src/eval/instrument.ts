/** What can play notes into a sound: the truth that a model is held against, and the source of the templates. */
import type { Performance } from '../../models/index.js';

export interface Instrument {
  /** A word or two for reports. */
  readonly name: string;
  /** What its sound depends on, so that templates can be kept. */
  readonly fingerprint: string;
  /** Mono, 16 kHz, `seconds` long, as loud as the model was trained to be. */
  render(performance: Performance, seconds: number): Promise<Float32Array>;
}
