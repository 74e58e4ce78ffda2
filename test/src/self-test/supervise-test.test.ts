import assert from 'node:assert/strict';
import { type CandidateName, candidateText, type Stage, type Trial } from '../../../models/index.js';
import { superviseTest } from '../../../src/self-test/supervise-test.js';
import type { SelfTestNews, TestProcess } from '../../../src/self-test/test-process.js';

type Told = SelfTestNews | 'silent' | 'gone';

const native: CandidateName = { kind: 'native' };
const cuda: CandidateName = { kind: 'cuda' };
const webgpu: CandidateName = { kind: 'onnx', provider: 'webgpu' };

const tried = (candidate: CandidateName, stage: Stage): Told => ({ kind: 'tried', candidate, stage });
const ended = (candidate: CandidateName): Told => ({ kind: 'ended', trial: measured(candidate) });
const done: Told = { kind: 'done' };

function measured(candidate: CandidateName): Trial {
  return {
    ...candidate,
    outcome: 'measured',
    instructionSet: 'test',
    timesRealTime: 3,
    p99Ms: 1,
    blockFrames: 32,
  };
}

/** Processes that tell these in turn; what was asked of them. */
function scripted(scripts: readonly (readonly Told[])[]) {
  const starts: string[][] = [];
  const limits: number[] = [];
  let killed = 0;
  const start = (candidates: readonly CandidateName[]): TestProcess => {
    const script = [...(scripts[starts.length] ?? ['gone' as const])];
    starts.push(candidates.map(candidateText));
    return {
      next: async (limitMs) => {
        limits.push(limitMs);
        return script.shift() ?? 'gone';
      },
      kill: () => {
        killed++;
      },
    };
  };
  return { start, starts, limits, killed: () => killed };
}

const outcomes = (trials: readonly Trial[]) => trials.map(({ outcome }) => outcome);

describe('a self-test that is seen through', () => {
  it('gives what the process told', async () => {
    const { start, starts, killed } = scripted([
      [tried(native, 'open'), tried(native, 'check'), tried(native, 'measure'), ended(native), done],
    ]);
    assert.deepEqual(await superviseTest([native], start), [measured(native)]);
    assert.equal(starts.length, 1);
    assert.equal(killed(), 1);
  });

  it('goes on without one that hangs, and kills its process', async () => {
    const { start, starts, limits, killed } = scripted([
      [tried(native, 'open'), tried(native, 'check'), tried(cuda, 'open'), 'silent'],
      [tried(native, 'open'), ended(native), done],
    ]);
    const trials = await superviseTest([native, cuda], start);
    assert.deepEqual(outcomes(trials), ['measured', 'failed']);
    assert.deepEqual(trials[1], { ...cuda, outcome: 'failed', why: 'it gave no answer in 10 s (open)' });
    assert.deepEqual(starts, [['native', 'cuda'], ['native']]);
    assert.equal(killed(), 2);
    // Node and the bundle; then what was tried last.
    assert.deepEqual(limits.slice(0, 4), [10_000, 3000, 3000, 10_000]);
  });

  it('goes on without those that crash, each in its turn', async () => {
    const { start, starts } = scripted([
      [tried(native, 'open'), tried(cuda, 'check'), 'gone'],
      [tried(native, 'open'), tried(native, 'measure'), 'gone'],
      [tried(webgpu, 'open'), ended(webgpu), done],
    ]);
    const trials = await superviseTest([native, cuda, webgpu], start);
    assert.deepEqual(outcomes(trials), ['failed', 'failed', 'measured']);
    assert.deepEqual(starts[2], ['onnx on webgpu']);
    assert.equal((trials[0] as { why?: string }).why, 'its process ended (measure)');
  });

  it('gives up where the process does nothing at all', async () => {
    for (const told of ['gone', 'silent'] as const) {
      const { start, starts } = scripted([[told]]);
      assert.deepEqual(outcomes(await superviseTest([native, cuda], start)), ['untried', 'untried']);
      assert.equal(starts.length, 1);
    }
  });

  it('ends when all of them crash', async () => {
    const { start, starts } = scripted([
      [tried(native, 'open'), 'gone'],
      [tried(cuda, 'open'), 'gone'],
    ]);
    assert.deepEqual(outcomes(await superviseTest([native, cuda], start)), ['failed', 'failed']);
    assert.equal(starts.length, 2);
  });
});
