/** Runs exported graphs on ONNX Runtime directly, as a program without our stepper would. */
import type { Bundle, Conditioning, OnnxGraphName, Sampling } from '../../../models/index.js';
import { exportOnnx } from '../../../models/onnx/export.js';
import {
  frameState,
  periodState,
  type StateTensor,
  stateModel,
} from '../../../models/onnx/graph/state-layout.js';
import type { OnnxProvider } from '../../../models/onnx/providers.js';
import { loadOnnxRuntime, type OnnxTensors, openSession } from '../../../models/onnx/run/runtime.js';
import { Steering, steeringLayout, steeringLength } from '../../../models/onnx/steering.js';

/** Logits (numFrames, levels) of `tokens`, frame by frame. */
export async function runStep(
  bundle: Bundle,
  tokens: Uint8Array,
  conditioning?: Conditioning,
): Promise<Float32Array> {
  const { session, Tensor, levels } = await open(bundle, 'step', 'cpu');
  const layout = frameState(stateModel(bundle));
  const logits = new Float32Array(tokens.length * levels);
  const steering = steeringRows(bundle, tokens.length, conditioning);
  let state = zeros(Tensor, layout);
  let phase = new Tensor('int64', BigInt64Array.of(0n), [1]);
  for (const [t, id] of tokens.entries()) {
    const token = new Tensor('int64', BigInt64Array.of(BigInt(id)), [1]);
    const rows = Object.fromEntries(
      steering.map(({ values, span, width }, k) => {
        // What a tier that does not run is given, is not looked at.
        const row = Math.floor(t / span) * width;
        return [`cond.${k}`, new Tensor('float32', values.slice(row, row + width), [1, width])];
      }),
    );
    const feeds = { token, phase, ...rows, ...state };
    const results = await session.run(feeds, outputs('logits', 'phase.next', layout));
    logits.set(results.logits!.data as Float32Array, t * levels);
    phase = results['phase.next']!;
    state = Object.fromEntries(layout.map(({ name }) => [name, results[`${name}.next`]!]));
  }
  return logits;
}

/** One run of the chunk graph from silence; -1 in `tokens` is drawn. */
export async function runChunk(
  bundle: Bundle,
  tokens: readonly number[],
  uniforms: Float64Array,
  sampling: Sampling,
  provider: OnnxProvider = 'cpu',
  conditioning?: Conditioning,
): Promise<{ drawn: number[]; logits: Float32Array; state: OnnxTensors }> {
  const { session, Tensor } = await open(bundle, 'chunk', provider);
  const layout = periodState(stateModel(bundle));
  const feeds = {
    tokens: new Tensor('int64', BigInt64Array.from(tokens.map(BigInt)), [tokens.length]),
    uniforms: new Tensor('float64', uniforms, [tokens.length]),
    temperature: new Tensor('float64', Float64Array.of(sampling.temperature), []),
    top_p: new Tensor('float64', Float64Array.of(sampling.topP), []),
    top_k: new Tensor('int64', BigInt64Array.of(BigInt(sampling.topK)), []),
    ...steeringFeeds(Tensor, bundle, tokens.length, conditioning),
    ...zeros(Tensor, layout),
  };
  const results = await session.run(feeds, outputs('drawn', 'logits', layout));
  const drawn = Array.from(results.drawn!.data as BigInt64Array, Number);
  return { drawn, logits: results.logits!.data as Float32Array, state: results };
}

/** One run of the prime graph from silence. */
export async function runPrime(
  bundle: Bundle,
  tokens: readonly number[],
  provider: OnnxProvider = 'cpu',
  conditioning?: Conditioning,
): Promise<{ logits: Float32Array; state: OnnxTensors }> {
  const { session, Tensor } = await open(bundle, 'prime', provider);
  const layout = periodState(stateModel(bundle));
  const ids = new Tensor('int64', BigInt64Array.from(tokens.map(BigInt)), [tokens.length]);
  const fetches = outputs('logits', 'logits', layout);
  const steering = steeringFeeds(Tensor, bundle, tokens.length, conditioning);
  const results = await session.run({ tokens: ids, ...steering, ...zeros(Tensor, layout) }, fetches);
  return { logits: results.logits!.data as Float32Array, state: results };
}

async function open(bundle: Bundle, name: OnnxGraphName, provider: OnnxProvider) {
  const runtime = await loadOnnxRuntime();
  const session = await openSession(runtime, exportOnnx(bundle, name), provider);
  return { session, Tensor: runtime.Tensor, levels: bundle.manifest.quantiser.levels };
}

type TensorClass = Awaited<ReturnType<typeof open>>['Tensor'];

function zeros(Tensor: TensorClass, layout: readonly StateTensor[]): OnnxTensors {
  return Object.fromEntries(
    layout.map(({ name, shape }) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return [name, new Tensor('float32', new Float32Array(length), shape)];
    }),
  );
}

/** What `cond.{k}` has for all tokens, by tier. */
function steeringRows(bundle: Bundle, numTokens: number, conditioning: Conditioning | undefined) {
  const layout = steeringLayout(bundle, numTokens);
  const all = new Float32Array(steeringLength(layout, numTokens));
  const steering = new Steering(bundle, layout, all);
  steering.begin(conditioning, 0, numTokens);
  for (let t = 0; t < numTokens; t++) steering.set(t, t);
  return layout.map(({ span, width, start }) => ({
    span,
    width,
    values: all.slice(start, start + (numTokens / span) * width),
  }));
}

function steeringFeeds(
  Tensor: TensorClass,
  bundle: Bundle,
  numTokens: number,
  conditioning: Conditioning | undefined,
): OnnxTensors {
  return Object.fromEntries(
    steeringRows(bundle, numTokens, conditioning).map(({ span, width, values }, k) => [
      `cond.${k}`,
      new Tensor('float32', values, [numTokens / span, width]),
    ]),
  );
}

function outputs(first: string, second: string, layout: readonly StateTensor[]): Record<string, null> {
  const names = [first, second, ...layout.map(({ name }) => `${name}.next`)];
  return Object.fromEntries(names.map((name) => [name, null]));
}
