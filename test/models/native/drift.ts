/** How far the float32 core drifts from its own float64 build: models/native/test/drift.cc, built and run both ways. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from '../../../models/index.js';
import { configWords, packModel } from '../../../models/native/pack.js';
import { packageRoot } from '../../../models/package-root.js';

const folder = join(packageRoot(), 'models', 'native', 'test');
const compiler = process.env.CXX ?? 'g++';

/** Why drift cannot be measured here, or undefined. */
export const driftMissing =
  spawnSync(compiler, ['--version'], { stdio: 'ignore' }).status === 0 ? undefined : `no ${compiler}`;

export interface Drift {
  /** Per compared frame, in order: the largest difference of a logit. */
  readonly maxAbsLogits: Float64Array;
  /** Frames between two compared ones. */
  readonly everyFrames: number;
  /** The float32 logits of the compared frames, (frames, levels). */
  readonly logits: Float64Array;
}

/**
 * Forces `ids` through both builds and compares the logits of every `everyFrames`-th frame. Compiles for some ten
 * seconds; `temporary` is a folder for its files.
 */
export function measureDrift(bundle: Bundle, ids: Uint8Array, everyFrames: number, temporary: string): Drift {
  const at = (name: string): string => join(temporary, name);
  execFileSync('sh', [join(folder, 'build_drift.sh'), at('drift32'), at('drift64')], { stdio: 'inherit' });
  writeFileSync(at('model.bin'), modelFile(bundle));
  writeFileSync(at('ids.bin'), ids);
  const [single, double] = ['32', '64'].map((bits) => {
    execFileSync(at(`drift${bits}`), [at('model.bin'), at('ids.bin'), String(everyFrames), at(`out${bits}`)]);
    const file = readFileSync(at(`out${bits}`));
    return new Float64Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength));
  });
  const { levels } = bundle.manifest.quantiser;
  const maxAbsLogits = new Float64Array(single!.length / levels);
  for (let row = 0; row < maxAbsLogits.length; row++) {
    for (let i = row * levels; i < (row + 1) * levels; i++) {
      maxAbsLogits[row] = Math.max(maxAbsLogits[row]!, Math.abs(single![i]! - double![i]!));
    }
  }
  return { maxAbsLogits, everyFrames, logits: single! };
}

/** What drift.cc reads: count and numbers of each array. */
function modelFile(bundle: Bundle): Buffer {
  const { values, kinds, scales } = packModel(bundle);
  return Buffer.concat(
    [configWords(bundle), values, kinds, scales].flatMap((array) => [
      Buffer.from(Int32Array.of(array.length).buffer),
      Buffer.from(array.buffer, array.byteOffset, array.byteLength),
    ]),
  );
}

/** Least-squares slope of `values` over their indices. */
export function slope(values: Float64Array): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let covariance = 0;
  let variance = 0;
  values.forEach((value, i) => {
    covariance += (i - middle) * (value - mean);
    variance += (i - middle) ** 2;
  });
  return variance === 0 ? 0 : covariance / variance;
}
