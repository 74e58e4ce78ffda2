import assert from 'node:assert/strict';
import { buildAddressTable, COMMANDS, OscError } from '../../../src/control/index.js';
import { TOY_NODES, TOY_TABLE } from './toy-table.js';

describe('address table', () => {
  it('holds the commands, the master, and every param and action of every node, sorted', () => {
    assert.deepEqual(
      TOY_TABLE.map(({ address }) => address),
      [
        ...Object.keys(COMMANDS),
        '/master/gain',
        '/master/mute',
        '/node/level/gainDb',
        '/node/model/frozen',
        '/node/model/law',
        '/node/model/reset',
        '/node/model/say',
        '/node/model/state/store',
        '/node/model/temperature',
        '/node/model/topK',
      ].sort(),
    );
  });

  it('describes each address', () => {
    for (const { address, description } of TOY_TABLE) assert.ok(description.length > 0, address);
  });

  it('crosses threads', () => {
    assert.deepEqual(structuredClone(TOY_TABLE), TOY_TABLE);
  });

  it('refuses a name that is both a param and an action', () => {
    const node = {
      id: 'twice',
      descriptor: {
        params: { reset: { type: 'bool', label: 'Reset', default: false } },
        actions: { reset: { label: 'Reset', description: 'Resets.', args: [] } },
      },
    } as const;
    assert.throws(
      () => buildAddressTable([...TOY_NODES, node]),
      (error) =>
        error instanceof OscError &&
        error.code === 'OSC_ADDRESS_TAKEN' &&
        /\/node\/twice\/reset/.test(error.message),
    );
  });
});
