import assert from 'node:assert/strict';
import { type Patch, parsePatch } from '../../../graph/index.js';
import { afterEdit, isSameGraph } from '../../../src/scenes/index.js';

function patch(params: Record<string, number>, more: object = {}): Patch {
  return parsePatch({
    format: 'sashimi-live/patch',
    formatVersion: 1,
    title: 'x',
    nodes: [{ id: 'source', type: 'steady', params }],
    output: 'source.audio',
    ...more,
  });
}
const paramsOf = ({ nodes }: Patch) => nodes[0]!.params;

describe('an edited patch', () => {
  it('sets what the edit set anew, and keeps what was set live', () => {
    const wanted = afterEdit(patch({ a: 1, b: 2 }), patch({ a: 1, b: 3 }), patch({ a: 9, b: 9, c: 9 }));
    assert.deepEqual(paramsOf(wanted), { a: 9, b: 3, c: 9 });
  });

  it('takes a param back to its default that the file does not set any more', () => {
    assert.deepEqual(paramsOf(afterEdit(patch({ a: 1 }), patch({}), patch({ a: 9 }))), {});
  });

  it('counts alone when nothing is known of the file before, or the node is another', () => {
    assert.deepEqual(paramsOf(afterEdit(undefined, patch({ a: 1 }), patch({ a: 9 }))), { a: 1 });
    const other = patch({}, { nodes: [{ id: 'source', type: 'noise', params: { a: 1 } }] });
    assert.deepEqual(paramsOf(afterEdit(patch({ a: 1 }), other, patch({ a: 9 }))), { a: 1 });
  });

  it('is the same graph as long as only params and words differ', () => {
    assert.ok(isSameGraph(patch({ a: 1 }), patch({ a: 2 }, { title: 'y', description: 'z' })));
    const [one, other] = [
      { x: 1, y: 2 },
      { y: 2, x: 1 },
    ].map((settings) => patch({}, { nodes: [{ id: 'source', type: 'steady', settings }] }));
    assert.ok(isSameGraph(one!, other!));
    assert.ok(!isSameGraph(one!, patch({})));
    assert.ok(!isSameGraph(patch({}), patch({}, { edges: [{ from: 'source.audio', to: 'source.x' }] })));
  });
});
