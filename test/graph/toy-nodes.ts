/** Small nodes for tests of the graph: every one shows one property and nothing else. */
import {
  type AnyNodeDescriptor,
  condFramesIn,
  defineNode,
  maxCondFrames,
  type NodeDescriptor,
  perBlock,
} from '../../graph/index.js';

/** Constant `value` on `channels` channels. */
export const level = defineNode({
  type: 'level',
  role: 'source',
  summary: 'Puts out a level.',
  params: {
    value: {
      type: 'float',
      label: 'Value',
      unit: 'none',
      min: -10,
      max: 10,
      default: 1,
      warp: 'lin',
      smoothingMs: 0,
    },
    slow: {
      type: 'float',
      label: 'Slow',
      unit: 'none',
      min: 0,
      max: 1,
      default: 0,
      warp: 'lin',
      smoothingMs: 10,
    },
    steps: { type: 'int', label: 'Steps', unit: 'none', min: 0, max: 8, default: 4 },
    shape: { type: 'enum', label: 'Shape', options: ['sine', 'square'], default: 'sine' },
    isOn: { type: 'bool', label: 'On', default: true },
  },
  inputs: {},
  outputs: { audio: { kind: 'audio', channels: 1 } },
  create: (ctx) =>
    perBlock(() => {
      const out = new Float32Array(ctx.maxBlockFrames);
      const answer = { audio: { channels: [out] } };
      return ({ tick }) => {
        ctx.params.ramp('value', out, tick.numFrames);
        return answer;
      };
    }),
});

export const stereo = defineNode({
  type: 'stereo',
  role: 'source',
  summary: 'Puts out 1 left and 2 right.',
  params: {},
  inputs: {},
  outputs: { audio: { kind: 'audio', channels: 2 } },
  create: (ctx) =>
    perBlock(() => {
      const channels = [1, 2].map((x) => new Float32Array(ctx.maxBlockFrames).fill(x));
      const answer = { audio: { channels } };
      return () => answer;
    }),
});

/** Scales any number of channels. `runs` counts the ticks of every instance by id. */
export const runs = new Map<string, number>();
export const scale = defineNode({
  type: 'scale',
  role: 'transform',
  summary: 'Scales every channel.',
  params: {
    by: {
      type: 'float',
      label: 'By',
      unit: 'ratio',
      min: 0,
      max: 4,
      default: 1,
      warp: 'lin',
      smoothingMs: 0,
    },
  },
  inputs: { audio: { kind: 'audio', channels: 'follow' } },
  outputs: { audio: { kind: 'audio', channels: 'follow' } },
  create: (ctx) =>
    perBlock(() => {
      const channels = Array.from(
        { length: ctx.outputChannels('audio') },
        () => new Float32Array(ctx.maxBlockFrames),
      );
      const answer = { audio: { channels } };
      return ({ tick, in: { audio } }) => {
        runs.set(ctx.nodeId, (runs.get(ctx.nodeId) ?? 0) + 1);
        const by = ctx.params.get('by');
        for (let c = 0; c < channels.length; c++) {
          for (let i = 0; i < tick.numFrames; i++) channels[c]![i] = audio.channels[c]![i]! * by;
        }
        return answer;
      };
    }),
});

/** a + b, mono; b may stay open. */
export const sum = defineNode({
  type: 'sum',
  role: 'transform',
  summary: 'Adds two inputs.',
  params: {},
  inputs: {
    a: { kind: 'audio', channels: 1 },
    b: { kind: 'audio', channels: 1, optional: true },
  },
  outputs: { audio: { kind: 'audio', channels: 1 } },
  create: (ctx) =>
    perBlock(() => {
      const out = new Float32Array(ctx.maxBlockFrames);
      const answer = { audio: { channels: [out] } };
      return ({ tick, in: { a, b } }) => {
        for (let i = 0; i < tick.numFrames; i++) out[i] = a.channels[0]![i]! + b.channels[0]![i]!;
        return answer;
      };
    }),
});

