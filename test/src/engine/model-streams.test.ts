import assert from 'node:assert/strict';
import { writeBundle } from '../../../models/index.js';
import { ModelStreamTable } from '../../../src/engine/model-stream-table.js';
import { EngineModelStreams, rollbackLookAheadMs } from '../../../src/engine/model-streams.js';
import { bundleIdentity, type PlannedStepper } from '../../../src/engine/stepper-plan.js';
import { useSuiteTempFolder } from '../../support/temp-folder.js';
import { tinyBundleParts } from '../../support/tiny-bundle.js';

describe('the look-ahead of models whose control is rolled back', () => {
  it('is four times the other, up to a quarter of a second, and never shorter than it', () => {
    assert.equal(rollbackLookAheadMs(16), 64);
    assert.equal(rollbackLookAheadMs(100), 250);
    assert.equal(rollbackLookAheadMs(2000), 2000);
  });
});

describe('streams of an engine', () => {
  const folder = useSuiteTempFolder();
  before(async () => {
    const { draft, tensors } = tinyBundleParts();
    await writeBundle(folder.path('tiny'), draft, tensors, '# Tiny\n');
  });

  /** The stepper of a stream, with such a row in the plan. */
  async function stepperWith(row: Omit<PlannedStepper, 'bundle'>) {
    const bundle = folder.path('tiny');
    const steppers = [{ ...row, bundle: await bundleIdentity(bundle) }];
    const table = new ModelStreamTable();
    const streams = new EngineModelStreams({ stepper: 'auto', lookAheadMs: 16, steppers }, table);
    const sampling = { temperature: 1, topP: 1, topK: 0 };
    const opened = await streams.open({ nodeId: 'm', bundle, seed: 1, sampling, mode: 'live' });
    const { stepperReason } = table.stepperFacts();
    await opened.stream.close();
    assert.equal(stepperReason, opened.stepper.reason);
    return opened.stepper;
  }

  it('have the stepper of the plan, and its reason', async () => {
    const { kind, reason } = await stepperWith({ stepper: 'wasm', reason: '7 times real time' });
    assert.deepEqual([kind, reason], ['wasm', '7 times real time']);
  });

  it('have the usual one where that of the plan does not open after all', async () => {
    const gone = { stepper: 'onnx', provider: process.platform === 'win32' ? 'coreml' : 'dml' } as const;
    const { kind, reason } = await stepperWith({ ...gone, reason: 'fastest' });
    assert.ok(kind === 'native' || kind === 'wasm');
    assert.match(reason, /^onnx was chosen and does not open: /);
  });
});
