import assert from 'node:assert/strict';
import {
  type CompiledPatch,
  compilePatch,
  createRegistry,
  deriveSeed,
  GraphError,
  latencySum,
  parsePatch,
} from '../../graph/index.js';
import { edgesOf, nodesOf, patchOf, type ToyPatch, toyNodes } from './toy-nodes.js';

const registry = createRegistry(toyNodes);

function compile(parts: ToyPatch): CompiledPatch {
  return compilePatch(parsePatch(patchOf(parts)), registry, {
    sampleRate: 48000,
    maxBlockFrames: 128,
    mode: 'offline',
    seed: 1,
  });
}

const refusals: readonly (ToyPatch & {
  readonly name: string;
  readonly code: string;
  readonly path: string;
  readonly says: RegExp;
})[] = [
  {
    name: 'an unknown type, with the nearest',
    nodes: [{ id: 'a', type: 'scael' }],
    output: 'a.audio',
    code: 'GRAPH_UNKNOWN_TYPE',
    path: '$.nodes[0].type',
    says: /"scael"; did you mean "scale"\?/,
  },
  {
    name: 'an edge from a node that is not there',
    nodes: nodesOf('level', 'scale'),
    edges: edgesOf('levle.audio > scale.audio'),
    output: 'scale.audio',
    code: 'GRAPH_UNKNOWN_NODE',
    path: '$.edges[0].from',
    says: /"levle"; did you mean "level"\?/,
  },
  {
    name: 'an edge to a node that is not there',
    nodes: nodesOf('level'),
    edges: edgesOf('level.audio > gain.audio'),
    output: 'level.audio',
    code: 'GRAPH_UNKNOWN_NODE',
    path: '$.edges[0].to',
    says: /"gain"; known: level/,
  },
  {
    name: 'an unknown output port',
    nodes: nodesOf('level', 'scale'),
    edges: edgesOf('level.adio > scale.audio'),
    output: 'scale.audio',
    code: 'GRAPH_UNKNOWN_PORT',
    path: '$.edges[0].from',
    says: /no output "adio"; did you mean "audio"\?/,
  },
  {
    name: 'a name that is neither input nor param',
    nodes: nodesOf('level', 'scale'),
    edges: edgesOf('level.audio > scale.bye'),
    output: 'scale.audio',
    code: 'GRAPH_UNKNOWN_PORT',
    path: '$.edges[0].to',
    says: /no input or param "bye"; did you mean "by"\?/,
  },
  {
    name: 'a name that every JavaScript object has',
    nodes: nodesOf('level', 'scale'),
    edges: edgesOf('level.audio > scale.constructor'),
    output: 'scale.audio',
    code: 'GRAPH_UNKNOWN_PORT',
    path: '$.edges[0].to',
    says: /"constructor"/,
  },
  {
    name: 'cond into audio',
    nodes: nodesOf('counter', 'scale'),
    edges: edgesOf('counter.out > scale.audio'),
    output: 'scale.audio',
    code: 'GRAPH_PORT_KIND',
    path: '$.edges[0]',
    says: /counter\.out is a cond port but scale\.audio takes audio/,
  },
  {
    name: 'audio into events',
    nodes: nodesOf('level', 'listener'),
    edges: edgesOf('level.audio > listener.notes'),
    output: 'level.audio',
    code: 'GRAPH_PORT_KIND',
    path: '$.edges[0]',
    says: /an audio port but listener\.notes takes event/,
  },
  {
    name: 'conditioning of another rate',
    nodes: nodesOf('level', 'counter', 'listener'),
    edges: edgesOf('counter.out > listener.steer'),
    output: 'level.audio',
    code: 'GRAPH_PORT_COND',
    path: '$.edges[0]',
    says: /dim 1 at 100 Hz but listener\.steer takes dim 1 at 250 Hz/,
  },
  {
    name: 'two channels into a mono input',
    nodes: nodesOf('stereo', 'sum'),
    edges: edgesOf('stereo.audio > sum.a'),
    output: 'sum.audio',
    code: 'GRAPH_PORT_CHANNELS',
    path: '$.edges[0]',
    says: /stereo\.audio has 2 channels but sum\.a takes 1 channel/,
  },
  {
    name: 'two edges into one input',
    nodes: nodesOf('level', 'stereo', 'scale'),
    edges: edgesOf('level.audio > scale.audio', 'stereo.audio > scale.audio'),
    output: 'scale.audio',
    code: 'GRAPH_INPUT_TAKEN',
    path: '$.edges[1].to',
    says: /fed by \$\.edges\[0\] already/,
  },
  {
    name: 'one modulation twice',
    nodes: nodesOf('counter', 'level'),
    edges: edgesOf('counter.out > level.value', 'counter.out > level.value'),
    output: 'level.audio',
    code: 'GRAPH_INPUT_TAKEN',
    path: '$.edges[1]',
    says: /modulates level\.value by \$\.edges\[0\] already/,
  },
  {
    name: 'a required input that is open',
    nodes: nodesOf('level', 'scale'),
    output: 'level.audio',
    code: 'GRAPH_INPUT_OPEN',
    path: '$.nodes[1]',
    says: /nothing is connected to scale\.audio/,
  },
  {
    name: 'modulation of an enum',
    nodes: nodesOf('counter', 'level'),
    edges: edgesOf('counter.out > level.shape'),
    output: 'level.audio',
    code: 'GRAPH_MODULATION',
    path: '$.edges[0].to',
    says: /level\.shape is a param of type enum/,
  },
  {
    name: 'modulation by two dimensions',
    nodes: nodesOf('counter', 'level'),
    edges: edgesOf('counter.pair > level.value'),
    output: 'level.audio',
    code: 'GRAPH_MODULATION',
    path: '$.edges[0].from',
    says: /a cond port of dim 2/,
  },
  {
    name: 'modulation by audio',
    nodes: nodesOf('stereo', 'level'),
    edges: edgesOf('stereo.audio > level.value'),
    output: 'level.audio',
    code: 'GRAPH_MODULATION',
    path: '$.edges[0].from',
    says: /an audio port/,
  },
  {
    name: 'an amount on an edge between ports',
    nodes: nodesOf('level', 'scale'),
    edges: [{ from: 'level.audio', to: 'scale.audio', amount: 0.5 }],
    output: 'scale.audio',
    code: 'GRAPH_AMOUNT',
    path: '$.edges[0].amount',
    says: /scale\.audio is a port/,
  },
  {
    name: 'a loop, by name',
    nodes: nodesOf('level', 'sum', 'scale:x', 'scale:y'),
    edges: edgesOf('level.audio > sum.a', 'y.audio > sum.b', 'sum.audio > x.audio', 'x.audio > y.audio'),
    output: 'y.audio',
    code: 'GRAPH_CYCLE',
    path: '$.edges',
    says: /(sum -> x -> y -> sum|x -> y -> sum -> x|y -> sum -> x -> y) is a loop/,
  },
  {
    name: 'a node that feeds itself',
    nodes: nodesOf('scale'),
    edges: edgesOf('scale.audio > scale.audio'),
    output: 'scale.audio',
    code: 'GRAPH_CYCLE',
    path: '$.edges',
    says: /scale -> scale is a loop/,
  },
  {
    name: 'an output that is no audio',
    nodes: nodesOf('counter'),
    output: 'counter.out',
    code: 'GRAPH_OUTPUT',
    path: '$.output',
    says: /counter\.out is a cond port/,
  },
  {
    name: 'an output of a node that is not there',
    nodes: nodesOf('level'),
    output: 'lvl.audio',
    code: 'GRAPH_UNKNOWN_NODE',
    path: '$.output',
    says: /"lvl"/,
  },
  {
    name: 'an unknown param',
    nodes: [{ id: 'a', type: 'level', params: { valeu: 1 } }],
    output: 'a.audio',
    code: 'PARAM_UNKNOWN',
    path: '$.nodes[0].params.valeu',
    says: /did you mean "value"\?/,
  },
  {
    name: 'a param out of range',
    nodes: [{ id: 'a', type: 'level', params: { value: 11 } }],
    output: 'a.audio',
    code: 'PARAM_RANGE',
    path: '$.nodes[0].params.value',
    says: /expected -10 to 10 but received 11/,
  },
  {
    name: 'a param of the wrong type',
    nodes: [{ id: 'a', type: 'level', params: { value: 'loud' } }],
    output: 'a.audio',
    code: 'PARAM_TYPE',
    path: '$.nodes[0].params.value',
    says: /expected a number \(-10 to 10\) for value but received "loud"/,
  },
  {
    name: 'an option that is none',
    nodes: [{ id: 'a', type: 'level', params: { shape: 'squar' } }],
    output: 'a.audio',
    code: 'PARAM_OPTION',
    path: '$.nodes[0].params.shape',
    says: /did you mean "square"\?/,
  },
  {
    name: 'an unknown setting',
    nodes: [...nodesOf('level'), { id: 'b', type: 'late', settings: { frame: 3 } }],
    edges: edgesOf('level.audio > b.audio'),
    output: 'b.audio',
    code: 'PATCH_SETTING_UNKNOWN',
    path: '$.nodes[1].settings.frame',
    says: /did you mean "frames"\?/,
  },
  {
    name: 'a setting out of range',
    nodes: [...nodesOf('level'), { id: 'b', type: 'late', settings: { frames: -1 } }],
    edges: edgesOf('level.audio > b.audio'),
    output: 'b.audio',
    code: 'PATCH_SETTING_VALUE',
    path: '$.nodes[1].settings.frames',
    says: /expected a number from 0 to 1000 but received -1/,
  },
];

