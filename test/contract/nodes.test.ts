import { MODEL_STREAMS, nodeTypes } from '../../nodes/index.js';
import { FakeModelStreams, FakeStream } from '../nodes/fake-model-streams.js';
import { servicesOf } from '../support/graph-harness.js';
import { type NodeContractOptions, nodeContract } from './node-contract.js';

/** What a node needs from a test machine beside its defaults. */
const needs: Readonly<Record<string, NodeContractOptions>> = {
  sashimi: { services: () => servicesOf([MODEL_STREAMS, new FakeModelStreams(new FakeStream())]) },
};

for (const descriptor of nodeTypes) nodeContract(descriptor, needs[descriptor.type] ?? {});
