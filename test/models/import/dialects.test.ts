import assert from 'node:assert/strict';
import { tierWidth } from '../../../models/bundle/layout.js';
import { encodeSafetensors } from '../../../models/bundle/safetensors.js';
import { sealBundle } from '../../../models/bundle/write.js';
import { parseCheckpoint } from '../../../models/import/checkpoint.js';
import type { ConfigRecord } from '../../../models/import/config.js';
import { convertCheckpoint, type ImportedModel, lookupFor } from '../../../models/import/dialect.js';
import { kernelFinding, stabilityFinding } from '../../../models/import/examine.js';
import { exportV4 } from '../../../models/import/export-v4.js';
import { kernelDifference } from '../../../models/import/kernel-check.js';
import { Keys } from '../../../models/import/keys.js';
import { stepTensors } from '../../../models/import/s4-parameters.js';
import { findSsm, readSsm } from '../../../models/import/ssm-parameters.js';
import { createReferenceStepper, type Tensor } from '../../../models/index.js';
import { assertModelError } from '../../support/model-errors.js';
import {
  type Names,
  type SyntheticOptions,
  safetensorsOf,
  syntheticCheckpoint,
} from './synthetic-checkpoint.js';

const EXP: ConfigRecord = { dt_transform: 'exp' };

function imported(options: SyntheticOptions, config: ConfigRecord | undefined = EXP): ImportedModel {
  const checkpoint = parseCheckpoint(safetensorsOf(syntheticCheckpoint(options)));
  return convertCheckpoint(checkpoint, lookupFor(config, checkpoint));
}

function assertSameTensors(a: ImportedModel, b: ImportedModel, tolerance: number): void {
  const compared = [...a.tensors].filter(([name]) => !name.includes('.trained.') && !name.includes('norm'));
  assert.ok(compared.length > 20);
  for (const [name, { data }] of compared) {
    const other = (b.tensors.get(name) as Tensor).data;
    assert.equal(other.length, data.length, name);
    for (const [i, value] of data.entries()) {
      assert.ok(
        Math.abs(value - other[i]!) <= tolerance * Math.max(1, Math.abs(value)),
        `${name}[${i}]: ${value}, ${other[i]}`,
      );
    }
  }
}

