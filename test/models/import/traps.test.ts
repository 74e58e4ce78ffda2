/** The traps that the official code and its checkpoints hold, one test each. */
import assert from 'node:assert/strict';
import { tensorLayout } from '../../../models/bundle/layout.js';
import { elementCount } from '../../../models/bundle/safetensors.js';
import type { Quantiser, SashimiArchitecture, Tensor } from '../../../models/bundle/types.js';
import { parseCheckpoint } from '../../../models/import/checkpoint.js';
import type { ConfigRecord } from '../../../models/import/config.js';
import { convertCheckpoint, type ImportedModel, lookupFor } from '../../../models/import/dialect.js';
import { describeSound } from '../../../models/import/examine.js';
import { Keys } from '../../../models/import/keys.js';
import { channelOf } from '../../../models/import/s4-parameters.js';
import { createReferenceStepper, decodeTable, encode, encodeClip, TokenDraw } from '../../../models/index.js';
import { addGated, geluInPlace, LayerNorm, ScalarNorm } from '../../../models/sashimi/layers.js';
import { S4dLayer } from '../../../models/sashimi/ssm.js';
import { TierStack } from '../../../models/sashimi/tiers.js';
import { assertModelError } from '../../support/model-errors.js';
import { pickleBytes } from '../../support/pickle-bytes.js';
import { tinyBundle } from '../../support/tiny-bundle.js';
import { zipBytes } from '../../support/zip-bytes.js';
import { corpus } from './fuzz/corpus.js';
import {
  type Synthetic,
  type SyntheticOptions,
  safetensorsOf,
  syntheticCheckpoint,
} from './synthetic-checkpoint.js';

const EXP: ConfigRecord = { dt_transform: 'exp', disc: 'zoh' };
const muLaw: Quantiser = { kind: 'mu-law', levels: 256, startToken: 128 };

function convert(synthetic: Synthetic, config: ConfigRecord = EXP): ImportedModel {
  const checkpoint = parseCheckpoint(safetensorsOf(synthetic));
  return convertCheckpoint(checkpoint, lookupFor(config, checkpoint));
}

const imported = (options: SyntheticOptions, config?: ConfigRecord) =>
  convert(syntheticCheckpoint(options), config);
const values = (model: ImportedModel, name: string) => model.tensors.get(name)!.data;
const tensor = (shape: readonly number[], ...data: number[]): Tensor => ({
  shape,
  data: Float32Array.from(data),
});

function assertClose(a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number): void {
  assert.equal(a.length, b.length);
  for (let i = 0; i < a.length; i++)
    assert.ok(Math.abs(a[i]! - b[i]!) <= tolerance, `${i}: ${a[i]}, ${b[i]}`);
}

/** A backbone of two channels whose blocks add nothing: what is left are pools and skips. Weights by name. */
function bareTiers(pool: readonly number[], weights: Readonly<Record<string, readonly number[]>>) {
  const architecture: SashimiArchitecture = {
    ...tinyBundle({ dModel: 2, pool, conjugatePairs: 1 }).manifest.architecture,
  };
  const zeros = new Map<string, Tensor>();
  for (const { name, shape } of tensorLayout(architecture, 256)) {
    zeros.set(name, { shape, data: new Float32Array(elementCount(shape)) });
  }
  for (const [name, data] of Object.entries(weights)) zeros.get(name)!.data.set(data);
  const stack = new TierStack(architecture, (name) => zeros.get(name)!);
  const run = stack.createRun(new Float64Array(stack.stateLength));
  return (...frame: number[]): number[] => {
    const stream = Float64Array.from(frame);
    run.step(stream);
    return [...stream];
  };
}

