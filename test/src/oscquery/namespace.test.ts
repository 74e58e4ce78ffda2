import assert from 'node:assert/strict';
import { buildAddressTable } from '../../../src/control/index.js';
import { describeNamespace, type QueryNode } from '../../../src/oscquery/index.js';
import { TOY_TABLE } from '../control/toy-table.js';

const plain = (node: QueryNode | undefined) => JSON.parse(JSON.stringify(node)) as QueryNode;

function find(root: QueryNode, address: string): QueryNode | undefined {
  let node: QueryNode | undefined = root;
  for (const part of address.slice(1).split('/')) node = node?.CONTENTS?.[part];
  return node;
}

describe('OSCQuery namespace', () => {
  const root = describeNamespace(TOY_TABLE, (address) =>
    address === '/node/model/temperature' ? 0.5 : address === '/node/model/frozen' ? false : undefined,
  );

  it('holds every address under its full path', () => {
    for (const { address, description } of TOY_TABLE) {
      assert.equal(find(root, address)?.FULL_PATH, address);
      assert.equal(find(root, address)?.DESCRIPTION, description);
    }
  });

  it('describes a number with range, unit, clipping and value', () => {
    assert.deepEqual(plain(find(root, '/node/model/temperature')), {
      FULL_PATH: '/node/model/temperature',
      ACCESS: 3,
      DESCRIPTION: 'Temperature',
      TYPE: 'f',
      RANGE: [{ MIN: 0.1, MAX: 2 }],
      UNIT: ['ratio'],
      CLIPMODE: ['both'],
      VALUE: [0.5],
    });
  });

  it('lists what an enum takes, and tags a bool by its value', () => {
    assert.deepEqual(find(root, '/node/model/law')?.RANGE, [{ VALS: ['linear', 'square', 'cubic'] }]);
    assert.equal(find(root, '/node/model/law')?.VALUE, undefined);
    assert.equal(find(root, '/node/model/frozen')?.TYPE, 'F');
    assert.equal(find(root, '/master/mute')?.TYPE, 'T');
  });

  it('offers actions as write-only, with the tags of their arguments', () => {
    assert.equal(find(root, '/node/model/say')?.ACCESS, 2);
    assert.equal(find(root, '/node/model/say')?.TYPE, 'sf');
    assert.equal(find(root, '/node/model/reset')?.TYPE, '');
  });

  it('takes a node of any name', () => {
    const spec = { type: 'bool', label: 'On', default: true } as const;
    const table = buildAddressTable([{ id: '__proto__', descriptor: { params: { constructor: spec } } }]);
    const tree = describeNamespace(table, () => undefined);
    assert.equal(find(tree, '/node/__proto__/constructor')?.ACCESS, 3);
    assert.equal(({} as { constructor: { ACCESS?: number } }).constructor.ACCESS, undefined);
  });
});
