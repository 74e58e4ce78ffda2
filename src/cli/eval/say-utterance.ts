import { setImmediate as yieldTurn } from 'node:timers/promises';
import { SPEECH_HOP, type Stepper } from '../../../models/index.js';
import { type Utterance, utteranceConditioning } from '../../eval/utterance.js';
import type { Playing } from './bundle-sampling.js';
import { createGuidedVoice } from './guided-voice.js';

/** Between two words on progress. */
const BLOCK_ROWS = 16;

/** What a model makes of an utterance, from its start token on, as fast as it goes. */
export async function sayUtterance(
  stepper: Stepper,
  utterance: Utterance,
  {
    sampling,
    guidance,
    seed,
    onProgress,
  }: Playing & {
    readonly seed: number;
    readonly onProgress: (share: number) => void;
  },
): Promise<Float32Array> {
  const whole = utteranceConditioning(stepper.conditioning, utterance);
  const voice = createGuidedVoice(stepper, seed, guidance);
  const out = new Float32Array(utterance.sound.length);
  const blockFrames = BLOCK_ROWS * SPEECH_HOP;
  for (let at = 0; at < out.length; at += blockFrames) {
    const block = out.subarray(at, at + blockFrames);
    const conditioning = whole.map((frames, input) => {
      const { dim, rateHz } = stepper.conditioning[input]!;
      return frames?.subarray(Math.round((at * rateHz) / stepper.sampleRate) * dim);
    });
    voice.stepBlock(block, block.length, sampling, undefined, conditioning);
    onProgress(at / out.length);
    await yieldTurn();
  }
  return out;
}