describe('compilePatch', () => {
  for (const { name, code, path, says, ...parts } of refusals) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => compile(parts),
        (error) => {
          assert.ok(error instanceof GraphError);
          assert.deepEqual([error.code, error.path], [code, path]);
          assert.match(error.message, says);
          assert.ok(error.message.startsWith(`${path}: `));
          assert.notEqual(error.remedy, '');
          return true;
        },
      );
    });
  }

  it('puts every source before its readers, and keeps the listed order otherwise', () => {
    const { nodes } = compile({
      nodes: nodesOf('sum:d', 'scale:c', 'scale:b', 'level:a'),
      edges: edgesOf('a.audio > b.audio', 'a.audio > c.audio', 'b.audio > d.a', 'c.audio > d.b'),
      output: 'd.audio',
    });
    assert.deepEqual(
      nodes.map(({ id }) => id),
      ['a', 'c', 'b', 'd'],
    );
  });

  it('lets channel counts flow through following ports', () => {
    const { nodes, output } = compile({
      nodes: nodesOf('scale:late', 'scale:early', 'stereo', 'listener'),
      edges: edgesOf('stereo.audio > early.audio', 'early.audio > late.audio', 'late.audio > listener.audio'),
      output: 'late.audio',
    });
    assert.equal(output.channels, 2);
    assert.deepEqual(
      nodes.map(({ id, outputs }) => [id, ...outputs.map(({ channels }) => channels)]),
      [['stereo', 2], ['early', 2], ['late', 2], ['listener']],
    );
  });

  it('completes params and settings with their defaults', () => {
    const { nodes } = compile({
      nodes: [{ id: 'a', type: 'level', params: { value: 2, steps: 3 } }],
      output: 'a.audio',
    });
    assert.deepEqual(nodes[0]!.params, { value: 2, slow: 0, steps: 3, shape: 'sine', isOn: true });
  });

  it('gives a node the same seed wherever it stands in the patch', () => {
    const alone = compile({ nodes: nodesOf('level:a'), output: 'a.audio' });
    const second = compile({ nodes: nodesOf('stereo', 'level:a'), output: 'a.audio' });
    assert.equal(alone.nodes[0]!.seed, deriveSeed(1, 'a'));
    assert.equal(second.nodes[1]!.seed, deriveSeed(1, 'a'));
    assert.notEqual(second.nodes[0]!.seed, second.nodes[1]!.seed);
  });

  it('takes a modulation with its amount, 1 when there is none', () => {
    const { nodes } = compile({
      nodes: nodesOf('counter', 'level'),
      edges: [{ from: 'counter.out', to: 'level.value', amount: -2 }, ...edgesOf('counter.out > level.slow')],
      output: 'level.audio',
    });
    assert.deepEqual(
      nodes[1]!.modulations.map(({ param, amount }) => [param, amount]),
      [
        ['value', -2],
        ['slow', 1],
      ],
    );
  });
});

