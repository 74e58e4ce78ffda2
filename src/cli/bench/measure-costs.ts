/** Measures what the picture of a model's cost shows. */
import { fastestOfEach, measureBlocks } from './block-costs.js';
import type { CostSeries } from './cost-picture.js';
import { median } from './order-statistics.js';
import { pathOf } from './path.js';
import { voiceWork } from './stepper.js';
import { openSubject, type Subject, type SubjectOptions } from './subject.js';

const blockFrames = 64;
/** Periods of the tiers that the cost of a frame is the middle of. */
const numPeriods = 400;
/** Two periods of the usual pools, so that the pattern is seen to repeat. */
const leastFrames = 32;

export interface MeasureCostsOptions extends SubjectOptions {
  /** Of sound, in each repeat. */
  readonly seconds: number;
  readonly repeats: number;
}

export async function measureCosts(folder: string, options: MeasureCostsOptions): Promise<CostSeries> {
  const { seconds, repeats } = options;
  const subject = await openSubject(folder, options);
  const { sampleRate } = subject.stepper;
  const work = voiceWork(subject, blockFrames);
  const costs = measureBlocks(work, Math.ceil((seconds * sampleRate) / blockFrames), repeats);
  const series = {
    title: `${subject.bundle.manifest.name}, ${pathOf(subject.bundle, subject.stepper)}`,
    blockFrames,
    sampleRate,
    measuredMs: costs[0]!,
    fastestMs: fastestOfEach(costs),
    frameUs: frameCostsUs(subject),
  };
  subject.stepper.dispose();
  return series;
}

/** Microseconds of each frame of a period of all tiers. */
function frameCostsUs(subject: Subject): Float64Array {
  const pool = subject.bundle.manifest.architecture.pool.reduce((a, b) => a * b, 1);
  const period = pool * Math.ceil(leastFrames / pool);
  const [costs] = measureBlocks(voiceWork(subject, 1), period * numPeriods, 1);
  return Float64Array.from({ length: period }, (_, frame) => {
    const sameFrame = Float64Array.from({ length: numPeriods }, (_, i) => costs![i * period + frame]!);
    return median(sameFrame) * 1000;
  });
}
