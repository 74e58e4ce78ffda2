/** Worker thread of a stream whose voice throws, as a broken runtime does; for tests. */
import { workerData } from 'node:worker_threads';
import { ModelError } from '../../../models/errors.js';
import type { Stepper } from '../../../models/stepper.js';
import { type StreamWorkerData, serveStream } from '../../../models/stream/serve-stream.js';

/** Frames that the voice gives before. */
export const FRAMES_BEFORE_FAULT = 128;
export const FAULT_MESSAGE = 'ONNX Runtime failed: the device is gone.';

/** What is said by the name of its bundle: `coded`, `uncoded` or `exit`. */
function fail(how: string): never {
  if (how === 'exit') process.exit(7);
  throw how === 'coded' ? new ModelError('MODEL_ONNX', FAULT_MESSAGE) : new RangeError('Out of bounds.');
}

const data = workerData as StreamWorkerData | null;
if (data !== null) {
  let framesLeft = FRAMES_BEFORE_FAULT;
  const stepBlock = (out: Float32Array, numFrames: number): void => {
    if (framesLeft < numFrames) fail(data.bundleDir);
    framesLeft -= numFrames;
    out.fill(0.5, 0, numFrames);
  };
  const stepper = {
    sampleRate: 16000,
    instructionSet: 'none',
    conditioning: [],
    createVoice: () => ({
      stepBlock,
      reset: () => undefined,
      frame: 0,
      isAligned: false,
      snapshotBytes: 8,
      snapshotLayout: () => ({ numTiers: 1, ranges: [], seed: { offset: 0, type: 'uint32' } }),
    }),
    dispose: () => undefined,
  } as unknown as Stepper;
  await serveStream(data, async () => stepper);
}