describe('latencySum', () => {
  const late = (id: string, frames: number) => ({ id, type: 'late', settings: { frames } });
  const table: readonly (ToyPatch & {
    readonly name: string;
    readonly total: number;
    readonly toOutput: Readonly<Record<string, number>>;
  })[] = [
    { name: 'one node', nodes: nodesOf('level'), output: 'level.audio', total: 0, toOutput: { level: 0 } },
    {
      name: 'a chain adds up',
      nodes: [...nodesOf('level'), late('a', 7), late('b', 100)],
      edges: edgesOf('level.audio > a.audio', 'a.audio > b.audio'),
      output: 'b.audio',
      total: 107,
      toOutput: { level: 107, a: 107, b: 100 },
    },
    {
      name: 'a diamond takes the slower side',
      nodes: [...nodesOf('level', 'sum'), late('fast', 3), late('slow', 40), late('after', 5)],
      edges: edgesOf(
        'level.audio > fast.audio',
        'level.audio > slow.audio',
        'fast.audio > sum.a',
        'slow.audio > sum.b',
        'sum.audio > after.audio',
      ),
      output: 'after.audio',
      total: 45,
      toOutput: { level: 45, sum: 5, fast: 8, slow: 45, after: 5 },
    },
    {
      name: 'what is not heard does not count',
      nodes: [...nodesOf('level'), late('unheard', 900)],
      edges: edgesOf('level.audio > unheard.audio'),
      output: 'level.audio',
      total: 0,
      toOutput: { level: 0 },
    },
    {
      name: 'a modulation is a path',
      nodes: [...nodesOf('counter', 'level'), late('a', 20)],
      edges: edgesOf('counter.out > level.value', 'level.audio > a.audio'),
      output: 'a.audio',
      total: 20,
      toOutput: { counter: 20, level: 20, a: 20 },
    },
  ];
  for (const { name, total, toOutput, ...parts } of table) {
    it(name, () => {
      const compiled = compile(parts);
      const frames = compiled.nodes.map(({ settings }) => Number(settings.frames ?? 0));
      const latency = latencySum(compiled, frames);
      assert.equal(latency.totalFrames, total);
      assert.deepEqual(Object.fromEntries(latency.toOutput), toOutput);
    });
  }
});
