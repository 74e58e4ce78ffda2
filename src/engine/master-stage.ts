/**
 * The master stage: what follows every patch and outlives each of them.
 * program (the mix of the patches that play) -> master (gain, mute) -> guard (limiter) -> sink.
 */
import {
  type AnyNodeDescriptor,
  type AudioBlock,
  compilePatch,
  createRegistry,
  dbToGain,
  defineNode,
  GraphRun,
  msToFrames,
  PATCH_FORMAT,
  type Patch,
  perBlock,
  prepareGraph,
} from '../../graph/index.js';
import { MASTER_PARAMS } from '../control/index.js';
import { EngineError } from './errors.js';
import type { EngineOptions, EngineSink } from './options.js';

/** Mute and unmute fade over this time. */
const muteFadeMs = 10;

/** Hands the engine's own mix into the stage. `program` is rewritten by the engine before each tick. */
function programNode(program: AudioBlock): AnyNodeDescriptor {
  const result = { audio: program };
  return defineNode({
    type: 'engine-program',
    role: 'source',
    summary: 'The mix of the patches that play.',
    params: {},
    inputs: {},
    outputs: { audio: { kind: 'audio', channels: program.channels.length } },
    create: () => perBlock(() => () => result),
  });
}

/** Gain and mute of everything that is heard. A gain at the lower bound is silence. */
const masterNode = defineNode({
  type: 'engine-master',
  role: 'transform',
  summary: 'Gain and mute of everything that is heard.',
  params: {
    gainDb: MASTER_PARAMS.gain,
    muted: MASTER_PARAMS.mute,
  },
  inputs: { audio: { kind: 'audio', channels: 'follow' } },
  outputs: { audio: { kind: 'audio', channels: 'follow' } },
  create: (ctx) =>
    perBlock(() => {
      const numChannels = ctx.outputChannels('audio');
      const gain = new Float32Array(ctx.maxBlockFrames);
      const channels = Array.from({ length: numChannels }, () => new Float32Array(ctx.maxBlockFrames));
      const result = { audio: { channels } };
      const fadePerFrame = 1 / Math.max(1, msToFrames(muteFadeMs, ctx.sampleRate));
      let open = ctx.params.get('muted') ? 0 : 1;
      return ({ tick, in: { audio } }) => {
        const { numFrames } = tick;
        const target = ctx.params.get('muted') ? 0 : 1;
        ctx.params.ramp('gainDb', gain, numFrames);
        for (let i = 0; i < numFrames; i++) {
          if (open < target) open = Math.min(1, open + fadePerFrame);
          else if (open > target) open = Math.max(0, open - fadePerFrame);
          const db = gain[i]!;
          gain[i] = db <= MASTER_PARAMS.gain.min ? 0 : dbToGain(db) * open;
        }
        for (let c = 0; c < numChannels; c++) {
          const x = audio.channels[c]!;
          const y = channels[c]!;
          for (let i = 0; i < numFrames; i++) y[i] = x[i]! * gain[i]!;
        }
        return result;
      };
    }),
});

/** Builds the stage around `program`, whose channels the caller rewrites before each tick. */
export async function createMasterStage(options: EngineOptions, program: AudioBlock): Promise<GraphRun> {
  const { parts, sink, sampleRate, blockFrames, mode, seed } = options;
  const registry = createRegistry([
    programNode(program),
    masterNode,
    ...['limiter', ...(sink === undefined ? [] : [sink.type])].map((type) => knownType(options, type)),
  ]);
  const patch = stagePatch(options.masterGainDb ?? 0, options.muted ?? false, sink);
  const compiled = compilePatch(patch, registry, { sampleRate, maxBlockFrames: blockFrames, mode, seed });
  const prepared = await prepareGraph(compiled, parts.services);
  try {
    return new GraphRun(prepared);
  } catch (error) {
    await prepared.dispose();
    throw error;
  }
}

function knownType({ parts }: EngineOptions, type: string): AnyNodeDescriptor {
  const descriptor = parts.registry.get(type);
  if (descriptor === undefined) {
    throw new EngineError('ENGINE_OPTION', `The master stage needs the node type "${type}", which is not there.`);
  }
  return descriptor;
}

/** The stage as a patch, for the same compiler and runner as every other. */
function stagePatch(gainDb: number, muted: boolean, sink: EngineSink | undefined): Patch {
  return {
    format: PATCH_FORMAT,
    formatVersion: 1,
    title: 'Master stage',
    description: '',
    messages: [],
    nodes: [
      { id: 'program', type: 'engine-program', settings: {}, params: {} },
      { id: 'master', type: 'engine-master', settings: {}, params: { gainDb, muted } },
      { id: 'guard', type: 'limiter', settings: {}, params: {} },
      ...(sink === undefined ? [] : [{ id: 'sink', type: sink.type, settings: sink.settings, params: {} }]),
    ],
    edges: [
      { from: 'program.audio', to: 'master.audio' },
      { from: 'master.audio', to: 'guard.audio' },
      ...(sink === undefined ? [] : [{ from: 'guard.audio', to: 'sink.audio' }]),
    ],
    output: 'guard.audio',
  };
}