/** Says that it delays by `frames`; the sound passes at once, for only the sum is under test. */
export const late = defineNode({
  type: 'late',
  role: 'transform',
  summary: 'Declares a latency.',
  params: {},
  settings: { frames: { type: 'number', label: 'Frames', min: 0, max: 1000, default: 10 } },
  inputs: { audio: { kind: 'audio', channels: 1 } },
  outputs: { audio: { kind: 'audio', channels: 1 } },
  latencyFrames: (ctx) => ctx.settings.frames,
  create: (ctx) =>
    perBlock(() => {
      const out = new Float32Array(ctx.maxBlockFrames);
      const answer = { audio: { channels: [out] } };
      return ({ tick, in: { audio } }) => {
        for (let i = 0; i < tick.numFrames; i++) out[i] = audio.channels[0]![i]!;
        return answer;
      };
    }),
});

/** Conditioning frames 0, 1, 2, ... at 100 Hz. */
export const counter = defineNode({
  type: 'counter',
  role: 'source',
  summary: 'Counts conditioning frames.',
  params: {},
  inputs: {},
  outputs: { out: { kind: 'cond', dim: 1, rateHz: 100 }, pair: { kind: 'cond', dim: 2, rateHz: 100 } },
  create: (ctx) =>
    perBlock(() => {
      const most = maxCondFrames(ctx.maxBlockFrames, 100, ctx.sampleRate);
      const out = { data: new Float32Array(most), dim: 1, numFrames: 0 };
      const pair = { data: new Float32Array(most * 2), dim: 2, numFrames: 0 };
      let next = 0;
      return ({ tick }) => {
        out.numFrames = condFramesIn(tick, 100, ctx.sampleRate);
        for (let i = 0; i < out.numFrames; i++) out.data[i] = next++;
        return { out, pair };
      };
    }),
});

/** Takes conditioning and events: for the port checks. */
export const listener = defineNode({
  type: 'listener',
  role: 'sink',
  summary: 'Listens.',
  params: {},
  inputs: {
    steer: { kind: 'cond', dim: 1, rateHz: 250, optional: true },
    notes: { kind: 'event', optional: true },
    audio: { kind: 'audio', channels: 2, optional: true },
  },
  outputs: {},
  create: () => perBlock(() => () => ({})),
});

/** Answers each tick with `answer`: for nodes that misbehave. */
export function oddNode(
  type: string,
  create: NodeDescriptor['create'],
  more: Partial<AnyNodeDescriptor> = {},
): AnyNodeDescriptor {
  return {
    type,
    role: 'source',
    summary: 'Misbehaves.',
    params: {},
    inputs: {},
    outputs: { audio: { kind: 'audio', channels: 1 } },
    create,
    ...more,
  };
}

export const toyNodes: readonly AnyNodeDescriptor[] = [level, stereo, scale, sum, late, counter, listener];

export interface ToyPatch {
  readonly nodes: readonly Readonly<Record<string, unknown>>[];
  readonly edges?: readonly Readonly<Record<string, unknown>>[];
  readonly output: string;
}

/** The full JSON of a patch of which only the parts under test are written. */
export function patchOf(parts: ToyPatch): Readonly<Record<string, unknown>> {
  return { format: 'sashimi-live/patch', formatVersion: 1, title: 'Toy', edges: [], ...parts };
}

/** `['level', 'scale:a']` are two nodes; an id follows the colon, the type is the id when there is none. */
export function nodesOf(...names: readonly string[]): { id: string; type: string }[] {
  return names.map((name) => {
    const [type, id] = name.split(':');
    return { id: id ?? type!, type: type! };
  });
}

/** `'a.audio > b.audio'` */
export function edgesOf(...texts: readonly string[]): { from: string; to: string }[] {
  return texts.map((text) => {
    const [from, to] = text.split(' > ');
    return { from: from!, to: to! };
  });
}
