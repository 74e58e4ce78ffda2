import assert from 'node:assert/strict';
import { type AnyNodeDescriptor, createRegistry, type ParamSpec } from '../../graph/index.js';
import { level, oddNode, toyNodes } from './toy-nodes.js';

const float: ParamSpec = {
  type: 'float',
  label: 'X',
  unit: 'none',
  min: 0,
  max: 1,
  default: 0.5,
  warp: 'lin',
  smoothingMs: 0,
};
const withParam = (spec: unknown): AnyNodeDescriptor =>
  oddNode('odd', level.create as never, { params: { x: spec } });

const refusals: readonly [string, AnyNodeDescriptor, RegExp][] = [
  ['a type that is not kebab-case', oddNode('Odd', level.create as never), /kebab-case/],
  [
    'a param that is not camelCase',
    oddNode('odd', level.create as never, { params: { 'a-b': float } }),
    /camelCase/,
  ],
  [
    'a param with the name of an input',
    oddNode('odd', level.create as never, { params: { x: float }, inputs: { x: { kind: 'event' } } }),
    /"x" is declared twice/,
  ],
  [
    'an action with the name of a param',
    oddNode('odd', level.create as never, {
      params: { x: float },
      actions: { x: { label: 'X', description: 'X.', args: [] } },
    }),
    /"x" is declared twice/,
  ],
  ['an upside-down range', withParam({ ...float, min: 2 }), /min < max/],
  ['a default out of range', withParam({ ...float, default: 3 }), /default of x/],
  ['an exponential law through zero', withParam({ ...float, warp: 'exp' }), /warp exp/],
  ['a negative smoothing', withParam({ ...float, smoothingMs: -1 }), /smoothingMs/],
  [
    'an int with a fraction',
    withParam({ type: 'int', label: 'X', unit: 'none', min: 0, max: 2, default: 0.5 }),
    /fraction/,
  ],
  [
    'an enum without its default',
    withParam({ type: 'enum', label: 'X', options: ['a'], default: 'b' }),
    /none of its options/,
  ],
  [
    'an enum with an option twice',
    withParam({ type: 'enum', label: 'X', options: ['a', 'a'], default: 'a' }),
    /differ/,
  ],
  [
    'a port of no channels',
    oddNode('odd', level.create as never, { outputs: { audio: { kind: 'audio', channels: 0 } } }),
    /channels of audio/,
  ],
  [
    'conditioning without a rate',
    oddNode('odd', level.create as never, { outputs: { out: { kind: 'cond', dim: 1, rateHz: 0 } } }),
    /rateHz of out/,
  ],
  [
    'a required argument after an optional one',
    oddNode('odd', level.create as never, {
      actions: {
        say: {
          label: 'Say',
          description: 'Says.',
          args: [
            { name: 'a', type: 'int', description: 'A.', optional: true },
            { name: 'b', type: 'int', description: 'B.' },
          ],
        },
      },
    }),
    /optional arguments come last/,
  ],
];

describe('createRegistry', () => {
  it('finds types in the listed order', () => {
    const registry = createRegistry(toyNodes);
    assert.equal(registry.get('level'), level);
    assert.equal(registry.get('constructor'), undefined);
    assert.deepEqual(
      registry.types,
      toyNodes.map(({ type }) => type),
    );
  });

  it('refuses one type twice', () => {
    assert.throws(() => createRegistry([level, level]), { code: 'GRAPH_DUPLICATE_TYPE' });
  });

  for (const [name, descriptor, message] of refusals) {
    it(`refuses ${name}`, () => {
      assert.throws(() => createRegistry([descriptor]), { code: 'GRAPH_DESCRIPTOR', message });
    });
  }
});
