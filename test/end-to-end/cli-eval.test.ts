/** The commands that measure what a model plays, on random weights: whatever they score, they must not break. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import wavefile from 'wavefile';
import { encodeMidiFile, writeBundle } from '../../models/index.js';
import type { LongReport } from '../../src/cli/eval/long.js';
import type { NotesReport } from '../../src/cli/eval/notes.js';
import type { StatesReport } from '../../src/cli/eval/states.js';
import type { WordsReport } from '../../src/cli/eval/words.js';
import { renderAdditive } from '../../src/eval/additive.js';
import { builtIn } from '../../src/eval/material.js';
import { NOTE_CONDITIONING } from '../support/note-conditioning.js';
import { needsOnnxRuntime } from '../support/onnx-runtime.js';
import { type CliRunOptions, runCli } from '../support/run-cli.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';
import { tinyBundleParts } from '../support/tiny-bundle.js';
import { WORD_CONDITIONING } from '../support/word-conditioning.js';

describe('sashimi eval', function () {
  this.timeout(300_000);
  const folder = useSuiteTempFolder();
  const lonely = { ...builtIn('lonely', 1), seconds: 10 };
  /** Where no other program can be found, and nothing was kept before. */
  const alone = (): CliRunOptions => ({
    env: { ...process.env, PATH: folder.path('bin'), XDG_CACHE_HOME: folder.path('cache') },
  });

  before(async () => {
    const { draft, tensors } = tinyBundleParts({ conditioning: NOTE_CONDITIONING });
    await writeBundle(folder.path('tiny'), draft, tensors, '# Tiny\n');
    const { labels = [], ...nameless } = WORD_CONDITIONING[0]!;
    for (const [name, input] of [
      ['words', { ...nameless, labels }],
      ['strange', { ...nameless, labels: ['yes', 'perhaps', 'up'] }],
      ['nameless', nameless],
    ] as const) {
      const parts = tinyBundleParts({ conditioning: [input] });
      await writeBundle(folder.path(name), parts.draft, parts.tensors, '# Tiny\n');
    }
    writeFileSync(folder.path('lonely.mid'), encodeMidiFile(lonely));
    const wav = new wavefile.WaveFile();
    wav.fromScratch(1, 16_000, '32f', renderAdditive(lonely, lonely.seconds));
    writeFileSync(folder.path('lonely.wav'), wav.toBuffer());
  });

  const notes = (...args: string[]): string[] => ['eval', 'notes', folder.path('tiny'), ...args];
  const midi = (): string => folder.path('lonely.mid');
  const wav = (): string => folder.path('lonely.wav');

  it('notes measures a model against a recording, without any other program', async () => {
    const args = notes(midi(), '--seconds', '9', '--truth', wav(), '--json', '--out', folder.path('out'));
    const { code, stdout, stderr } = await runCli(args, alone());
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout) as NotesReport;
    assert.equal(report.instrument, 'sines');
    assert.equal(report.truth.f1, 1, stdout);
    assert.ok(report.model.f1 < 0.1 && report.truth.wrongNotesF1 === 0, stdout);
    assert.deepEqual(readdirSync(folder.path('out')).sort(), [
      'lonely-model.wav',
      'lonely-notes.png',
      'lonely-true.wav',
    ]);
    assert.match(
      readFileSync(folder.path('out/lonely-model.wav')).toString('latin1'),
      /Made by a neural audio model/,
    );
    assert.ok(existsSync(folder.path('cache/sashimi-live/templates')), 'templates are kept');
  });

  it('notes measures a recording in place of the model, and prints a table', async () => {
    const args = notes(midi(), '--seconds', '9', '--truth', wav(), '--model-audio', wav());
    const { code, stdout, stderr } = await runCli(args, alone());
    assert.equal(code, 0, stderr);
    const [head = '', , model = '', truth = ''] = stdout.split('\n');
    assert.match(head, /^tiny: recording .*lonely\.wav/);
    assert.match(model, /^lonely +model +2 +2 +1\.000 +1\.000 +1\.000 +0\.000 +1\.000/);
    assert.match(truth, /truth +2 +2 /);
  });

  it('notes says what to install where there is no fluidsynth', async () => {
    const { code, stderr } = await runCli(notes(midi()), alone());
    assert.equal(code, 1);
    assert.match(stderr, /^CLI_FLUIDSYNTH: /);
    assert.match(stderr, /apt-get install fluidsynth/);
  });

  it('notes holds a model against what fluidsynth plays', async function () {
    const font = '/usr/share/sounds/sf2/FluidR3_GM.sf2';
    if (spawnSync('fluidsynth', ['--version']).error !== undefined || !existsSync(font)) {
      this.test!.title += ' (skipped: fluidsynth or its sound font is not installed)';
      this.skip();
    }
    const { code, stdout, stderr } = await runCli(
      notes('--builtin', 'chromatic', '--start', '8', '--seconds', '4', '--json'),
      { env: { ...process.env, XDG_CACHE_HOME: folder.path('cache') } },
    );
    assert.equal(code, 0, stderr);
    const { truth, model } = JSON.parse(stdout) as NotesReport;
    assert.ok(truth.f1 > 0.9 && model.f1 < 0.2, stdout);
  });

  const refused: readonly (readonly [string, () => string[], number, RegExp])[] = [
    ['nothing to play', () => notes(), 2, /^CLI_USAGE: .*--builtin/],
    ['an unknown built-in', () => notes('--builtin', 'polka'), 2, /^CLI_USAGE: .*chromatic/],
    ['a file that is not there', () => notes('none.mid'), 1, /^CLI_NOTES: /],
    ['a file that is no music', () => notes(wav()), 1, /^MODEL_MIDI: /],
    ['an excerpt without notes', () => notes(midi(), '--start', '600'), 1, /^CLI_NOTES: /],
    ['a model that takes no notes', () => ['eval', 'notes', 'models/zoo/shore', midi()], 1, /^CLI_NOTES: /],
    ['one recording for two pieces', () => notes(midi(), midi(), '--truth', wav()), 2, /^CLI_USAGE: /],
    [
      'random notes into a model that takes none',
      () => ['eval', 'long', 'models/zoo/shore', '--notes', 'random'],
      1,
      /^CLI_NOTES: /,
    ],
    [
      'a score with too few MIDI files',
      () => ['model', 'score', folder.path('tiny'), wav(), wav(), '--midi', midi()],
      2,
      /^CLI_USAGE: /,
    ],
  ];
  for (const [what, args, code, message] of refused) {
    it(`refuses ${what}`, async () => {
      const run = await runCli(args());
      assert.equal(run.code, code, run.stderr);
      assert.equal(run.stdout, '');
      assert.match(run.stderr, message);
    });
  }

  it('long plays with notes and without, from several seeds, and leaves sound and pictures', async () => {
    const long = (...more: string[]): string[] => [
      'eval',
      'long',
      folder.path('tiny'),
      '--minutes',
      '0.05',
      ...more,
    ];
    const { code, stdout, stderr } = await runCli(
      long('--notes', 'random', '--seed', '3', '--seed', '4', '--json', '--out', folder.path('long')),
    );
    assert.equal(code, 0, stderr);
    const { runs } = JSON.parse(stdout) as LongReport;
    assert.deepEqual(
      runs.map(({ seed, seconds }) => [seed, seconds]),
      [
        [3, 3],
        [4, 3],
      ],
    );
    for (const {
      percentilesDb: { p5, p50, p95 },
      silentShare,
      runaways,
    } of runs)
      assert.ok(p5 <= p50 && p50 <= p95 && silentShare < 1 && runaways >= 0, stdout);
    assert.deepEqual(readdirSync(folder.path('long')).sort(), [
      'seed-3.png',
      'seed-3.wav',
      'seed-4.png',
      'seed-4.wav',
    ]);
    const without = await runCli(long());
    assert.equal(without.code, 0, without.stderr);
    assert.match(without.stdout, /notes none, classes none\nseed .*\n1 +3 /);
  });

  const words = (...more: string[]): string[] => ['eval', 'words', folder.path('words'), ...more];

  it('words has a model say its words, and leaves sounds and a picture', async function () {
    await needsOnnxRuntime(this);
    const { code, stdout, stderr } = await runCli(
      words('--clips', '3', '--json', '--out', folder.path('said'), '--stepper', 'reference'),
    );
    assert.equal(code, 0, stderr);
    const { model, heldOut, labels, stepper } = JSON.parse(stdout) as WordsReport;
    assert.equal(stepper, 'reference');
    assert.equal(labels.length, 10);
    assert.equal(model.clips, 9);
    assert.equal(heldOut, null);
    const totals = model.confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
    assert.deepEqual(totals, [3, 3, 3, 0, 0, 0, 0, 0, 0, 0]);
    assert.ok(model.fid > 0 && model.is >= 1 && model.mis >= 1 && model.am > 0, stdout);
    assert.deepEqual(readdirSync(folder.path('said')).sort(), [
      'confusion.png',
      'no.wav',
      'up.wav',
      'yes.wav',
    ]);
    const wav = readFileSync(folder.path('said/yes.wav')).toString('latin1');
    assert.match(wav, /Made by a neural audio model/);
  });

  it('words holds a model against people, and prints tables', async function () {
    await needsOnnxRuntime(this);
    const clips = [
      { start: 0, numSamples: 9600 },
      { start: 9600, numSamples: 9600 },
    ];
    const list = { kind: 'words', sounds: [{ file: 'lonely.wav', label: 'go', clips }] };
    writeFileSync(folder.path('held-out.json'), JSON.stringify(list));
    const args = words('--clips', '1', '--guidance', '2', '--held-out', folder.path());
    const { code, stdout, stderr } = await runCli(args);
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^tiny: \w+, temperature 1, nucleus 1, guidance 2, .* x real time\nclassifier: right in 9/,
    );
    assert.match(stdout, /\nasked +yes +no +up .*\nyes .*\nno /);
    assert.match(stdout, /\n +clips +right +FID +IS +mIS +AM\nmodel +3 .*\npeople +2 /);
  });

  const refusedWords: readonly (readonly [string, () => string[], RegExp])[] = [
    [
      'a model that says none',
      () => ['eval', 'words', folder.path('tiny')],
      /^CLI_WORDS: .*no input that words/,
    ],
    [
      'words that the classifier does not know',
      () => ['eval', 'words', folder.path('strange')],
      /^CLI_WORDS: .*perhaps/,
    ],
    ['words without names', () => ['eval', 'words', folder.path('nameless')], /^CLI_WORDS: .*name its words/],
    [
      'a folder without clips',
      () => words('--held-out', folder.path('tiny')),
      /^CLI_HELD_OUT: .*no held-out\.json/,
    ],
  ];
  for (const [what, args, message] of refusedWords) {
    it(`words refuses ${what}`, async function () {
      await needsOnnxRuntime(this);
      const { code, stdout, stderr } = await runCli(args());
      assert.equal(code, 1, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, message);
    });
  }

  it('states mixes and holds, and says what it did for every way and position', async () => {
    const states = (...more: string[]): string[] => [
      'eval',
      'states',
      folder.path('tiny'),
      '--pairs',
      '2',
      ...more,
    ];
    const { code, stdout, stderr } = await runCli(states('--seconds', '0.5', '--json'));
    assert.equal(code, 0, stderr);
    const { mixes, holds } = JSON.parse(stdout) as StatesReport;
    assert.equal(mixes.length, 20);
    assert.equal(holds.length, 7);
    for (const row of [...mixes, ...holds]) {
      for (const [key, value] of Object.entries(row))
        assert.ok(typeof value === 'string' || Number.isFinite(value), `${key} ${value}`);
    }
    const at = (position: number) =>
      mixes.filter((mix) => mix.position === position && mix.mixing !== 'logits');
    for (const { levelDb } of at(0)) assert.equal(levelDb, at(0)[0]!.levelDb, 'one end is the state itself');
    const table = await runCli(states('--seconds', '0.5', '--stepper', 'wasm'));
    assert.equal(table.code, 0, table.stderr);
    assert.match(table.stdout, /mixing +position[\s\S]*held tiers/);
  });

  it('model score takes notes, and they matter', async () => {
    const score = async (...more: string[]): Promise<number> => {
      const { code, stdout, stderr } = await runCli([
        'model',
        'score',
        folder.path('tiny'),
        wav(),
        '--json',
        ...more,
      ]);
      assert.equal(code, 0, stderr);
      return (JSON.parse(stdout) as { bitsPerSample: number }).bitsPerSample;
    };
    const [without, given] = [await score(), await score('--midi', midi())];
    assert.ok(given > 0 && Math.abs(given - without) > 1e-4, `${without}, ${given}`);
  });
});
