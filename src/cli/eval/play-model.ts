import { setImmediate as yieldTurn } from 'node:timers/promises';
import { NOTE_HOP, type Stepper } from '../../../models/index.js';
import type { BlockConditioning } from '../../eval/block-conditioning.js';
import type { Playing } from './bundle-sampling.js';
import { createGuidedVoice } from './guided-voice.js';

/** Between two words on progress. */
export const PLAY_BLOCK_FRAMES = 16 * NOTE_HOP;

/** What a model makes of what it is told for `seconds`, from its start token on, as fast as it goes. */
export async function playModel(
  stepper: Stepper,
  conditioning: BlockConditioning,
  seconds: number,
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
  const voice = createGuidedVoice(stepper, seed, guidance);
  const out = new Float32Array(Math.round(seconds * stepper.sampleRate));
  for (let at = 0; at < out.length; at += PLAY_BLOCK_FRAMES) {
    const block = out.subarray(at, at + PLAY_BLOCK_FRAMES);
    voice.stepBlock(block, block.length, sampling, undefined, conditioning.block(block.length));
    onProgress(at / out.length);
    await yieldTurn();
  }
  return out;
}
