import assert from 'node:assert/strict';
import { createNodeRegistry } from '../../../src/container/node-registry.js';
import { rehearse } from '../../../src/engine/rehearse.js';

describe('rehearse', () => {
  it('plays with the node types that are there, and needs no service', async () => {
    const services = { get: () => assert.fail('a service was asked for') };
    await rehearse({ registry: createNodeRegistry([]), services });
  });
});
