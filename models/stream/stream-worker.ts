/** Worker thread of a stream. Started by worker-stream.ts. */
import { workerData } from 'node:worker_threads';
import { loadBundle } from '../bundle/load.js';
import { PairStepper } from '../voices/pair-stepper.js';
import { createPortableStepper } from './portable-stepper.js';
import { type StreamWorkerData, serveStream } from './serve-stream.js';

const data = workerData as StreamWorkerData;
const { second } = data;
const open = async (bundleDir: string) =>
  createPortableStepper(await loadBundle(bundleDir), data.kind, data.provider);

await serveStream(data, async () => {
  const stepper = await open(data.bundleDir);
  if (second === undefined) return stepper;
  const other = second.bundleDir === data.bundleDir ? stepper : await open(second.bundleDir);
  return new PairStepper([stepper, other], second);
});
