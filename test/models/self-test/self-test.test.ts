import assert from 'node:assert/strict';
import { ModelError } from '../../../models/index.js';
import {
  type Candidate,
  type CandidateName,
  candidateText,
  DEVICE_MARGIN,
  isOnProcessor,
  judge,
  SELF_TEST_MS,
  selfTest,
  type Trial,
} from '../../../models/self-test/index.js';
import { FAULTS, type Fault, faultyStepper } from '../../support/faulty-stepper.js';
import { seededRandom } from '../../support/random.js';
import { tinyBundle } from '../../support/tiny-bundle.js';

const bundle = tinyBundle();
const msPerFrame = 1000 / bundle.manifest.sampleRate;

interface FakeOptions {
  /** Alone, in times real time. */
  readonly speed: number;
  readonly fault?: Fault | undefined;
  /** Where it throws. */
  readonly throws?: 'open' | 'check' | 'measure' | undefined;
  /** What blocks take longer than they should: 1 for nothing. */
  readonly disturbed?: () => number;
}

/** A clock that fake steppers move, and no other. */
class Bench {
  ms = 0;
  readonly disposed: string[] = [];
  readonly tried: string[] = [];
  readonly ended: string[] = [];
  private stage = '';

  fake(name: CandidateName, options: FakeOptions): Candidate {
    const text = candidateText(name);
    return {
      ...name,
      open: async () => {
        if (options.throws === 'open') throw new ModelError('MODEL_CUDA', 'There is none.');
        return faultyStepper(bundle, {
          kind: name.kind,
          ...(options.fault && { fault: options.fault }),
          stepped: (numFrames) => {
            if (options.throws === this.stage) throw new Error(`broke in ${this.stage}.`);
            this.ms += ((numFrames * msPerFrame) / options.speed) * (options.disturbed?.() ?? 1);
          },
          isIdle: () => this.stage === 'measure',
          disposed: () => this.disposed.push(text),
        });
      },
    };
  }

  run(candidates: readonly Candidate[], voices = 1, cores = 2): Promise<readonly Trial[]> {
    return selfTest({
      bundle,
      candidates,
      voices,
      cores,
      // Looking at a clock takes its time, too: whoever only looks comes to an end.
      now: () => {
        this.ms += 1e-4;
        return this.ms;
      },
      tried: (candidate, stage) => {
        this.stage = stage;
        this.tried.push(`${stage} ${candidateText(candidate)}`);
      },
      ended: (trial) => this.ended.push(`${candidateText(trial)} ${trial.outcome}`),
    });
  }
}

const native = { kind: 'native' } as const;
const wasm = { kind: 'wasm' } as const;
const reference = { kind: 'reference' } as const;
const cuda = { kind: 'cuda' } as const;
const webgpu = { kind: 'onnx', provider: 'webgpu' } as const;

function speedsOf(trials: readonly Trial[]): Record<string, number | string> {
  return Object.fromEntries(
    trials.map((trial) => [
      candidateText(trial),
      trial.outcome === 'measured' ? Math.round(trial.timesRealTime * 10) / 10 : trial.outcome,
    ]),
  );
}

