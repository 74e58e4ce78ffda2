/** Child process of webgpu.test.ts: prints what is copied from the device to the host in a frame, by shape, as one line of JSON. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { periodFrames } from '../../../models/onnx/graph/state-layout.js';
import { loadOnnxRuntime } from '../../../models/onnx/run/runtime.js';
import { tinyBundle } from '../../support/tiny-bundle.js';
import { runChunk } from './run-graph.js';

interface Profiled {
  endProfiling(): void;
}

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly args?: { readonly op_name?: string; readonly input_type_shape?: unknown };
}

const folder = mkdtempSync(join(tmpdir(), 'sashimi-onnx-'));
const { InferenceSession } = await loadOnnxRuntime();
const create = InferenceSession.create.bind(InferenceSession);
let session: Profiled | undefined;
Object.assign(InferenceSession, {
  create: async (model: Uint8Array, options: object) => {
    const made = await create(model, {
      ...options,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'run'),
    });
    session = made as unknown as Profiled;
    return made;
  },
});
const bundle = tinyBundle({ dModel: 4 });
const numFrames = 2 * periodFrames(bundle.manifest.architecture);
const tokens = [128, ...new Array<number>(numFrames - 1).fill(-1)];
const uniforms = new Float64Array(numFrames).fill(0.5);
await runChunk(bundle, tokens, uniforms, { temperature: 1, topP: 0.9, topK: 0 }, 'webgpu');
session!.endProfiling();
const events = readdirSync(folder).flatMap(
  (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[],
);
rmSync(folder, { recursive: true, force: true });
const copies: Record<string, number> = {};
for (const { cat, name, args } of events) {
  if (cat !== 'Node' || !name.endsWith('_kernel_time') || args?.op_name !== 'MemcpyToHost') continue;
  const shape = JSON.stringify(args.input_type_shape);
  copies[shape] = (copies[shape] ?? 0) + 1 / numFrames;
}
console.log(JSON.stringify(copies));
process.exit(0);
