/** `sashimi eval long` of models that are told classes, words and speech, on random weights. */
import assert from 'node:assert/strict';
import { type ConditioningInput, writeBundle } from '../../models/index.js';
import type { LongReport } from '../../src/cli/eval/long.js';
import { runCli } from '../support/run-cli.js';
import { SPEECH_CONDITIONING } from '../support/speech.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';
import { tinyBundleParts } from '../support/tiny-bundle.js';
import { WORD_CONDITIONING } from '../support/word-conditioning.js';

const CLASSES: readonly ConditioningInput[] = [
  { name: 'classes', kind: 'class-weights', dim: 3, rateHz: 250, labels: ['wind', 'fire', 'water'] },
];

describe('sashimi eval long of models that are told something', function () {
  this.timeout(300_000);
  const folder = useSuiteTempFolder();

  before(async () => {
    for (const [name, conditioning] of [
      ['classes', CLASSES],
      ['words', WORD_CONDITIONING],
      ['voice', SPEECH_CONDITIONING],
      ['plain', []],
    ] as const) {
      const { draft, tensors } = tinyBundleParts({ conditioning });
      await writeBundle(folder.path(name), draft, tensors, '# Tiny\n');
    }
  });

  const refused: readonly (readonly [string, string, readonly string[], number, RegExp])[] = [
    [
      'classes that the model has not',
      'classes',
      ['--classes', 'wind=1,sun=0.5'],
      1,
      /^CLI_CLASSES: .*no class "sun": it has wind, fire, water/,
    ],
    ['weights that are none', 'classes', ['--classes', 'wind'], 2, /^CLI_USAGE: .*wind=0\.7/],
    ['classes for a model without', 'plain', ['--classes', 'cycle'], 1, /^CLI_CLASSES: /],
    ['notes for a model that has classes only', 'classes', ['--notes', 'random'], 1, /^CLI_NOTES: /],
  ];
  for (const [what, bundle, args, code, message] of refused) {
    it(`refuses ${what}`, async () => {
      const run = await runCli(['eval', 'long', folder.path(bundle), ...args]);
      assert.equal(run.code, code, run.stderr);
      assert.equal(run.stdout, '');
      assert.match(run.stderr, message);
    });
  }

  async function long(bundle: string, ...more: string[]): Promise<LongReport> {
    const args = ['eval', 'long', folder.path(bundle), '--minutes', '0.05', '--json', ...more];
    const { code, stdout, stderr } = await runCli(args);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as LongReport;
  }
  const levels = ({ runs }: LongReport): unknown => runs[0]!.percentilesDb;

  it('goes through the classes, or holds weights, and both are heard', async () => {
    const cycled = await long('classes');
    const held = await long('classes', '--classes', 'fire=0.5,water=0.5');
    const dropped = await long('classes', '--classes', 'none');
    assert.deepEqual([cycled.classes, dropped.classes], ['cycle', 'none']);
    assert.deepEqual(held.classes, { fire: 0.5, water: 0.5 });
    assert.notDeepEqual(levels(cycled), levels(held));
    assert.notDeepEqual(levels(cycled), levels(dropped));
  });

  for (const bundle of ['words', 'voice']) {
    it(`tells a model of ${bundle} something unless it is told not to`, async () => {
      const told = await long(bundle);
      const dropped = await long(
        bundle,
        '--notes',
        'none',
        ...(bundle === 'voice' ? ['--classes', 'none'] : []),
      );
      assert.deepEqual([told.notes, dropped.notes], ['random', 'none']);
      assert.equal(told.classes, bundle === 'voice' ? 'cycle' : 'none');
      assert.notDeepEqual(levels(told), levels(dropped));
    });
  }
});
