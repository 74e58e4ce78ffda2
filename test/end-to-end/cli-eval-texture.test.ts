/** `sashimi eval texture` on random weights: whatever it scores, it must not break. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import wavefile from 'wavefile';
import { type ConditioningInput, writeBundle } from '../../models/index.js';
import type { TextureReport } from '../../src/cli/eval/texture-report.js';
import { seededRandom } from '../support/random.js';
import { runCli } from '../support/run-cli.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';
import { tinyBundleParts } from '../support/tiny-bundle.js';
import { WORD_CONDITIONING } from '../support/word-conditioning.js';

const LABELS = ['wind', 'fire', 'water'];
const CLASSES: readonly ConditioningInput[] = [
  { name: 'classes', kind: 'class-weights', dim: 3, rateHz: 250, labels: LABELS },
];

describe('sashimi eval texture', function () {
  this.timeout(300_000);
  const folder = useSuiteTempFolder();

  before(async () => {
    for (const [name, conditioning] of [
      ['classes', CLASSES],
      ['words', WORD_CONDITIONING],
    ] as const) {
      const { draft, tensors } = tinyBundleParts({ conditioning });
      await writeBundle(folder.path(name), draft, tensors, '# Tiny\n');
    }
    mkdirSync(folder.path('classes/held-out'));
    for (const [i, label] of LABELS.entries()) {
      const random = seededRandom(i);
      let level = 0;
      const sound = Float32Array.from({ length: 8000 }, () => {
        level = 0.45 * i * level + 0.1 * (2 * random() - 1);
        return level;
      });
      const wav = new wavefile.WaveFile();
      wav.fromScratch(1, 16_000, '32f', sound);
      writeFileSync(folder.path(`classes/held-out/${label}.wav`), wav.toBuffer());
    }
    const sounds = LABELS.map((label) => ({ file: `${label}.wav`, label }));
    writeFileSync(
      folder.path('classes/held-out/held-out.json'),
      JSON.stringify({ kind: 'classes', noiseRms: 0.001, sounds }),
    );
  });

  const texture = (...more: string[]): string[] => [
    'eval',
    'texture',
    folder.path('classes'),
    '--seconds',
    '0.5',
    ...more,
  ];

  it('measures every class and mixes, from several seeds, and leaves sounds and pictures', async () => {
    const { code, stdout, stderr } = await runCli(
      texture('--seed', '3', '--seed', '4', '--json', '--out', folder.path('out')),
    );
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout) as TextureReport;
    assert.deepEqual(report.labels, LABELS);
    assert.deepEqual(report.seeds, [3, 4]);
    assert.equal(report.heldOutNearestOwn, 1, stdout);
    for (const { distances, heldOutDistances, nearest, levels } of report.classes) {
      assert.ok(distances.length === 3 && distances.every((distance) => distance > 0), stdout);
      assert.equal(nearest, LABELS[distances.indexOf(Math.min(...distances))]);
      assert.ok(
        heldOutDistances.every((distance) => distance > 0),
        stdout,
      );
      assert.ok(levels.leastDb <= levels.medianDb && levels.medianDb < 0, stdout);
    }
    assert.deepEqual(
      report.mixes.map(({ labels }) => labels.join('+')),
      ['wind+fire', 'wind+water', 'fire+water'],
    );
    const names = [...LABELS, 'wind+fire', 'wind+water', 'fire+water'];
    const expected = names.flatMap((name) =>
      ['seed-3', 'seed-4', 'true'].map((what) => `${name}-${what}.wav`),
    );
    assert.deepEqual(
      readdirSync(folder.path('out')).sort(),
      [...expected, 'distances.png', 'spectra.png'].sort(),
    );
    const wav = readFileSync(folder.path('out/wind+fire-seed-3.wav')).toString('latin1');
    assert.match(wav, /Made by a neural audio model/);
  });

  it('prints tables', async () => {
    const { code, stdout, stderr } = await runCli(texture('--mixes', 'none'));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^tiny: \w+, temperature 1, nucleus 1, 1 x 0\.5 s of each, .* x real time\n/);
    assert.match(
      stdout,
      /\nnearest to their own recording: \d+ % of the classes \(halves of recordings: 100 %\)\n/,
    );
    assert.match(stdout, /\nmodel +wind +fire +water\nwind +\d.*\nfire .*\nwater .*\n/);
    assert.match(stdout, /\n +distance +floor +nearest .*\nwind .*\nfire .*\nwater .*\n$/);
  });

  const refused: readonly (readonly [string, () => string[], number, RegExp])[] = [
    ['a model without classes', () => ['eval', 'texture', folder.path('words')], 1, /^CLI_CLASSES: /],
    [
      'a folder without recordings',
      () => texture('--held-out', folder.path('words')),
      1,
      /^CLI_HELD_OUT: .*no held-out\.json/,
    ],
    ['pairs that are none', () => texture('--mixes', 'some'), 2, /^CLI_USAGE: /],
  ];
  for (const [what, args, code, message] of refused) {
    it(`refuses ${what}`, async () => {
      const run = await runCli(args());
      assert.equal(run.code, code, run.stderr);
      assert.equal(run.stdout, '');
      assert.match(run.stderr, message);
    });
  }
});
