import { setImmediate as yieldTurn } from 'node:timers/promises';
import { NOTE_HOP, type Performance, type Sampling, type Stepper } from '../../../models/index.js';
import { PerformanceConditioning } from '../../eval/performance-conditioning.js';

/** Between two words on progress. */
const BLOCK_FRAMES = 16 * NOTE_HOP;

/** What a model makes of a performance, from its start token on, as fast as it goes. */
export async function playModel(
  stepper: Stepper,
  performance: Performance,
  {
    sampling,
    seed,
    onProgress,
  }: {
    readonly sampling: Sampling;
    readonly seed: number;
    readonly onProgress: (share: number) => void;
  },
): Promise<Float32Array> {
  const conditioning = new PerformanceConditioning(performance, stepper.conditioning, BLOCK_FRAMES);
  const voice = stepper.createVoice(seed);
  const out = new Float32Array(Math.round(performance.seconds * stepper.sampleRate));
  for (let at = 0; at < out.length; at += BLOCK_FRAMES) {
    const block = out.subarray(at, at + BLOCK_FRAMES);
    voice.stepBlock(block, block.length, sampling, undefined, conditioning.block(block.length));
    onProgress(at / out.length);
    await yieldTurn();
  }
  return out;
}
