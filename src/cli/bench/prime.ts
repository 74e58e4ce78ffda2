import type { CoreRates } from '../../../models/index.js';
import { limitFigures, probeCore } from './core-limits.js';
import { largest, median } from './order-statistics.js';
import { openSubject, type SpeedFigures, type SubjectOptions, subjectFacts } from './subject.js';

export interface PrimeBench extends SpeedFigures {
  /** Frames of known sound fed at once. */
  readonly frames: number;
  /** Milliseconds for all of them: the middle repeat, and the slowest. */
  readonly medianMs: number;
  readonly worstMs: number;
}

export interface PrimeBenchOptions extends SubjectOptions {
  readonly frames: number;
  readonly repeats: number;
  readonly core?: CoreRates | undefined;
}

/** How fast a voice takes in known sound: its own, so that the states are those of sound. */
export async function benchPrime(folder: string, options: PrimeBenchOptions): Promise<PrimeBench> {
  const { frames, repeats } = options;
  const core = options.core ?? probeCore();
  const subject = await openSubject(folder, options);
  const { stepper, bundle } = subject;
  const voice = stepper.createVoice(1);
  const ids = new Uint8Array(frames);
  voice.stepBlock(new Float32Array(frames), frames, bundle.manifest.sampling, ids);
  const timesMs = Array.from({ length: repeats }, () => {
    voice.reset(1);
    const startedMs = performance.now();
    voice.forceBlock(ids, frames);
    return performance.now() - startedMs;
  });
  const medianMs = median(timesMs);
  const soundMs = (frames * 1000) / stepper.sampleRate;
  const samplesPerSecond = (frames * 1000) / medianMs;
  const result = {
    ...subjectFacts(subject.bundle, subject.stepper, subject.reason),
    frames,
    repeats,
    realTimeFactor: soundMs / medianMs,
    samplesPerSecond,
    worstBlock: largest(timesMs) / soundMs,
    medianMs,
    worstMs: largest(timesMs),
    ...limitFigures(bundle, core, samplesPerSecond, { voices: 1, framesPerPass: frames }),
  };
  stepper.dispose();
  return result;
}
