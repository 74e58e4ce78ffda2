/**
 * The master stage: what follows every patch and outlives each of them.
 * program (the mix of the patches that play) -> master (gain, mute) -> guard (limiter) -> sink.
 */
import {
  type AnyNodeDescriptor,
  type AudioBlock,
  compilePatch,
  constrain,
  createRegistry,
  defineNode,
  GraphRun,
  PATCH_FORMAT,
  type ParamSetting,
  type Patch,
  perBlock,
  prepareGraph,
} from '../../graph/index.js';
import { EngineError } from './errors.js';
import type { EngineOptions, EngineSink } from './options.js';

/** Params of the node `master`, which is a `gain`. */
export const masterGain = 'gainDb';
export const masterMute = 'mute';

/** Builds the stage around `program`, whose channels the caller rewrites before each tick. */
export async function createMasterStage(options: EngineOptions, program: AudioBlock): Promise<GraphRun> {
  const { parts, sink, sampleRate, blockFrames, mode, seed } = options;
  const gain = knownType(options, 'gain');
  const types = [programNode(program), gain, knownType(options, 'limiter')];
  if (sink !== undefined) types.push(knownType(options, sink.type));
  const start = {
    // The master reaches further down than a fader of a patch; below that, both are silent.
    [masterGain]: constrain(gain.params[masterGain], masterGain, options.masterGainDb ?? 0).value,
    [masterMute]: options.muted ?? false,
  };
  const compiled = compilePatch(stagePatch(start, sink), createRegistry(types), {
    sampleRate,
    maxBlockFrames: blockFrames,
    mode,
    seed,
  });
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
    throw new EngineError(
      'ENGINE_OPTION',
      `The master stage needs the node type "${type}", which is not there.`,
    );
  }
  return descriptor;
}

/** Hands the engine's own mix into the stage. */
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

/** The stage as a patch, for the same compiler and runner as every other. */
function stagePatch(master: Readonly<Record<string, ParamSetting>>, sink: EngineSink | undefined): Patch {
  return {
    format: PATCH_FORMAT,
    formatVersion: 1,
    title: 'Master stage',
    description: '',
    messages: [],
    nodes: [
      { id: 'program', type: 'engine-program', settings: {}, params: {} },
      { id: 'master', type: 'gain', settings: {}, params: master },
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
