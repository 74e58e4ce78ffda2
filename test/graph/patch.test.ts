import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { GraphError, PATCH_LIMITS, parsePatch, parsePatchText } from '../../graph/index.js';
import { packageRoot } from '../../models/package-root.js';

const schema: unknown = JSON.parse(readFileSync(join(packageRoot(), 'graph', 'patch.schema.json'), 'utf8'));
const isValid = new Ajv2020({ strict: true, strictTypes: false }).compile(schema as object);

const good = {
  $schema: '../graph/patch.schema.json',
  format: 'sashimi-live/patch',
  formatVersion: 1,
  title: 'Shore',
  description: 'Water.',
  messages: ['/node/model/temperature 0.8'],
  nodes: [
    {
      id: 'model',
      type: 'sashimi',
      settings: { bundle: 'shore' },
      params: { temperature: 0.95, isHeld: false },
    },
    { id: 'swell', type: 'lfo' },
  ],
  edges: [{ from: 'swell.out', to: 'model.temperature', amount: 0.1 }],
  output: 'model.audio',
};
const node = good.nodes[0]!;
const edge = good.edges[0]!;
const { title: _title, ...untitled } = good;
const { output: _output, ...mute } = good;

interface Row {
  readonly name: string;
  readonly patch: unknown;
  /** Absent: the patch is good. */
  readonly code?: string;
  readonly path?: string;
  readonly says?: RegExp;
  /** Rules that a schema cannot express. */
  readonly beyondSchema?: true;
}

const rows: readonly Row[] = [
  { name: 'the example', patch: good },
  {
    name: 'the least there is',
    patch: {
      format: 'sashimi-live/patch',
      formatVersion: 1,
      title: 'x',
      nodes: [{ id: 'a', type: 'b' }],
      output: 'a.c',
    },
  },
  { name: 'null', patch: null, code: 'PATCH_TYPE', path: '$' },
  { name: 'an array', patch: [], code: 'PATCH_TYPE', path: '$', says: /an array of 0/ },
  { name: 'another format', patch: { ...good, format: 'x' }, code: 'PATCH_FORMAT', path: '$.format' },
  {
    name: 'another version',
    patch: { ...good, formatVersion: 2 },
    code: 'PATCH_VERSION',
    path: '$.formatVersion',
  },
  {
    name: 'an unknown field, with the nearest',
    patch: { ...good, node: [] },
    code: 'PATCH_FIELD_UNKNOWN',
    path: '$.node',
    says: /did you mean "nodes"\?/,
  },
  { name: 'no title', patch: untitled, code: 'PATCH_FIELD_MISSING', path: '$.title' },
  { name: 'no output', patch: mute, code: 'PATCH_FIELD_MISSING', path: '$.output' },
  { name: 'an empty title', patch: { ...good, title: '' }, code: 'PATCH_SIZE', path: '$.title' },
  { name: 'a title that is no text', patch: { ...good, title: 7 }, code: 'PATCH_TYPE', path: '$.title' },
  { name: 'no nodes', patch: { ...good, nodes: [] }, code: 'PATCH_SIZE', path: '$.nodes' },
  {
    name: 'too many nodes',
    patch: { ...good, nodes: Array.from({ length: 257 }, (_, i) => ({ id: `n${i}`, type: 'a' })) },
    code: 'PATCH_SIZE',
    path: '$.nodes',
  },
  {
    name: 'a node that is no object',
    patch: { ...good, nodes: ['a'] },
    code: 'PATCH_TYPE',
    path: '$.nodes[0]',
  },
  {
    name: 'an unknown field of a node',
    patch: { ...good, nodes: [{ ...node, param: {} }] },
    code: 'PATCH_FIELD_UNKNOWN',
    path: '$.nodes[0].param',
    says: /did you mean "params"\?/,
  },
  {
    name: 'a bad id',
    patch: { ...good, nodes: [{ ...node, id: 'A' }] },
    code: 'PATCH_NAME',
    path: '$.nodes[0].id',
  },
  {
    name: 'a reserved id',
    patch: { ...good, nodes: [{ ...node, id: 'master' }] },
    code: 'PATCH_ID_RESERVED',
    path: '$.nodes[0].id',
  },
  {
    name: 'one id twice',
    patch: { ...good, nodes: [node, node] },
    code: 'PATCH_ID_DUPLICATE',
    path: '$.nodes[1].id',
    says: /\$\.nodes\[0\]/,
    beyondSchema: true,
  },
  {
    name: 'a bad type',
    patch: { ...good, nodes: [{ id: 'a', type: 'Gain' }] },
    code: 'PATCH_NAME',
    path: '$.nodes[0].type',
  },
  {
    name: 'a param that is an object',
    patch: { ...good, nodes: [{ ...node, params: { gainDb: {} } }] },
    code: 'PATCH_TYPE',
    path: '$.nodes[0].params.gainDb',
  },
  {
    name: 'a param that is null',
    patch: { ...good, nodes: [{ ...node, params: { gainDb: null } }] },
    code: 'PATCH_TYPE',
    path: '$.nodes[0].params.gainDb',
    says: /received null/,
  },
  {
    name: 'a param with a strange name',
    patch: { ...good, nodes: [{ ...node, params: { 'a-b': 1 } }] },
    code: 'PATCH_NAME',
    path: '$.nodes[0].params.a-b',
  },
  {
    name: 'a setting that is too long',
    patch: { ...good, nodes: [{ ...node, settings: { bundle: 'x'.repeat(5000) } }] },
    code: 'PATCH_SIZE',
    path: '$.nodes[0].settings.bundle',
  },
  {
    name: 'params that are an array',
    patch: { ...good, nodes: [{ ...node, params: [] }] },
    code: 'PATCH_TYPE',
    path: '$.nodes[0].params',
  },
  {
    name: 'an edge without an end',
    patch: { ...good, edges: [{ from: 'a.b' }] },
    code: 'PATCH_FIELD_MISSING',
    path: '$.edges[0].to',
  },
  {
    name: 'an edge end without a port',
    patch: { ...good, edges: [{ ...edge, to: 'model' }] },
    code: 'PATCH_REFERENCE',
    path: '$.edges[0].to',
  },
  {
    name: 'an amount that is text',
    patch: { ...good, edges: [{ ...edge, amount: '1' }] },
    code: 'PATCH_TYPE',
    path: '$.edges[0].amount',
  },
  {
    name: 'an unknown field of an edge',
    patch: { ...good, edges: [{ ...edge, scale: 1 }] },
    code: 'PATCH_FIELD_UNKNOWN',
    path: '$.edges[0].scale',
  },
  { name: 'edges that are text', patch: { ...good, edges: 'none' }, code: 'PATCH_TYPE', path: '$.edges' },
  {
    name: 'an output with two dots',
    patch: { ...good, output: 'a.b.c' },
    code: 'PATCH_REFERENCE',
    path: '$.output',
  },
  {
    name: 'a message that is a number',
    patch: { ...good, messages: [1] },
    code: 'PATCH_TYPE',
    path: '$.messages[0]',
  },
  { name: 'an empty message', patch: { ...good, messages: [''] }, code: 'PATCH_SIZE', path: '$.messages[0]' },
];

