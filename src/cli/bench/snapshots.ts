import type { Bundle, Stepper } from '../../../models/index.js';
import { type Spread, spreadOf } from './spread.js';

export interface SnapshotFigures {
  readonly snapshotBytes: number;
  readonly snapshotMs: Spread;
  readonly restoreMs: Spread;
}

/** As many frames as a stream steps between two looks at its control. */
const subBlockFrames = 32;

/** What it costs to keep the state of one voice, and to go back to it. */
export function measureSnapshots({ manifest }: Bundle, stepper: Stepper, repeats: number): SnapshotFigures {
  const voice = stepper.createVoice(1);
  const state = new Uint8Array(voice.snapshotBytes);
  const out = new Float32Array(subBlockFrames);
  const snapshotsMs: number[] = [];
  const restoresMs: number[] = [];
  // As in a stream: the state is what was just stepped, the snapshot is not in the cache.
  const step = (): void => voice.stepBlock(out, subBlockFrames, manifest.sampling);
  for (let i = 0; i < repeats; i++) {
    step();
    snapshotsMs.push(timeMs(() => voice.snapshot(state)));
    step();
    restoresMs.push(timeMs(() => voice.restore(state)));
  }
  return {
    snapshotBytes: voice.snapshotBytes,
    snapshotMs: spreadOf(snapshotsMs),
    restoreMs: spreadOf(restoresMs),
  };
}

function timeMs(body: () => void): number {
  const startedMs = performance.now();
  body();
  return performance.now() - startedMs;
}
