/** The diagonal form of S4 layers: the same filter, and only where float32 holds it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { add, type Complex, complex, conjugate, multiply, subtract } from '../../../models/import/complex.js';
import {
  type ContinuousChannel,
  discretiseS4,
  type S4dStep,
  type S4Step,
} from '../../../models/import/discretise.js';
import { eigensystem } from '../../../models/import/eigensystem.js';
import { pathFindings } from '../../../models/import/examine.js';
import { layerModes, modeTensors, slotsOf } from '../../../models/import/layer-modes.js';
import { estimateModeError, MAX_MODE_ERROR, modeError } from '../../../models/import/mode-guard.js';
import { modesOfChannel } from '../../../models/import/modes.js';
import {
  createReferenceStepper,
  LOGITS_TOLERANCE,
  loadBundle,
  loadNative,
  modelCost,
  ssmPaths,
  verifyGolden,
  writeBundle,
} from '../../../models/index.js';
import { chooseStepper } from '../../../models/stream/choose-stepper.js';
import { largestDifference } from '../../../models/verify.js';
import { diagonalBundle } from '../../support/diagonal-bundle.js';
import { goldenBundle } from '../../support/golden-bundles.js';
import { legsInit } from '../../support/legs.js';
import { gaussian, seededRandom } from '../../support/random.js';
import { withTemporaryFolder } from '../../support/temporary-folder.js';
import { tinyBundle, tinyBundleParts } from '../../support/tiny-bundle.js';

const ONE = complex(1);
const ZERO = complex(0);

interface RandomSystem extends ContinuousChannel {
  readonly P: readonly Complex[];
  readonly Q: readonly Complex[];
}

/** Poles along the imaginary axis as S4D-Lin has them, moved; a rank 1 of the size that trained layers have. */
function randomSystem(
  pairs: number,
  seed: number,
  options: { freeQ?: boolean; dt?: number } = {},
): RandomSystem {
  const uniform = seededRandom(seed);
  const normal = gaussian(uniform);
  const vector = () => Array.from({ length: pairs }, () => complex(normal(), normal()));
  const A = Array.from({ length: pairs }, (_, n) =>
    complex(-0.5 * Math.exp(normal()), Math.PI * (n + uniform())),
  );
  const P = vector();
  return {
    A,
    B: vector(),
    C: vector(),
    P,
    Q: options.freeQ ? vector() : P.map(conjugate),
    dt: options.dt ?? 0.03,
  };
}

function stepOf({ P, Q, ...channel }: RandomSystem): S4Step {
  return discretiseS4(channel, P, Q);
}

function diagonalOf(system: RandomSystem): S4dStep {
  const found = eigensystem(system.A, system.B, system.P, system.Q);
  assert.ok(found, 'expected an eigensystem');
  return modesOfChannel(system, found);
}

/** y of an impulse, float64. */
function impulseResponse({ a, b, c, p, q }: Partial<S4Step> & S4dStep, numFrames: number): number[] {
  let x = a.map(() => ZERO);
  return Array.from({ length: numFrames }, (_, t) => {
    const s = q ? complex(realDot(q, x)) : ZERO;
    x = x.map((value, n) => {
      const moved = add(multiply(a[n]!, value), p ? multiply(p[n]!, s) : ZERO);
      return t === 0 ? add(moved, b ? b[n]! : ONE) : moved;
    });
    return realDot(c, x);
  });
}

function realDot(a: readonly Complex[], b: readonly Complex[]): number {
  return a.reduce((sum, value, n) => sum + multiply(value, b[n]!).re, 0);
}

/** Within `tolerance` of the largest value. */
function assertSameResponse(system: RandomSystem, diagonal: S4dStep, tolerance: number): void {
  const expected = impulseResponse(stepOf(system), 300);
  const received = impulseResponse(diagonal, 300);
  const size = Math.max(...expected.map(Math.abs));
  for (const [t, value] of expected.entries())
    assert.ok(Math.abs(value - received[t]!) <= tolerance * size, `frame ${t}: ${received[t]}, ${value}`);
}