describe('dialects of checkpoints', () => {
  const names: readonly Names[] = ['standalone', 'v4', 'v3', 'v2', 'v2-nonhurwitz'];
  for (const name of names) {
    it(`${name}: is told by its names, and gives the coefficients of the same model under other names`, () => {
      const model = imported({ names: name });
      assert.equal(model.dialect.name, name);
      assertSameTensors(imported({ names: 'standalone' }), model, 2e-4);
      for (const { kernelDifference, spectralRadius } of model.layers) {
        assert.ok(kernelDifference < 1e-4, String(kernelDifference));
        assert.ok(spectralRadius < 1, String(spectralRadius));
      }
    });
  }

  const shapes: readonly [string, Partial<SyntheticOptions>][] = [
    ['S4D', { kind: 's4d' }],
    ['a unet', { unet: true, numLayers: 2 }],
    ['no GLU', { glu: false }],
    ['three pools', { pool: [2, 3, 2], length: 120 }],
    ['no pool', { pool: [], dModel: 8 }],
    ['two shared SSMs', { numSsm: 2 }],
    ['an SSM per channel', { numSsm: 4096 }],
    ['three layers', { numLayers: 3 }],
    ['an odd kernel length', { length: 63, pool: [] }],
    ['old names of embedding and output', { oldNames: true }],
  ];
  for (const [what, options] of shapes) {
    for (const name of ['standalone', 'v4', 'v3', 'v2'] as const) {
      if (name === 'v2' && options.kind === 's4d') continue;
      it(`${name} with ${what} plays`, () => {
        const disc = { ...EXP, disc: 'zoh' };
        const model = imported({ names: name, ...options }, disc);
        const expected = syntheticCheckpoint({ names: name, ...options }).architecture;
        const { numSsm, ...ssm } = expected.ssm;
        const { numSsm: received, ...receivedSsm } = model.architecture.ssm;
        assert.deepEqual(
          { ...model.architecture, ssm: receivedSsm },
          { ...expected, expand: model.architecture.expand, ssm },
        );
        // The widest tier, the centre, shows how many there are.
        assert.equal(received, Math.min(numSsm, tierWidth(expected, expected.pool.length)));
        const { bundle } = sealBundle(draftOf(model), model.tensors);
        const ids = new Uint8Array(64);
        createReferenceStepper(bundle)
          .createVoice(1)
          .stepBlock(new Float32Array(64), 64, { temperature: 1, topP: 1, topK: 0 }, ids);
        assert.ok(new Set(ids).size > 1);
        for (const { kernelDifference } of model.layers) assert.ok(kernelDifference < 1e-4);
      });
    }
  }

  it('asks for dt_transform by name when v4 names leave it open', () =>
    assertModelError(() => imported({ names: 'v4' }, {}), 'MODEL_CHECKPOINT_CONFIG', /dt_transform/));

  it('says of every value that no shape shows where it comes from', () => {
    const { decisions } = imported({ names: 'v3' }, {});
    const dt = decisions.find(({ name }) => name === 'dt_transform');
    assert.deepEqual([dt?.value, dt?.source], ['exp', 'inferred']);
    assert.ok(decisions.every(({ reason }) => reason.length > 0));
  });

  it('tells an unstable layer: a pole of the oldest form may lie on the wrong side', () => {
    const { layers } = imported({ names: 'v2-nonhurwitz', damping: -0.2 });
    assert.ok(layers.some(({ spectralRadius }) => spectralRadius > 1.0005));
  });

  it('tells a layer that does not ring as its parameters say, and one that grows', () => {
    const model = imported({ names: 'v4' });
    const { bundle } = sealBundle(draftOf(model), model.tensors);
    const [layer] = model.layers;
    assert.equal(kernelFinding(model.layers).verdict, 'good');
    assert.equal(stabilityFinding(model.layers, bundle).verdict, 'good');
    const wrong = [...model.layers, { ...layer!, layer: 'blocks.up.1.0', kernelDifference: 0.3 }];
    assert.match(kernelFinding(wrong).text, /blocks\.up\.1\.0 does not ring/);
    assert.equal(kernelFinding([{ ...layer!, kernelDifference: Number.NaN }]).verdict, 'bad');
    // e per 8000 steps of tier 1, which makes 8000 per second at pools of 2.
    const grown = [
      ...model.layers,
      { ...layer!, layer: 'blocks.up.1.0', spectralRadius: Math.exp(1 / 8000) },
    ];
    assert.match(stabilityFinding(grown, bundle).text, /every 1\.0 s/);
  });

  for (const kind of ['s4', 's4d'] as const) {
    it(`${kind}: the kernel check notices a coefficient that is off`, () => {
      const { stateDict, architecture } = syntheticCheckpoint({ names: 'standalone', kind, pool: [] });
      const keys = new Keys(parseCheckpoint(encodeSafetensors(stateDict)).stateDict);
      const ssm = architecture.ssm;
      const parameters = readSsm(keys, findSsm(keys, 'model.c_layers.0'), ssm, 4);
      const steps = stepTensors(parameters, ssm, 4);
      assert.ok(kernelDifference(parameters, steps, ssm, 1) < 1e-5);
      for (const name of kind === 's4' ? ['a', 'b', 'c', 'p', 'q'] : ['a', 'c']) {
        const damaged = new Map(steps);
        const { shape, data } = steps.get(`ssm.${name}`)!;
        // The imaginary parts change their sign: the classic mistake.
        damaged.set(`ssm.${name}`, { shape, data: data.map((value, i) => (i % 2 === 0 ? value : -value)) });
        assert.ok(kernelDifference(parameters, damaged, ssm, 1) > 1e-2, name);
      }
    });
  }

  for (const options of [
    { names: 'standalone' },
    { names: 'v4', unet: true, numLayers: 2 },
    { names: 'v3', numSsm: 2 },
    { names: 'v2', glu: false },
    { names: 'v2-nonhurwitz' },
    { names: 'standalone', kind: 's4d', unet: true },
  ] as const satisfies readonly SyntheticOptions[]) {
    it(`goes home under v4 names and comes back the same: ${JSON.stringify(options)}`, () => {
      const model = imported(options, { ...EXP, disc: 'zoh' });
      const file = exportV4(sealBundle(draftOf(model), model.tensors).bundle);
      const checkpoint = parseCheckpoint(file);
      const { dtTransform, realTransform, discretisation } = model.architecture.ssm;
      const config = { dt_transform: dtTransform, real_transform: realTransform, disc: discretisation };
      const back = convertCheckpoint(checkpoint, lookupFor(config, checkpoint));
      assert.equal(back.dialect.name, options.names === 'standalone' ? 'standalone' : 'v4');
      assertSameTensors(model, back, 1e-5);
    });
  }
});

function draftOf(model: ImportedModel) {
  return {
    name: 'synthetic',
    title: 'Synthetic',
    description: 'Random.',
    architecture: model.architecture,
    sampleRate: 16000,
    quantiser: { kind: 'mu-law', levels: model.levels, startToken: 128 },
    conditioning: [],
    sampling: { temperature: 1, topP: 1, topK: 0 },
    licence: 'CC0-1.0',
    provenance: {},
  } as const;
}