describe('parsePatch', () => {
  for (const { name, patch, code, path, says, beyondSchema } of rows) {
    it(`${code === undefined ? 'takes' : 'refuses'} ${name}, and so does the schema`, () => {
      assert.equal(isValid(patch), code === undefined || beyondSchema === true);
      if (code === undefined) {
        parsePatch(patch);
        return;
      }
      assert.throws(
        () => parsePatch(patch),
        (error) => {
          assert.ok(error instanceof GraphError);
          assert.deepEqual([error.code, error.path], [code, path]);
          if (says !== undefined) assert.match(error.message, says);
          return true;
        },
      );
    });
  }

  it('completes what may be left out, and its result is a patch again', () => {
    const patch = parsePatch(rows[1]!.patch);
    assert.deepEqual(patch.nodes, [{ id: 'a', type: 'b', settings: {}, params: {} }]);
    assert.deepEqual([patch.description, patch.messages, patch.edges], ['', [], []]);
    assert.deepEqual(parsePatch(JSON.parse(JSON.stringify(patch))), patch);
    assert.ok(isValid(JSON.parse(JSON.stringify(parsePatch(good)))));
  });

  it('cannot be led into the prototype', () => {
    const hostile = `{"format":"sashimi-live/patch","formatVersion":1,"title":"x","output":"a.b",
      "nodes":[{"id":"a","type":"b","params":{"__proto__":1}}]}`;
    assert.throws(() => parsePatchText(hostile), { code: 'PATCH_NAME' });
  });

  it('says where the JSON is broken', () => {
    assert.throws(() => parsePatchText('{"format": '), { code: 'PATCH_JSON' });
    assert.throws(() => parsePatchText(' '.repeat(PATCH_LIMITS.textCharacters + 1)), { code: 'PATCH_SIZE' });
  });
});
