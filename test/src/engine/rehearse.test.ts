import { createNodeRegistry } from '../../../src/container/node-registry.js';
import { rehearse } from '../../../src/engine/rehearse.js';

describe('rehearse', () => {
  it('plays with the node types that are there, and needs no service', async () => {
    await rehearse(createNodeRegistry());
  });
});