describe('modes of S4 layers', () => {
  for (const pairs of [1, 2, 3, 8, 32]) {
    for (const freeQ of [false, true]) {
      it(`${pairs} pairs, Q ${freeQ ? 'free' : 'of P'}: the impulse response is that of rank 1`, () => {
        for (let seed = 1; seed <= 6; seed++) {
          const system = randomSystem(pairs, seed, { freeQ });
          assertSameResponse(system, diagonalOf(system), 1e-9);
        }
      });
    }
  }

  it('every mode is an eigenpair of diag(A) - P Q^T', () => {
    const { A, B, P, Q } = randomSystem(16, 3);
    const system = eigensystem(A, B, P, Q)!;
    const both = (half: readonly Complex[]) => [...half, ...half.map(conjugate)];
    const [poles, p, q] = [both(A), both(P), both(Q)];
    for (const k of system.multiplicity.keys()) {
      const v = poles.map((_, n) => complex(system.vectors.re[k * 32 + n]!, system.vectors.im[k * 32 + n]!));
      const eigenvalue = complex(system.eigenvalues.re[k]!, system.eigenvalues.im[k]!);
      const share = v.reduce((sum, value, n) => add(sum, multiply(q[n]!, value)), ZERO);
      const size = Math.max(...v.map(({ re, im }) => Math.hypot(re, im)));
      for (const [n, value] of v.entries()) {
        const image = subtract(multiply(poles[n]!, value), multiply(p[n]!, share));
        const { re, im } = subtract(image, multiply(eigenvalue, value));
        assert.ok(Math.hypot(re, im) <= 1e-10 * size * (1 + Math.hypot(eigenvalue.re, eigenvalue.im)));
      }
    }
  });

  it('channels that share an SSM share its eigenproblem: only dt and C differ', () => {
    const shared = randomSystem(8, 5);
    const system = eigensystem(shared.A, shared.B, shared.P, shared.Q)!;
    for (const [i, dt] of [0.001, 0.01, 0.1, 1].entries()) {
      const channel = { ...shared, dt, C: randomSystem(8, 20 + i).C };
      assertSameResponse(channel, modesOfChannel(channel, system), 1e-9);
    }
  });

  it('a rank 1 that does not reach a mode, or any, leaves it as it is', () => {
    const system = randomSystem(4, 8);
    const partly = system.P.map((value, n) => (n === 1 ? ZERO : value));
    for (const P of [partly, system.P.map(() => ZERO)]) {
      const changed = { ...system, P, Q: P.map(conjugate) };
      assertSameResponse(changed, diagonalOf(changed), 1e-9);
    }
  });

  it('real eigenvalues take a slot each', () => {
    // (z + 1/2)^2 + 1 + 8 (z + 1/2) has the real roots -1/2 - 4 +- sqrt(15).
    const system: RandomSystem = {
      ...randomSystem(1, 1),
      A: [complex(-0.5, 1)],
      P: [complex(2)],
      Q: [complex(2)],
    };
    const { eigenvalues, multiplicity } = eigensystem(system.A, system.B, system.P, system.Q)!;
    assert.deepEqual([...multiplicity], [1, 1]);
    const expected = [-4.5 - Math.sqrt(15), -4.5 + Math.sqrt(15)];
    for (const [i, root] of [...eigenvalues.re].sort((a, b) => a - b).entries())
      assert.ok(Math.abs(root - expected[i]!) < 1e-12);
    assert.deepEqual([...eigenvalues.im], [0, 0]);
    assertSameResponse(system, diagonalOf(system), 1e-12);
  });

  it('two equal poles are refused, not answered with NaN', () => {
    const system = randomSystem(3, 2);
    const A = [system.A[0]!, system.A[0]!, system.A[2]!];
    assert.equal(eigensystem(A, system.B, system.P, system.Q), undefined);
    const real = [complex(-1), ...system.A.slice(1)];
    assert.equal(eigensystem(real, system.B, system.P, system.Q), undefined);
  });
});

