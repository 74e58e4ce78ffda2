import { defineNode, type PrepareContext, perBlock } from '../../graph/index.js';
import { createAudioBlock } from '../audio-block.js';
import { hashRandom } from '../dsp/hash-random.js';
import { createWindow, overlapSums, type WindowShape, windowShapes } from '../dsp/window.js';
import { type ChunkTransform, WindowedStream } from '../dsp/windowed-stream.js';
import { NodeError } from '../errors.js';

/** Where the windows sum to less than this, the sound could not be put together again. */
const SMALLEST_SUM = 0.01;

interface Layout {
  readonly windowFrames: number;
  readonly hopFrames: number;
  readonly shape: WindowShape;
}

const settings = {
  windowFrames: { type: 'number', label: 'Window, in frames', min: 2, max: 65536, default: 2048 },
  hopFrames: { type: 'number', label: 'Hop, in frames', min: 1, max: 65536, default: 512 },
  window: { type: 'enum', label: 'Shape of the window', options: windowShapes, default: 'hann' },
} as const;

/** Refuses what overlap-add cannot put together again. */
function checkedLayout(ctx: PrepareContext<typeof settings>): Layout {
  const { windowFrames, hopFrames, window: shape } = ctx.settings;
  if (!Number.isInteger(windowFrames) || !Number.isInteger(hopFrames) || hopFrames > windowFrames) {
    throw new NodeError(
      'NODE_SETTING',
      `expected whole numbers of frames and a hop of at most one window but received windowFrames ${windowFrames} and hopFrames ${hopFrames}`,
    );
  }
  const smallest = overlapSums(createWindow(shape, windowFrames), hopFrames).reduce((a, b) => Math.min(a, b));
  if (smallest < SMALLEST_SUM) {
    throw new NodeError(
      'NODE_SETTING',
      `${shape} windows of ${windowFrames} frames leave holes at a hop of ${hopFrames}; expected a hop of about half the window or less`,
    );
  }
  return { windowFrames, hopFrames, shape };
}

export const overlapAdd = defineNode({
  type: 'overlap-add',
  role: 'transform',
  summary:
    'Cuts the sound into overlapping windows and puts it together again, some of them played backwards.',
  params: {
    reverse: {
      type: 'float',
      label: 'Share of windows played backwards',
      unit: 'ratio',
      min: 0,
      max: 1,
      default: 0,
      warp: 'lin',
      smoothingMs: 0,
    },
  },
  settings,
  inputs: { audio: { kind: 'audio', channels: 'follow' } },
  outputs: { audio: { kind: 'audio', channels: 'follow' } },
  prepare: async (ctx) => checkedLayout(ctx),
  latencyFrames: (_ctx, layout) => layout.windowFrames,
  create: (ctx, layout) =>
    perBlock(() => {
      const channels = ctx.outputChannels('audio');
      const stream = new WindowedStream({ channels, ...layout });
      const out = createAudioBlock(channels, ctx.maxBlockFrames);
      const result = { audio: out };
      // Keyed by the chunk's number: the same choice however the ticks fall.
      const reverseSome: ChunkTransform = (chunk, _windowFrames, index) => {
        if (hashRandom(ctx.seed, index) >= ctx.params.get('reverse')) return;
        for (const channel of chunk) channel.reverse();
      };
      return ({ tick, in: { audio } }) => {
        stream.process(audio.channels, out.channels, tick.numFrames, reverseSome);
        return result;
      };
    }),
});