describe('the self-test of steppers', () => {
  it('measures the first on the processor that is right, and every device', async () => {
    const bench = new Bench();
    const trials = await bench.run([
      bench.fake(native, { speed: 12 }),
      bench.fake(wasm, { speed: 4 }),
      bench.fake(cuda, { speed: 30 }),
      bench.fake(webgpu, { speed: 2 }),
    ]);
    assert.deepEqual(speedsOf(trials), { native: 12, wasm: 'untried', cuda: 30, 'onnx on webgpu': 2 });
    assert.deepEqual(bench.disposed, ['native', 'cuda', 'onnx on webgpu']);
    assert.deepEqual(bench.tried.slice(0, 4), ['open native', 'check native', 'open cuda', 'check cuda']);
  });

  it('passes over a fast one that is wrong, and over those that throw, wherever they do', async () => {
    const bench = new Bench();
    const trials = await bench.run([
      bench.fake(native, { speed: 100, fault: 'logits' }),
      bench.fake(wasm, { speed: 20, throws: 'measure' }),
      bench.fake(reference, { speed: 3 }),
      bench.fake(cuda, { speed: 50, throws: 'open' }),
      bench.fake(webgpu, { speed: 50, throws: 'check' }),
    ]);
    assert.deepEqual(speedsOf(trials), {
      native: 'wrong',
      wasm: 'failed',
      reference: 3,
      cuda: 'absent',
      'onnx on webgpu': 'failed',
    });
    const [, , , absent, failed] = trials;
    assert.deepEqual(absent, { ...cuda, outcome: 'absent', why: 'There is none', code: 'MODEL_CUDA' });
    assert.deepEqual(failed, { ...webgpu, outcome: 'failed', why: 'broke in check' });
  });

  it('ends with nothing where all are wrong', async () => {
    const bench = new Bench();
    const trials = await bench.run(
      [native, wasm].map((name) => bench.fake(name, { speed: 9, fault: 'draws' })),
    );
    assert.deepEqual(speedsOf(trials), { native: 'wrong', wasm: 'wrong' });
    assert.equal(judge(trials, 1).chosen, undefined);
  });

  it('shares cores among voices on the processor, and steps those of a device together', async () => {
    const bench = new Bench();
    const trials = await bench.run([bench.fake(native, { speed: 12 }), bench.fake(cuda, { speed: 6 })], 8, 2);
    assert.deepEqual(speedsOf(trials), { native: 3, cuda: 6 });
    const wrong = await new Bench().run([bench.fake(cuda, { speed: 6, fault: 'group' })], 8);
    assert.deepEqual(speedsOf(wrong), { cuda: 'wrong' });
  });

  it('is not misled by a neighbour that takes the core now and then', async () => {
    const bench = new Bench();
    const random = seededRandom(5);
    const disturbed = () => (random() < 0.7 ? 1 + 5 * random() : 1);
    const trials = await bench.run([
      bench.fake(native, { speed: 12, disturbed }),
      bench.fake(cuda, { speed: 14 }),
    ]);
    assert.deepEqual(speedsOf(trials), { native: 12, cuda: 14 });
    assert.equal(judge(trials, 1).chosen?.kind, 'native');
  });

  it('keeps to its two seconds, but for the blocks of a round', async () => {
    for (const speed of [0.001, 0.02, 1]) {
      const bench = new Bench();
      const trials = await bench.run([
        bench.fake(native, { speed }),
        bench.fake(cuda, { speed }),
        bench.fake(webgpu, { speed }),
      ]);
      // Four blocks of 32 frames each, one check of up to 40 frames more than its half.
      const most = SELF_TEST_MS + (3 * 4 * 32 + 40) * (msPerFrame / speed);
      assert.ok(bench.ms <= most, `${speed}: ${bench.ms} of ${most}`);
      assert.equal(trials.length, 3);
    }
  });

  it('leaves out who is too slow to be checked, and goes on', async () => {
    const bench = new Bench();
    const trials = await bench.run([bench.fake(native, { speed: 10 }), bench.fake(webgpu, { speed: 0.001 })]);
    assert.deepEqual(speedsOf(trials), { native: 10, 'onnx on webgpu': 'failed' });
  });

  it('chooses one that is right, and none that is faster by more than the margin is left', async () => {
    const random = seededRandom(9);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
    for (let run = 0; run < 60; run++) {
      const bench = new Bench();
      const options = new Map<string, FakeOptions>();
      const candidates = [native, wasm, reference, cuda, webgpu].map((name) => {
        const isBroken = random() < 0.5;
        const fakeOptions: FakeOptions = {
          speed: 0.5 + 40 * random() ** 2,
          ...(isBroken && random() < 0.6 ? { fault: pick(FAULTS) } : {}),
          ...(isBroken && random() < 0.6 ? { throws: pick(['open', 'check', 'measure'] as const) } : {}),
        };
        options.set(candidateText(name), fakeOptions);
        return bench.fake(name, fakeOptions);
      });
      const { chosen } = judge(await bench.run(candidates, 2), 2);
      const right = candidates.filter((each) => {
        const { fault, throws } = options.get(candidateText(each))!;
        // A group is looked at where one is used.
        const isWrong = fault !== undefined && !(fault === 'group' && isOnProcessor(each));
        return !isWrong && throws === undefined;
      });
      if (right.length === 0) {
        assert.equal(chosen, undefined);
        continue;
      }
      assert.ok(chosen !== undefined && right.some((each) => candidateText(each) === candidateText(chosen)));
      const speed = (name: CandidateName) => options.get(candidateText(name))!.speed;
      const rivals = right.filter((each) => !isOnProcessor(each));
      for (const rival of rivals) assert.ok(speed(rival) < speed(chosen) * DEVICE_MARGIN * 1.01);
    }
  });
});
