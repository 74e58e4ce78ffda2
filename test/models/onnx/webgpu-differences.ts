/** Child process of webgpu.test.ts: prints how far the WebGPU provider is from the CPU provider, as one line of JSON. */
import { periodFrames, primeFrames } from '../../../models/onnx/graph/state-layout.js';
import { createOnnxStepper } from '../../../models/onnx/onnx-stepper.js';
import { largestDifference } from '../../../models/verify.js';
import { tinyBundle } from '../../support/tiny-bundle.js';
import { runChunk, runPrime } from './run-graph.js';

const bundle = tinyBundle({ kind: 's4', unet: true, dModel: 4, pool: [2, 2] });
const { architecture } = bundle.manifest;
const numFrames = 2 * periodFrames(architecture);
const tokens = [128, ...new Array<number>(numFrames - 1).fill(-1)];
const greedy = { temperature: 0, topP: 1, topK: 0 };
const forced = Array.from({ length: primeFrames(architecture) }, (_, t) => (t * 37) & 255);

const [cpu, gpu] = [
  await runChunk(bundle, tokens, new Float64Array(numFrames), greedy, 'cpu'),
  await runChunk(bundle, tokens, new Float64Array(numFrames), greedy, 'webgpu'),
];
const [cpuPrime, gpuPrime] = [
  await runPrime(bundle, forced, 'cpu'),
  await runPrime(bundle, forced, 'webgpu'),
];
const stepper = await createOnnxStepper(bundle, 'webgpu');
const inBlocksOf = (blockFrames: number): string => {
  const voice = stepper.createVoice(1);
  const ids = new Uint8Array(numFrames);
  for (let start = 0; start < numFrames; start += blockFrames) {
    const count = Math.min(blockFrames, numFrames - start);
    voice.stepBlock(
      new Float32Array(count),
      count,
      { temperature: 1, topP: 0.9, topK: 0 },
      ids.subarray(start),
    );
  }
  return ids.join();
};
console.log(
  JSON.stringify({
    chunk: largestDifference(cpu.logits, gpu.logits),
    prime: largestDifference(cpuPrime.logits, gpuPrime.logits),
    blocksEqual: inBlocksOf(numFrames) === inBlocksOf(3),
    drawsEqual: cpu.drawn.join() === gpu.drawn.join(),
  }),
);
process.exit(0);