describe('traps of the official code', () => {
  it('1: C is stored attuned to its kernel length, another one in each tier', () => {
    const raw = imported({ names: 'v4', length: 64 });
    const longer = imported({ names: 'v4', length: 4096 });
    for (const block of ['blocks.up.0.0', 'blocks.up.1.0', 'blocks.center.0']) {
      assertClose(values(raw, `${block}.s4.ssm.c`), values(longer, `${block}.s4.ssm.c`), 1e-3);
    }
    assert.ok(longer.layers.every(({ kernelDifference }) => kernelDifference < 1e-4));
  });

  it('2: the scalar norm has no epsilon, the other has 1e-5', () => {
    const x = Float64Array.of(1e-4, -1e-4);
    const y = new Float64Array(2);
    new ScalarNorm(2, tensor([1], 0.5), tensor([1], 2)).apply(x, y);
    assertClose(y, [2 + 1e4, -2 + 1e4], 1e-3);
    new LayerNorm(tensor([2], 1, 1), tensor([2], 0, 0)).apply(x, y);
    assertClose(y, [1e-4 / Math.sqrt(1e-8 + 1e-5), -1e-4 / Math.sqrt(1e-8 + 1e-5)], 1e-7);
  });

  it('3: weight normalisation is over rows', () => {
    const dict = new Map([
      ['pool.weight_g', { shape: [2, 1], data: Float64Array.of(10, 2) }],
      ['pool.weight_v', { shape: [2, 2], data: Float64Array.of(3, 4, 0, -5) }],
    ]);
    assertClose(new Keys(dict).matrix('pool', 2, 2), [6, 8, 0, -2], 1e-12);
  });

  it('4: the transform of dt is in no tensor: it is asked for, and obeyed', async () => {
    await assertModelError(() => imported({ names: 'v4' }, {}), 'MODEL_CHECKPOINT_CONFIG', /dt_transform/);
    const [exp, softplus] = ['exp', 'softplus'].map((kind) =>
      imported({ names: 'v4' }, { dt_transform: kind }),
    );
    assert.notDeepEqual(values(exp!, 'blocks.up.0.0.s4.ssm.a'), values(softplus!, 'blocks.up.0.0.s4.ssm.a'));
  });

  it('5: the sign of the imaginary part flips from v3 to v4, and inv_w_real is a logarithm', () => {
    const { stateDict } = syntheticCheckpoint({ names: 'v3' });
    const kept = imported({ names: 'v3' });
    const flipped = [...stateDict.get('model.c_layers.0.layer.kernel.kernel.w_imag')!.data].map(
      (value) => -value,
    );
    assertClose(values(kept, 'blocks.center.0.s4.trained.A_imag'), flipped, 0);
    const v4 = imported({ names: 'v4' });
    assertClose(values(kept, 'blocks.center.0.s4.ssm.a'), values(v4, 'blocks.center.0.s4.ssm.a'), 1e-6);
  });

  it('6: half of the spectrum is stored, so what comes out is twice the real part', () => {
    const model = imported({ names: 'standalone', kind: 's4d', pool: [] });
    const { stateDict, architecture } = syntheticCheckpoint({ names: 'standalone', kind: 's4d', pool: [] });
    const kernel = (name: string) =>
      Float64Array.from(stateDict.get(`model.c_layers.0.layer.layer.kernel.${name}`)!.data);
    const { dt, A, B, C } = channelOf(
      {
        inv_dt: kernel('inv_dt'),
        A_real: kernel('A_real'),
        A_imag: kernel('A_imag'),
        B: kernel('B'),
        C: kernel('C'),
        P: undefined,
        Q: undefined,
        kernelLength: 0,
      },
      architecture.ssm,
      0,
    );
    // The first value of the kernel is sum C B (exp(dt A) - 1) / A over both halves.
    const c = values(model, 'blocks.center.0.s4.ssm.c').subarray(0, 2 * A.length);
    const received = c.filter((_, i) => i % 2 === 0).reduce((sum, value) => sum + value, 0);
    let expected = 0;
    for (const half of [1, -1]) {
      for (const [n, pole] of A.entries()) {
        const [re, im] = [
          C[n]!.re * B[n]!.re - C[n]!.im * B[n]!.im,
          half * (C[n]!.re * B[n]!.im + C[n]!.im * B[n]!.re),
        ];
        const e = Math.exp(dt * pole.re);
        const [zr, zi] = [e * Math.cos(dt * pole.im) - 1, half * e * Math.sin(dt * pole.im)];
        const [pr, pi] = [pole.re, half * pole.im];
        const norm = pr * pr + pi * pi;
        const [br, bi] = [(zr * pr + zi * pi) / norm, (zi * pr - zr * pi) / norm];
        expected += re * br - im * bi;
      }
    }
    assert.ok(Math.abs(received - expected) < 1e-6, `${received}, ${expected}`);
  });

  it('7: SSMs are tiled over the channels, not repeated', () => {
    const a = values(
      imported({ names: 'standalone', numSsm: 2, pool: [], kind: 's4d' }),
      'blocks.center.0.s4.trained.A_real',
    );
    const model = imported({ names: 'standalone', numSsm: 2, pool: [], kind: 's4d' });
    const steps = values(model, 'blocks.center.0.s4.ssm.a');
    const [pairs, dts] = [3, values(model, 'blocks.center.0.s4.trained.inv_dt')];
    for (let h = 0; h < 4; h++) {
      const decay = Math.hypot(steps[h * pairs * 2]!, steps[h * pairs * 2 + 1]!);
      const pole = Math.exp(a[(h % 2) * pairs]!);
      assert.ok(Math.abs(decay - Math.exp(-Math.exp(dts[h]!) * pole)) < 1e-6, `channel ${h}`);
    }
  });

  it('8: pools count channel first: index h * pool + s', () => {
    // Down: the deeper channel 0 hears channel 1 at time 0. Up: channel 1 at time 1 hears the deeper channel 0.
    const step = bareTiers([2], {
      'pool.down.0.weight': [0, 0, 1, 0],
      'pool.up.0.weight': [...Array(12).fill(0), 1, 0, 0, 0],
    });
    step(0, 7);
    step(0, 0);
    assert.deepEqual(step(0, 0), [0, 0]);
    assert.deepEqual(step(0, 0), [0, 28]);
  });

  it('9: an up-pool begins with zeros, not with its bias, and pops before it is filled', () => {
    const step = bareTiers([2], { 'pool.up.0.bias': [1, 1, 1, 1] });
    assert.deepEqual(
      [step(0, 0), step(0, 0), step(0, 0)],
      [
        [0, 0],
        [0, 0],
        [2, 2],
      ],
    );
  });

  it('10: GELU is by the exact error function; GLU has values first, then gates', () => {
    const x = Float64Array.of(1);
    geluInPlace(x, 1);
    // The tanh approximation gives 0.841192.
    assert.ok(Math.abs(x[0]! - 0.8413447460685429) < 1e-12);
    const stream = Float64Array.of(0);
    addGated(stream, Float64Array.of(2, 100), 1);
    assert.ok(Math.abs(stream[0]! - 2) < 1e-12);
  });

  it('11: without unet, the skip is added twice: before the blocks and after them', () => {
    assert.deepEqual(bareTiers([], {})(3, -1), [6, -2]);
  });

  it('12: the S4 layer answers from the new state, and D hears the input as it is', () => {
    const layer = new S4dLayer(tensor([1, 1, 2], 0.5, 0), tensor([1, 1, 2], 3, 0), tensor([1], 10));
    const y = new Float64Array(1);
    const state = new Float64Array(layer.stateLength);
    layer.step(Float64Array.of(1), state, y);
    assert.equal(y[0], 13);
    layer.step(Float64Array.of(0), state, y);
    assert.equal(y[0], 1.5);
  });

  it('13: the first token is 128, clips are scaled to their own range, and coding is no round trip', () => {
    assert.equal(tinyBundle().manifest.quantiser.startToken, 128);
    const table = decodeTable(muLaw);
    assert.deepEqual([table[128], table[0]], [0, -1]);
    assert.ok(Math.abs(table[255]! - 0.957) < 1e-3);
    assert.deepEqual([...encodeClip(muLaw, Float32Array.of(0.1, 0.3))], [0, 255]);
    const again = encode(muLaw, table);
    assert.equal(again.filter((id, i) => id === i - 1).length, 126);
  });

  it('14: top-p cuts at temperature 1, before the temperature is applied', () => {
    // At temperature 1, id 0 alone passes 0.6; at temperature 4 it would take two ids.
    const logits = Float32Array.of(2, 0, 0, 0);
    const draw = new TokenDraw(4);
    const ids = [0.01, 0.3, 0.6, 0.99].map((u) =>
      draw.draw(logits, { temperature: 4, topP: 0.6, topK: 0 }, u),
    );
    assert.deepEqual(ids, [0, 0, 0, 0]);
  });

  it('15: a unet of three layers steps, which the official standalone step does not', () => {
    const stepper = createReferenceStepper(tinyBundle({ unet: true, numLayers: 3 }));
    const logits = new Float32Array(32 * 256);
    stepper.createVoice(0).forceBlock(new Uint8Array(32).fill(100), 32, logits);
    assert.ok(logits.every(Number.isFinite));
  });

  it('16: a checkpoint saved after a longer evaluation is the same model', () => {
    // Doubling: C~ at 2 L is C~ (I + dA^L), and l_kernel says 2 L.
    const before = imported({ names: 'standalone', length: 64 });
    const after = imported({ names: 'standalone', length: 128 });
    assertClose(values(before, 'blocks.up.0.0.s4.ssm.c'), values(after, 'blocks.up.0.0.s4.ssm.c'), 1e-3);
  });

  it('17: all tiers step together every 16th frame, from the 16th on', () => {
    const ones = (count: number) => Array<number>(count).fill(1);
    const step = bareTiers([4, 4], {
      'pool.down.1.bias': [1],
      'pool.up.1.weight': ones(128),
      'pool.up.0.weight': ones(32),
    });
    const heard = Array.from({ length: 40 }, () => step(0, 0)[0]! > 0);
    // The centre steps at 15, tier 1 hears it at 19, tier 0 from 20 on.
    assert.equal(heard.indexOf(true), 20);
    assert.ok(heard.slice(20).every(Boolean));
  });

  it('18: Lightning checkpoints hold foreign classes: they are kept inert, and the settings in them are read', () => {
    const lightning = corpus().find(({ name }) => name.includes('unet') && name.startsWith('torch'))!;
    const checkpoint = parseCheckpoint(lightning.assemble(lightning.parts));
    assert.equal(checkpoint.container, 'Lightning checkpoint');
    assert.equal(JSON.stringify(checkpoint.hyperParameters), '{"model":{"layer":{"dt_transform":"exp"}}}');
    const model = convertCheckpoint(checkpoint, lookupFor(undefined, checkpoint));
    assert.equal(model.decisions.find(({ name }) => name === 'dt_transform')?.source, 'checkpoint');
  });

  it('18: hyper-parameters that hold themselves are read once', () => {
    const { of, dict, text, opcodes } = pickleBytes;
    // hyper_parameters = d, with d['self'] = d.
    const cycle = Buffer.concat([opcodes(0x7d, 0x71, 9), text('self'), opcodes(0x68, 9, 0x73)]);
    const file = zipBytes([
      { name: 'm/data.pkl', bytes: of(dict({ state_dict: dict({}), hyper_parameters: cycle })) },
    ]);
    assert.deepEqual(JSON.stringify(parseCheckpoint(file).hyperParameters), '{}');
  });

  it('19: convolutions have a trailing axis of 1, and the biases of v2 have one too', () => {
    const { stateDict } = syntheticCheckpoint({ names: 'v2' });
    assert.deepEqual(stateDict.get('model.c_layers.1.layer.ff.2.bias')!.shape.at(-1), 1);
    assert.deepEqual(imported({ names: 'v2' }).tensors.get('blocks.center.0.ff.out.bias')!.shape, [16]);
    assert.deepEqual(
      imported({ names: 'standalone' }).tensors.get('blocks.center.0.ff.out.weight')!.shape,
      [16, 32],
    );
  });

  it('20: the oldest checkpoints have a Q of their own, and may be unstable', () => {
    const synthetic = syntheticCheckpoint({ names: 'v2-nonhurwitz' });
    const key = 'model.c_layers.0.layer.kernel.kernel.Q';
    const moved = new Map(synthetic.stateDict);
    const { shape, data } = moved.get(key)!;
    moved.set(key, { shape, data: data.map((value) => value * 1.5) });
    const [own, tied] = [convert({ ...synthetic, stateDict: moved }), convert(synthetic)];
    assert.notDeepEqual(values(own, 'blocks.center.0.s4.ssm.q'), values(tied, 'blocks.center.0.s4.ssm.q'));
    const unstable = imported({ names: 'v2-nonhurwitz', damping: -0.2 });
    assert.ok(unstable.layers.some(({ spectralRadius }) => spectralRadius > 1));
  });

  it('21: a bidirectional model is kept and described, and no stepper takes it', () => {
    const synthetic = syntheticCheckpoint({ names: 'standalone' });
    const doubled = new Map(synthetic.stateDict);
    for (const [key, { shape, data }] of doubled) {
      if (key.endsWith('kernel.C'))
        doubled.set(key, { shape: [2, ...shape.slice(1)], data: Float32Array.of(...data, ...data) });
    }
    const model = convert({ ...synthetic, stateDict: doubled });
    assert.equal(model.architecture.bidirectional, true);
    assert.equal(model.tensors.size, doubled.size);
  });

  it('22: an import that makes noise is called noise', () => {
    const smoke = { seconds: 0.25, levelDb: -10, peakDb: 0, clipped: 0.01, offset: 0, stepper: 'reference' };
    assert.match(describeSound({ ...smoke, bitsPerSample: 7.8 }).text, /noise/);
    assert.equal(describeSound({ ...smoke, bitsPerSample: 3 }).verdict, 'good');
    assert.match(
      describeSound({ ...smoke, bitsPerSample: 3, levelDb: Number.NEGATIVE_INFINITY }).text,
      /silence/,
    );
    assert.match(describeSound({ ...smoke, bitsPerSample: 3, clipped: 0.5 }).text, /full scale/);
  });
});
