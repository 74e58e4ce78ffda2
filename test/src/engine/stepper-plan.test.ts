import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { bundleIdentity, type PlannedStepper, StepperPlan } from '../../../src/engine/stepper-plan.js';
import { useTempFolder } from '../../support/temp-folder.js';

const folder = useTempFolder();
const auto = { stepper: 'auto', provider: undefined } as const;

async function bundle(name: string): Promise<string> {
  mkdirSync(folder.path(name));
  writeFileSync(folder.path(`${name}/model.json`), name);
  return folder.path(name);
}

async function row(
  dir: string,
  stepper: PlannedStepper['stepper'],
  reason = 'fastest',
): Promise<PlannedStepper> {
  return { bundle: await bundleIdentity(dir), stepper, reason };
}

describe('the plan of steppers of an engine', () => {
  it('is what was asked for where a stepper has a name, or there is no plan', async () => {
    const dir = await bundle('a');
    const named = { stepper: 'wasm', provider: undefined } as const;
    assert.equal(await new StepperPlan(named, [await row(dir, 'cuda')]).of(dir, false), named);
    assert.equal(await new StepperPlan(auto, undefined).of('no folder', false), auto);
  });

  it('is the first row of a bundle, wherever it lies', async () => {
    const dir = await bundle('a');
    const plan = new StepperPlan(auto, [await row(dir, 'cuda', 'first'), await row(dir, 'native')]);
    const expected = { stepper: 'cuda', provider: undefined, reason: 'first' };
    assert.deepEqual(await plan.of(dir, false), expected);
  });

  it('says why a bundle is not as planned', async () => {
    const [a, b] = [await bundle('a'), await bundle('b')];
    const plan = new StepperPlan(auto, [await row(a, 'cuda')]);
    assert.match((await plan.of(b, false)).reason ?? '', /^not measured/);
    const pair = await plan.of(a, true);
    assert.equal(pair.stepper, 'auto');
    assert.match(pair.reason ?? '', /no two models as one/);
  });

  it('gives a stepper up that does not open, for good', async () => {
    const dir = await bundle('a');
    const plan = new StepperPlan(auto, [await row(dir, 'cuda')]);
    const use = await plan.of(dir, false);
    assert.equal(await plan.giveUp(dir, use, new Error('no memory')), true);
    const instead = await plan.of(dir, false);
    assert.equal(instead.stepper, 'auto');
    assert.equal(instead.reason, 'cuda was chosen and does not open: no memory');
    assert.equal(await plan.giveUp(dir, instead, new Error('nor this')), false);
  });
});
