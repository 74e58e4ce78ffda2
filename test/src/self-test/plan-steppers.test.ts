import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { CandidateName, Trial } from '../../../models/index.js';
import { bundleIdentity } from '../../../src/engine/stepper-plan.js';
import { TrialCache } from '../../../src/self-test/kept-trials.js';
import { lookAtMachine, stepperBuild } from '../../../src/self-test/machine.js';
import {
  type BundleNeed,
  type PlanSurroundings,
  planSteppers,
  stepperSentence,
} from '../../../src/self-test/plan-steppers.js';
import { useTempFolder } from '../../support/temp-folder.js';

const folder = useTempFolder();

/** A folder with a manifest that is none, but tells bundles apart. */
function need(name: string, voices = 1): BundleNeed {
  const path = folder.path(name);
  mkdirSync(path, { recursive: true });
  writeFileSync(`${path}/model.json`, name);
  return { name, folder: path, voices };
}

function measured(kind: CandidateName['kind'], timesRealTime: number): Trial {
  return { kind, outcome: 'measured', instructionSet: 'avx', timesRealTime, p99Ms: 1, blockFrames: 32 };
}

const native = measured('native', 12);
const noDriver: Trial = { kind: 'cuda', outcome: 'absent', why: 'there is no driver', code: 'MODEL_CUDA' };

/** A machine whose self-tests find these; `asked` has what was measured. */
function surroundings(
  trials: readonly Trial[] = [native, noDriver],
  change: Partial<PlanSurroundings> = {},
): PlanSurroundings & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    cache: new TrialCache(folder.path('steppers.json')),
    machine: { fingerprint: 'here', cores: 2, hasGpu: false },
    build: 'as built',
    measure: async ({ name, voices }) => {
      asked.push(`${name} x ${voices}`);
      return trials;
    },
    ...change,
  };
}

describe('the plan of steppers', () => {
  it('measures once per bundle, voices, machine and build', async () => {
    const around = surroundings();
    const needs = [need('a'), need('b', 3)];
    const first = await planSteppers(needs, 'measure', around);
    const second = await planSteppers(needs, 'measure', around);
    assert.deepEqual(around.asked, ['a x 1', 'b x 3']);
    assert.deepEqual(
      [first, second].map(({ reports }) => reports.map(({ isMeasuredNow }) => isMeasuredNow)),
      [
        [true, true],
        [false, false],
      ],
    );
    assert.deepEqual(second.steppers.slice(0, 2), first.steppers);
    for (const change of [
      { build: 'anew' },
      { machine: { fingerprint: 'elsewhere', cores: 2, hasGpu: false } },
    ]) {
      const other = surroundings([native], change);
      await planSteppers(needs, 'measure', other);
      assert.equal(other.asked.length, 2);
    }
    await planSteppers([need('a', 2)], 'measure', around);
    assert.equal(around.asked.at(-1), 'a x 2');
    writeFileSync(`${needs[0]!.folder}/model.json`, 'trained longer');
    await planSteppers([needs[0]!], 'measure', around);
    assert.equal(around.asked.at(-1), 'a x 1');
  });

  it('measures all again when told to, and nothing while somebody waits for sound', async () => {
    const around = surroundings();
    const needs = [need('a')];
    assert.deepEqual(await planSteppers(needs, 'kept', around), { steppers: [], reports: [] });
    await planSteppers(needs, 'measure', around);
    await planSteppers(needs, 'again', around);
    assert.equal(around.asked.length, 2);
    assert.equal((await planSteppers(needs, 'kept', around)).steppers.length, 1);
    assert.equal(around.asked.length, 2);
  });

  it('has rows for all bundles that were measured here, what plays first', async () => {
    await planSteppers([need('a')], 'measure', surroundings());
    const around = surroundings([native, measured('cuda', 90)]);
    const { steppers } = await planSteppers([need('b', 2)], 'measure', around);
    assert.deepEqual(
      steppers.map(({ bundle, stepper }) => [bundle, stepper]),
      [
        [await bundleIdentity(folder.path('b')), 'cuda'],
        [await bundleIdentity(folder.path('a')), 'native'],
      ],
    );
    assert.equal(steppers[0]!.reason, '90 times real time for 2 voices; native: 12 times real time');
  });

  it('says it in a sentence', async () => {
    const { reports } = await planSteppers([need('a')], 'measure', surroundings());
    assert.equal(
      stepperSentence(reports[0]!),
      'Stepper of a: native (avx), 12 times real time for 1 voice; cuda: there is no driver (MODEL_CUDA).',
    );
  });

  it('keeps nothing where nothing could be measured, and plans nothing', async () => {
    const around = surroundings([noDriver]);
    const { steppers, reports } = await planSteppers([need('a')], 'measure', around);
    assert.deepEqual(steppers, []);
    assert.equal(reports[0]!.chosen, null);
    assert.match(stepperSentence(reports[0]!), /^Stepper of a: no stepper passed its self-test; cuda: /);
    await planSteppers([need('a')], 'measure', around);
    assert.equal(around.asked.length, 2);
  });

  it('leaves out a bundle that is not there', async () => {
    const around = surroundings();
    const missing = { name: 'gone', folder: folder.path('gone'), voices: 1 };
    assert.deepEqual((await planSteppers([missing], 'measure', around)).reports, []);
    assert.deepEqual(around.asked, []);
  });

  it('is of this machine and build, the same each time', () => {
    assert.deepEqual(lookAtMachine(), lookAtMachine());
    assert.match(lookAtMachine().fingerprint, /^[0-9a-f]{64}$/);
    assert.match(stepperBuild(), /^[0-9a-f]{64}$/);
    assert.equal(stepperBuild(), stepperBuild());
  });
});
