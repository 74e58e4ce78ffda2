/** What measures streams: what it tells machines and people. Never how fast this one is. */
import assert from 'node:assert/strict';
import { loadNative, writeBundle } from '../../../../models/index.js';
import type { BenchReport } from '../../../../src/cli/bench/all.js';
import { reportTables } from '../../../../src/cli/bench/report-tables.js';
import { benchRing } from '../../../../src/cli/bench/ring.js';
import { benchRollback } from '../../../../src/cli/bench/rollback.js';
import { spreadOf } from '../../../../src/cli/bench/spread.js';
import { benchVoices } from '../../../../src/cli/bench/voices.js';
import { runCli } from '../../../support/run-cli.js';
import { useSuiteTempFolder } from '../../../support/temp-folder.js';
import { tinyBundleParts } from '../../../support/tiny-bundle.js';

const hasNative = loadNative().ok;
const stream = { block: 85, lookAheadMs: 100 } as const;

type Figures = Readonly<Record<string, unknown>>;

async function json(...args: readonly string[]): Promise<Figures> {
  const { code, stdout, stderr } = await runCli(['bench', ...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Figures;
}

function assertSpreads(figures: Figures, names: readonly string[]): void {
  for (const name of names) {
    const { median, worst } = figures[name] as { median: number; worst: number };
    assert.ok(Number.isFinite(median) && worst >= median, `${name}: ${median}, ${worst}`);
  }
}

describe('measurements of streams', function () {
  this.timeout(240_000);
  const folder = useSuiteTempFolder();
  let tiny: string;

  before(async () => {
    tiny = folder.path('tiny');
    const { draft, tensors } = tinyBundleParts();
    await writeBundle(tiny, draft, tensors, '# Tiny\n');
  });

  it('spread is the middle and the worst', () => {
    assert.deepEqual(spreadOf([3, 1, 2, 8]), { median: 2.5, worst: 8 });
  });

  for (const stepper of ['auto', 'wasm']) {
    it(`ring plays with ${stepper}, and counts every read of every repeat`, async () => {
      const figures = await json(
        ...['ring', tiny, '--stepper', stepper, '--seconds', '0.2', '--repeats', '2', '--block', '100'],
      );
      assert.equal(figures.bundle, 'tiny');
      assert.equal(figures.stepper, stepper === 'auto' && hasNative ? 'native' : 'wasm');
      for (const name of ['instructionSet', 'reason', 'path', 'scheduling']) {
        assert.equal(typeof figures[name], 'string', name);
      }
      const { repeats, seconds, blockFrames, reads } = figures;
      assert.deepEqual(
        { repeats, seconds, blockFrames, reads },
        { repeats: 2, seconds: 0.2, blockFrames: 100, reads: 64 },
      );
      assertSpreads(figures, ['readUs', 'readerLateMs', 'threadLateMs']);
      const causes = Object.values(figures.xrunCauses as Readonly<Record<string, number>>);
      assert.ok(Number(figures.xruns) >= 0 && causes.every((count) => count >= 0));
    });
  }

  it('rollback tells snapshots and going back, or that the native stepper is not there', async () => {
    const args = ['rollback', tiny, '--repeats', '5', '--look-ahead', '30'];
    if (!hasNative) {
      const { code, stderr } = await runCli(['bench', ...args]);
      assert.equal(code, 1);
      assert.match(stderr, /^MODEL_NATIVE/m);
      return;
    }
    const figures = await json(...args);
    const { bundle, stepper, repeats, blockFrames, lookAheadFrames } = figures;
    assert.deepEqual(
      { bundle, stepper, repeats, blockFrames, lookAheadFrames },
      { bundle: 'tiny', stepper: 'native', repeats: 5, blockFrames: 85, lookAheadFrames: 480 },
    );
    for (const name of ['path', 'reason', 'verdict', 'scheduling'])
      assert.equal(typeof figures[name], 'string', name);
    assertSpreads(figures, ['snapshotMs', 'restoreMs', 'wentBackMs', 'refilledMs', 'controlFrames']);
    assert.ok(Number(figures.snapshotBytes) > 0);
    assert.ok(Number(figures.rollbacks) >= 1 && Number(figures.rollbacks) <= 5);
  });

  it('explain themselves, and refuse what they cannot measure', async () => {
    for (const name of ['ring', 'rollback']) {
      assert.match((await runCli(['bench', name, '--help'])).stdout, /Example/);
      const missing = await runCli(['bench', name, folder.path('nothing')]);
      assert.equal(missing.code, 1);
      assert.match(missing.stderr, /^MODEL_/m);
      assert.equal((await runCli(['bench', name, tiny, '--repeats', '0'])).code, 2);
    }
    const provider = await runCli(['bench', 'ring', tiny, '--stepper', 'wasm', '--provider', 'cpu']);
    assert.match(provider.stderr, /^MODEL_ARGUMENT/m);
  });

  it('voices tells how many play in real time, in words too', async () => {
    const { stdout } = await runCli([
      'bench',
      'voices',
      tiny,
      '--voices',
      '2',
      '--seconds',
      '0.05',
      '--repeats',
      '1',
    ]);
    assert.match(stdout, /^\d+ voices play in real time on one core$/m);
  });

  it('and all of it is in the tables of the report', async () => {
    const voices = await benchVoices(tiny, {
      stepper: 'auto',
      voices: 3,
      seconds: 0.05,
      block: 64,
      repeats: 1,
    });
    assert.equal(voices.voicesInRealTime, Math.floor(voices.realTimeFactor));
    const ring = await benchRing(tiny, { ...stream, stepper: 'auto', seconds: 0.1, repeats: 1, busy: 1 });
    const rollbacks = hasNative ? [await benchRollback(tiny, { ...stream, repeats: 2 })] : [];
    const latency = {
      bundle: 'tiny',
      path: '',
      sink: '',
      sampleRate: 48_000,
      blockFrames: 128,
      lookAheadMs: 16,
      results: [],
    };
    const report: BenchReport = {
      version: '0',
      date: '',
      machine: { cpu: '', threads: 1, system: '', node: '', loadAverage: 0 },
      core: null,
      steppers: [],
      primes: [],
      voices: [voices],
      rings: [ring],
      rollbacks,
      providers: [],
      latency,
    };
    const tables = reportTables(report);
    const starting = (word: string) => tables.find(({ title }) => title.startsWith(word))!.rows;
    assert.ok(starting('Voices')[0]!.includes('in real time'));
    assert.ok(starting('Voices')[1]!.includes(String(voices.voicesInRealTime)));
    assert.equal(starting('Ring').length, 2);
    assert.equal(starting('Rollback').length, 1 + rollbacks.length);
    for (const { title, rows } of tables) {
      for (const row of rows) assert.equal(row.length, rows[0]!.length, title);
      assert.doesNotMatch(rows.flat().join(' '), /NaN|undefined|Infinity/);
    }
  });
});
