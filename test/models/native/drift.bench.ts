/**
 * Five minutes of the paper-size golden, the same forced inputs, against the float64 build of the core, and the first
 * ten seconds against the reference: `node dist/test/models/native/drift.bench.js [SECONDS]`. Prints; asserts nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReferenceStepper, loadNative } from '../../../models/index.js';
import { createNativeStepper } from '../../../models/native/native-stepper.js';
import { goldenBundle } from '../../support/golden-bundles.js';
import { measureDrift, slope } from './drift.js';

const SAMPLE_RATE = 16000;
const EVERY_FRAMES = 800;
const REFERENCE_SECONDS = 10;

const context = { skip: () => process.exit(0), test: undefined } as unknown as Mocha.Context;
const seconds = Number(process.argv[2] ?? 300);
const { bundle } = await goldenBundle(context, 'paper');
const { levels } = bundle.manifest.quantiser;

const loaded = loadNative();
if (!loaded.ok) throw new Error(loaded.reason);
// What the model itself plays: sound as it would be on stage.
const ids = new Uint8Array(seconds * SAMPLE_RATE);
const voice = createNativeStepper(bundle, loaded.addon).createVoice(1);
voice.stepBlock(new Float32Array(ids.length), ids.length, { temperature: 1, topP: 1, topK: 0 }, ids);

const temporary = mkdtempSync(join(tmpdir(), 'sashimi-drift-'));
const { maxAbsLogits, logits } = measureDrift(bundle, ids, EVERY_FRAMES, temporary);
rmSync(temporary, { recursive: true });
const perMinute = (slope(maxAbsLogits) * 60 * SAMPLE_RATE) / EVERY_FRAMES;
const sorted = Float64Array.from(maxAbsLogits).sort();
console.log(`${seconds} s, every ${EVERY_FRAMES}th frame: largest difference of a logit from float64`);
console.log(`  worst ${sorted.at(-1)}, median ${sorted[sorted.length >> 1]}, slope ${perMinute} per minute`);
const tenth = Math.floor(maxAbsLogits.length / 10);
for (let part = 0; part < 10; part++) {
  console.log(`  tenth ${part + 1}: ${Math.max(...maxAbsLogits.subarray(part * tenth, (part + 1) * tenth))}`);
}

const reference = createReferenceStepper(bundle).createVoice(0);
const row = new Float32Array(levels);
let worst = 0;
for (let frame = 0; frame < REFERENCE_SECONDS * SAMPLE_RATE; frame += EVERY_FRAMES) {
  reference.forceBlock(ids.subarray(frame), EVERY_FRAMES - 1);
  reference.forceBlock(ids.subarray(frame + EVERY_FRAMES - 1), 1, row);
  const at = (frame / EVERY_FRAMES) * levels;
  for (let i = 0; i < levels; i++) worst = Math.max(worst, Math.abs(row[i]! - logits[at + i]!));
}
console.log(`first ${REFERENCE_SECONDS} s against the reference: worst ${worst}`);
