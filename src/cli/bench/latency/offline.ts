/** The same engine without a clock: what the sound is when nobody touches it, and what its nodes delay. */
import type { Patch } from '../../../../graph/index.js';
import { createEngineParts } from '../../../container/container.js';
import { Engine } from '../../../engine/engine.js';
import type { PlayOptions } from '../../../process/play-options.js';

export interface OfflineSound {
  readonly channels: readonly Float32Array[];
  /** Of the longest path, look-ahead not counted: a model that is waited for runs none. Engine frames. */
  readonly graphLatencyFrames: number;
  /** Longest wait for a frame of conditioning. */
  readonly conditioningMs: number;
}

/** The first `seconds` of `patch`. */
export async function renderOffline(
  patch: Patch,
  { sampleRate, blockFrames, channels, seed, stepper, plugins }: PlayOptions,
  seconds: number,
): Promise<OfflineSound> {
  const parts = await createEngineParts({ stepper, lookAheadMs: 0, plugins });
  const engine = await Engine.create({
    patch,
    presetName: 'latency',
    mode: 'offline',
    sampleRate,
    blockFrames,
    channels,
    seed,
    parts,
  });
  try {
    const numFrames = Math.ceil(seconds * sampleRate);
    const sound = Array.from({ length: channels }, () => new Float32Array(numFrames));
    while (engine.frame < numFrames) {
      const at = engine.frame;
      engine.process(Math.min(blockFrames, numFrames - at), (output, ticked) => {
        for (const [c, samples] of sound.entries()) {
          samples.set(output.channels[c]!.subarray(0, ticked), engine.frame);
        }
      });
    }
    const numbers = engine.statusPage.read();
    return {
      channels: sound,
      graphLatencyFrames: numbers?.graphLatencyFrames ?? 0,
      conditioningMs: numbers?.conditioningMs ?? 0,
    };
  } finally {
    await engine.close();
  }
}
