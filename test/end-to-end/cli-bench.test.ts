/** The commands that measure: what they tell machines. Never how fast this one is. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeBundle } from '../../models/index.js';
import { LIVE_TEST_MS } from '../support/patience.js';
import { runCli } from '../support/run-cli.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';
import { tinyBundleParts } from '../support/tiny-bundle.js';

type Figures = Readonly<Record<string, number | string | null>>;

async function json<T = Figures>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await runCli(['bench', ...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

/** What every measurement of a bundle tells. */
function assertSpeed(figures: Figures): void {
  for (const name of ['realTimeFactor', 'worstBlock', 'samplesPerSecond']) {
    assert.ok(Number(figures[name]) > 0, `${name}: ${figures[name]}`);
  }
  assert.equal(typeof figures.path, 'string');
  assert.ok(figures.limitShare === null || Number(figures.limitShare) > 0);
}

describe('the commands that measure', function () {
  this.timeout(LIVE_TEST_MS);
  const folder = useSuiteTempFolder();
  let tiny: string;

  before(async () => {
    tiny = folder.path('tiny');
    const { draft, tensors } = tinyBundleParts();
    await writeBundle(tiny, draft, tensors, '# Tiny\n');
  });

  for (const stepper of ['auto', 'reference', 'wasm']) {
    it(`stepper tells the speed of ${stepper}, and the worst of three sizes of block`, async () => {
      const figures = await json('stepper', tiny, '--stepper', stepper, '--seconds', '0.1', '--repeats', '2');
      assertSpeed(figures);
      const blocks = figures.blocks as unknown as { blockFrames: number; meanMs: number; worstMs: number }[];
      assert.deepEqual(
        blocks.map(({ blockFrames }) => blockFrames),
        [64, 128, 256],
      );
      for (const { meanMs, worstMs } of blocks) assert.ok(meanMs > 0 && worstMs >= meanMs);
      if (stepper !== 'auto') assert.equal(figures.stepper, stepper);
    });
  }

  it('auto tells which stepper is the fastest, why, and keeps it for play', async () => {
    const env = { ...process.env, XDG_CACHE_HOME: folder.path('cache') };
    const { code, stdout } = await runCli(['bench', 'auto', tiny, '--voices', '2', '--json'], { env });
    assert.equal(code, 0);
    const { voices, bundles } = JSON.parse(stdout);
    assert.equal(voices, 2);
    const [{ name, chosen, reason, trials, isMeasuredNow }] = bundles;
    assert.deepEqual([name, isMeasuredNow], [tiny, true]);
    assert.equal(trials.find(({ kind }: { kind: string }) => kind === chosen.kind).outcome, 'measured');
    assert.match(reason, /times real time for 2 voices/);
    const file = JSON.parse(readFileSync(folder.path('cache/sashimi-live/steppers.json'), 'utf8'));
    assert.deepEqual(file.kept[0].trials, trials);
    const doctor = await runCli(['doctor', '--json'], { env });
    const { findings } = JSON.parse(doctor.stdout) as { findings: { name: string; detail: string }[] };
    const found = findings.find((finding) => finding.name === 'stepper auto');
    assert.ok(found?.detail.startsWith(`${chosen.kind} for ${tiny} x 2`), found?.detail);
    assert.equal((await runCli(['bench', 'auto', 'no-such-model'], { env })).code, 1);
  });

  it('stepper draws the cost of its blocks', async () => {
    const file = folder.path('cost.svg');
    await json('stepper', tiny, '--seconds', '0.1', '--repeats', '1', '--block', '100', '--picture', file);
    assert.match(readFileSync(file, 'utf8'), /^<svg .*<\/svg>\n$/s);
  });

  it('prime and voices tell the same', async () => {
    const prime = await json('prime', tiny, '--frames', '500', '--repeats', '2');
    assertSpeed(prime);
    assert.equal(prime.frames, 500);
    const voices = await json('voices', tiny, '--voices', '3', '--seconds', '0.05', '--repeats', '2');
    assertSpeed(voices);
    assert.equal(voices.voices, 3);
    assert.ok(Number(voices.voicesInRealTime) >= 0);
  });

  it('latency tells times beside the computed sum, for three faders, without LFOs and under them', async () => {
    interface Result {
      fader: string;
      withLfos: boolean;
      variant: string;
      count: number;
      discarded: number;
      rollbacks: number;
      heard: Record<string, number | null>;
      computed: { medianMs: number; maxMs: number };
    }
    const args = ['latency', tiny, '--count', '4', '--look-ahead', '100'];
    const { results } = await json<{ results: Result[] }>(...args);
    assert.deepEqual(
      results.map(({ fader, withLfos, variant }) => `${fader} ${withLfos} ${variant}`),
      [
        'level false rollback',
        'level true rollback',
        'temperature false rollback',
        'temperature false look-ahead',
        'topK true rollback',
        'topK true look-ahead',
      ],
    );
    for (const { variant, count, discarded, rollbacks, heard, computed } of results) {
      assert.equal(count + discarded, 4);
      // A trial makes six at most. An LFO on the model is planned: said late, it would make hundreds each second.
      assert.ok(variant === 'look-ahead' ? rollbacks === 0 : rollbacks <= 20 * 4, `${rollbacks} rollbacks`);
      assert.deepEqual(Object.keys(heard), ['medianMs', 'p99Ms', 'worstMs']);
      assert.ok(computed.medianMs > 0 && computed.maxMs >= computed.medianMs);
    }
  });

  it('schedule tells how far from their frames timed bundles were played', async () => {
    const schedule = () => json('schedule', '--count', '6', '--ahead', '2000');
    let figures = await schedule();
    assert.equal(figures.count, 6);
    // A change that falls into a gap of the model is not found: until one is.
    while (figures.found === 0) figures = await schedule();
    // A bundle that a busy machine brings too late has no frame of its own to be held against.
    if (figures.late === 0) assert.ok(Number(figures.worstFramesOff) <= 1, JSON.stringify(figures));
  });

  it('osc tells what messages cost, and that mutated packets make no fault', async () => {
    const args = ['osc', '--rate', '500', '--seconds', '0.5', '--packets', '2000'];
    const { traffic, packets } = await json<Readonly<Record<string, Figures>>>(...args);
    assert.equal(traffic!.addresses, 500);
    assert.equal(traffic!.sent, 250);
    assert.equal(traffic!.refused, 0);
    assert.ok(Number(traffic!.handlingWorstUs) > 0);
    assert.equal(packets!.packets, 2000);
  });

  it('explain themselves, and refuse what they cannot measure', async () => {
    for (const name of ['stepper', 'prime', 'voices', 'latency', 'schedule', 'osc', 'all']) {
      const { code, stdout } = await runCli(['bench', name, '--help']);
      assert.equal(code, 0);
      assert.match(stdout, /Example/);
    }
    assert.equal((await runCli(['bench', 'voices', tiny, '--voices', '0'])).code, 2);
    const missing = await runCli(['bench', 'prime', folder.path('nothing')]);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^MODEL_/m);
  });
});