describe('the guard of the diagonal form', function () {
  this.timeout(240_000);
  const ssmOf = (pairs: number, numSsm = 1) => ({
    kind: 's4' as const,
    conjugatePairs: pairs,
    numSsm,
    dtTransform: 'exp' as const,
    realTransform: 'exp' as const,
    discretisation: 'bilinear' as const,
  });
  const layerOf = (...systems: RandomSystem[]) =>
    systems.map((system) => ({ channel: system, step: stepOf(system) }));

  it('takes layers whose modes stay apart, and pads channels with fewer modes', () => {
    const system = randomSystem(6, 4, { dt: 0.01 });
    const [pairsOnly, withReal] = [0.1, 3].map((strength) => {
      const P = system.P.map(({ re, im }) => complex(strength * re, strength * im));
      return { ...system, P, Q: P.map(conjugate) };
    });
    const { path, modes } = layerModes(layerOf(pairsOnly!, withReal!), ssmOf(6, 2));
    assert.equal(path.form, 'diagonal', path.reason);
    const counts = modes!.map(({ a }) => a.length);
    assert.ok(counts[1]! > counts[0]!, String(counts));
    const slots = slotsOf([modes!]);
    assert.equal(slots, counts[1]);
    for (const [name, { shape, data }] of modeTensors(modes!, slots)) {
      assert.deepEqual(shape, [2, slots, 2], name);
      assert.ok(data.subarray(2 * counts[0]!, 2 * slots).every((value) => value === 0));
      assert.ok(data.subarray(2 * slots).every(Number.isFinite));
    }
  });

  for (const states of [4, 8, 16, 64]) {
    it(`refuses LegS as it is initialised, ${states} states`, () => {
      const legs = legsInit(states);
      const pairs = states / 2;
      const system = { ...randomSystem(pairs, 1, { dt: 0.01 }), ...legs, Q: legs.P.map(conjugate) };
      const { path, modes } = layerModes(layerOf(system), ssmOf(pairs));
      assert.equal(path.form, 'rank-1');
      assert.match(path.reason!, /real|told apart|cancel|off by/);
      assert.equal(modes, undefined);
    });
  }

  it('takes LegS once training has moved it by a tenth', () => {
    const legs = legsInit(64);
    const normal = gaussian(seededRandom(2));
    const moved = (values: Complex[]) =>
      values.map(({ re, im }) => complex(re * Math.exp(0.1 * normal()), im * Math.exp(0.1 * normal())));
    const P = moved(legs.P);
    const system = {
      ...randomSystem(32, 1, { dt: 0.01 }),
      A: moved(legs.A),
      B: legs.B,
      P,
      Q: P.map(conjugate),
    };
    const { path } = layerModes(layerOf(system), ssmOf(32));
    assert.equal(path.form, 'diagonal', path.reason);
    assert.ok(path.error! <= MAX_MODE_ERROR);
  });

  it('refuses modes that cancel each other, by their size', () => {
    // Two pairs that are all but one, with the rank 1 between them.
    const system: RandomSystem = {
      ...randomSystem(2, 1, { dt: 0.01 }),
      A: [complex(-0.5, 5), complex(-0.5, 5 + 1e-5)],
      P: [complex(1e-4), complex(1e-4)],
      Q: [complex(1e-4), complex(-1e-4)],
      B: [complex(1e6), complex(-2e6)],
    };
    const { path } = layerModes(layerOf(system), ssmOf(2));
    assert.equal(path.form, 'rank-1');
    assert.match(path.reason!, /cancel/);
  });

  it('refuses a mode that fades too slowly for 32 bits', () => {
    const system = { ...randomSystem(1, 1, { dt: 1e-3 }), A: [complex(-1e-6, 1e-3)], P: [complex(1e-9)] };
    const { path } = layerModes(layerOf({ ...system, Q: system.P }), ssmOf(1));
    assert.match(path.reason!, /would not fade/);
  });

  it('refuses a layer of which one channel lacks a mode, wherever it is', () => {
    const systems = Array.from({ length: 12 }, (_, h) => randomSystem(4, 30 + h, { dt: 0.01 }));
    const channels = layerOf(...systems);
    assert.equal(layerModes(channels, ssmOf(4, 12)).path.form, 'diagonal');
    for (const h of [0, 5, 11]) {
      const { step } = channels[h]!;
      // Another filter than its parameters say.
      const c = step.c.map((value, n) => (n === 0 ? complex(value.re + 1e-3, value.im) : value));
      const spoilt = channels.with(h, { channel: systems[h]!, step: { ...step, c } });
      assert.match(layerModes(spoilt, ssmOf(4, 12)).path.reason!, /off by/);
    }
    const infinite = { ...channels[5]!.step, c: channels[5]!.step.c.map(() => complex(Number.NaN)) };
    const broken = channels.with(5, { channel: systems[5]!, step: infinite });
    assert.equal(layerModes(broken, ssmOf(4, 12)).path.form, 'rank-1');
  });

  it('measures what float32 loses, and its estimate finds the channels that lose most', () => {
    const systems = [0.3, 0.03, 0.003].map((dt) => randomSystem(16, 9, { dt }));
    const errors = systems.map((system) => modeError(stepOf(system), diagonalOf(system)));
    const estimates = systems.map((system) => estimateModeError(diagonalOf(system)));
    for (const [i, error] of errors.entries()) {
      assert.ok(error > 0 && error < 1e-4, String(error));
      const ratio = estimates[i]! / error;
      assert.ok(ratio > 0.1 && ratio < 30, `estimate ${estimates[i]} of ${error}`);
    }
  });

  it('a finding tells what became of the layers', () => {
    const check = { kernelDifference: 0, spectralRadius: 0.9 };
    const layers = [
      { ...check, layer: 'blocks.up.0.0', path: { form: 'diagonal' as const } },
      { ...check, layer: 'blocks.center.0', path: { form: 'rank-1' as const, reason: 'it is so' } },
    ];
    assert.deepEqual(pathFindings([{ ...check, layer: 'blocks.center.0' }]), []);
    assert.equal(pathFindings([layers[0]!])[0]!.verdict, 'good');
    const [finding] = pathFindings(layers);
    assert.equal(finding!.verdict, 'doubtful');
    assert.match(finding!.text, /^1 of 2 S4 layers keeps .* it is so \(blocks\.center\.0\)\.$/);
  });
});

