/** Worker thread of a stream. Started by worker-stream.ts. */
import { workerData } from 'node:worker_threads';
import { loadBundle } from '../bundle/load.js';
import { createPortableStepper } from './portable-stepper.js';
import { type StreamWorkerData, serveStream } from './serve-stream.js';

const data = workerData as StreamWorkerData;
await serveStream(data, async () =>
  createPortableStepper(await loadBundle(data.bundleDir), data.kind, data.provider),
);
