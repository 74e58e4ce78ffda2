import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  MODEL_STREAMS,
  nodeTypes,
  SINK_DRIVERS,
  type SinkStream,
  STATE_FILES,
  sinkDrivers,
} from '../../nodes/index.js';
import { EngineStateFiles } from '../../src/engine/state-files.js';
import { FakeModelStreams, FakeStream } from '../nodes/fake-model-streams.js';
import { servicesOf } from '../support/graph-harness.js';
import { NOTE_CONDITIONING } from '../support/note-conditioning.js';
import { type NodeContractOptions, nodeContract } from './node-contract.js';

const folder = mkdtempSync(join(tmpdir(), 'sashimi-nodes-'));
let files = 0;

/** A device that takes everything and never asks. */
const device: SinkStream = {
  latencyFrames: 0,
  xruns: 0,
  description: 'a test',
  start: () => undefined,
  write: () => undefined,
  close: async () => undefined,
};
const drivers = sinkDrivers([
  {
    name: 'test',
    probe: async () => ({ available: true }),
    devices: async () => [],
    open: async () => device,
  },
]);

/** What a node needs from a test machine beside its defaults. */
const needs: Readonly<Record<string, NodeContractOptions>> = {
  sashimi: {
    services: () =>
      servicesOf(
        [MODEL_STREAMS, new FakeModelStreams(new FakeStream({ conditioning: NOTE_CONDITIONING }))],
        [STATE_FILES, new EngineStateFiles(folder)],
      ),
  },
  speaker: { services: () => servicesOf([SINK_DRIVERS, drivers]) },
  'wav-file': {
    settings: () => ({ path: join(folder, `${files++}.wav`) }),
    // Where files of several formats were written in one process, a sample may be boxed on its way to the encoder.
    bytesPerTick: 2048,
  },
  // Where limiters of several sample types were run in one process, a gain may be boxed on its way through the filters.
  limiter: { bytesPerTick: 2048 },
};

after(() => rmSync(folder, { recursive: true, force: true }));

for (const descriptor of nodeTypes) nodeContract(descriptor, needs[descriptor.type] ?? {});