describe('bundles with modes', () => {
  const options = { kind: 's4', hasModes: true, pool: [2, 2], conjugatePairs: 5 } as const;

  it('are written and read, layers with them and layers without', () =>
    withTemporaryFolder(async (folder) => {
      const { draft, tensors } = tinyBundleParts(options);
      for (const name of ['a', 'c']) tensors.delete(`blocks.up.1.0.s4.ssm.modes.${name}`);
      await writeBundle(join(folder, 'mixed'), draft, tensors, '');
      const bundle = await loadBundle(join(folder, 'mixed'));
      assert.deepEqual(ssmPaths(bundle), { diagonal: 2, rankOne: 1 });
      assert.ok(draft.architecture.ssm.modeSlots! > 5);
      const { shape, data } = bundle.tensors.get('blocks.up.0.0.s4.ssm.modes.c')!;
      assert.deepEqual(shape, [8, draft.architecture.ssm.modeSlots, 2]);
      assert.deepEqual(data, tensors.get('blocks.up.0.0.s4.ssm.modes.c')!.data);
      assert.ok(
        modelCost(bundle).macsPerSample <
          modelCost(tinyBundle({ ...options, hasModes: false })).macsPerSample,
      );
    }));

  it('play as diagonals what they play as rank 1', () => {
    const bundle = tinyBundle(options);
    const ids = Uint8Array.from({ length: 400 }, (_, t) => (t * 37 + ((t * t) >> 3)) & 255);
    const [expected, received] = [bundle, diagonalBundle(bundle)].map((each) => {
      const logits = new Float32Array(ids.length * 256);
      createReferenceStepper(each).createVoice(0).forceBlock(ids, ids.length, logits);
      return logits;
    });
    assert.ok(largestDifference(expected!, received!) <= LOGITS_TOLERANCE);
  });
});

describe('goldens as diagonals', function () {
  this.timeout(240_000);
  const layers = {
    tiny: { diagonal: 2, rankOne: 1 },
    unet: { diagonal: 10, rankOne: 0 },
    paper: { diagonal: 24, rankOne: 0 },
    lightning_v4: { diagonal: 6, rankOne: 0 },
    legacy_v2_nonhurwitz: { diagonal: 3, rankOne: 0 },
    s4d_zoh: { diagonal: 3, rankOne: 0 },
  };
  for (const [name, expected] of Object.entries(layers)) {
    it(`${name}: ${expected.diagonal} layers of ${expected.diagonal + expected.rankOne}`, async function () {
      const { bundle } = await goldenBundle(this, name);
      assert.deepEqual(ssmPaths(bundle), expected);
    });
  }

  for (const name of ['unet', 'paper', 'lightning_v4', 'legacy_v2_nonhurwitz']) {
    it(`${name}: logits of the diagonal form are within ${LOGITS_TOLERANCE} of the original`, async function () {
      const { bundle, folder } = await goldenBundle(this, name);
      const diagonal = diagonalBundle(bundle);
      // In float32 throughout where there is a compiler, else as WebAssembly; and with exact sums.
      const float32 = (await chooseStepper(diagonal, loadNative().ok ? 'native' : 'wasm')).stepper;
      for (const stepper of [createReferenceStepper(diagonal), float32]) {
        const report = await verifyGolden(diagonal, folder, stepper);
        assert.ok(report.ok, `${stepper.kind}: ${JSON.stringify(report)}`);
      }
    });
  }
});
