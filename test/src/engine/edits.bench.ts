/**
 * What an edit costs the audio thread, between two blocks: `node dist/test/src/engine/edits.bench.js`. Prints; asserts nothing.
 * Patches of several sizes get one more node; the last row puts another model in the place of a model.
 */
import {
  compilePatch,
  createRegistry,
  GraphRun,
  type Patch,
  PatchEditor,
  parsePatch,
  prepareGraph,
  type Services,
} from '../../../graph/index.js';
import { nodeTypes } from '../../../nodes/index.js';
import { createEngineParts } from '../../../src/container/container.js';
import { readPreset } from '../../../src/engine/presets.js';

const options = { sampleRate: 48_000, maxBlockFrames: 256, mode: 'live', seed: 1 } as const;
const rounds = 40;
const noServices: Services = {
  get: () => {
    throw new Error('no services here');
  },
};

/** A source, gains in a row, and constants that modulate them. */
function rowOf(numNodes: number): Patch {
  const numGains = Math.floor(numNodes / 2);
  const gains = Array.from({ length: numGains }, (_, n) => ({ id: `gain-${n}`, type: 'gain' }));
  const knobs = Array.from({ length: numNodes - numGains - 1 }, (_, n) => ({
    id: `knob-${n}`,
    type: 'constant',
  }));
  return parsePatch({
    format: 'sashimi-live/patch',
    formatVersion: 1,
    title: 'Row',
    // In the order that is worst for the sort.
    nodes: [...[...gains].reverse(), ...knobs, { id: 'source', type: 'mix' }],
    edges: [
      ...gains.map(({ id }, n) => ({
        from: n === 0 ? 'source.audio' : `gain-${n - 1}.audio`,
        to: `${id}.audio`,
      })),
      ...knobs.map(({ id }, n) => ({ from: `${id}.out`, to: `gain-${n}.gainDb` })),
    ],
    output: `gain-${numGains - 1}.audio`,
  });
}

type Times = Record<'compile' | 'plan' | 'build' | 'switch', number[]>;

function timed<T>(into: number[], work: () => T): T {
  const begun = performance.now();
  const result = work();
  into.push(performance.now() - begun);
  return result;
}

function report(name: string, times: Times): void {
  const shown = Object.entries(times).map(([step, ms]) => {
    const sorted = [...ms].sort((a, b) => a - b);
    return `${step} ${sorted[sorted.length >> 1]!.toFixed(3)} (most ${sorted.at(-1)!.toFixed(3)})`;
  });
  console.log(`${name}: ${shown.join(', ')} ms`);
}

const registry = createRegistry(nodeTypes);
for (const numNodes of [4, 16, 64, 254]) {
  const before = rowOf(numNodes);
  const editor = new PatchEditor(before, registry);
  editor.apply({ kind: 'add', type: 'gain', id: 'extra' });
  editor.apply({ kind: 'connect', from: 'source.audio', to: 'extra.audio' });
  editor.apply({ kind: 'connect', from: 'extra.audio', to: 'gain-0.audio' });
  const times: Times = { compile: [], plan: [], build: [], switch: [] };
  for (let round = 0; round < rounds; round++) {
    const run = new GraphRun(await prepareGraph(compilePatch(before, registry, options), noServices));
    const compiled = timed(times.compile, () => compilePatch(editor.patch, registry, options));
    const plan = timed(times.plan, () => run.plan(compiled));
    if (typeof plan === 'string') throw new Error(plan);
    const begun = performance.now();
    const succession = await run.prepareSuccession(plan, noServices);
    times.build.push(performance.now() - begun);
    timed(times.switch, () => run.succeed(succession));
    await run.dispose();
  }
  report(`${numNodes} nodes and one more`, times);
}

const shore = readPreset('shore').patch;
const { services, registry: allTypes } = await createEngineParts({
  stepper: 'auto',
  lookAheadMs: 100,
  plugins: [],
});
const times: Times = { compile: [], plan: [], build: [], switch: [] };
for (let round = 0; round < 10; round++) {
  const opened = await prepareGraph(compilePatch(shore, allTypes, options), services);
  // Opening the model is asynchronous; this is what is left for the audio thread.
  const run = timed(times.build, () => new GraphRun(opened));
  const compiled = timed(times.compile, () => compilePatch(shore, allTypes, options));
  const plan = timed(times.plan, () => run.plan(compiled, ['model']));
  if (typeof plan === 'string') throw new Error(plan);
  const prepared = await run.prepareSuccession(plan, services);
  timed(times.switch, () => run.succeed(prepared));
  await run.dispose();
}
report('shore and another model', times);
