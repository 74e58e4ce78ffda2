import type { BundleManifest, Tensor } from '../../models/bundle/types.js';
import type { RunawayCause } from '../../models/stream.js';
import { tinyBundleParts } from './tiny-bundle.js';

export interface RunawayOptions {
  readonly cause: RunawayCause;
  /** Frames after which it runs away, about. */
  readonly onsetFrames: number;
  readonly watchdog?: BundleManifest['watchdog'];
}

/** Slow enough for tests to be quick. */
const SAMPLE_RATE = 4000;
const LEVELS = 256;
const SILENCE = 128;
/** Of the last LayerNorm, when the first of 8 channels outgrows all others. */
const GROWN = Math.sqrt(7);
/** Frames in which the state that grows becomes e times as large. */
const GROWTH_FRAMES = 500;

/**
 * A model that murmurs quietly, and has one state whose pole lies outside the unit circle: when that has grown, the last
 * norm sees nothing else, and the decoder turns it into one of the ways in which a model runs away. Begins alike each
 * time that it comes back to its first state.
 */
export function runawayBundleParts({ cause, onsetFrames, watchdog }: RunawayOptions) {
  const { draft, tensors } = tinyBundleParts({ dModel: 8 });
  const data = (name: string): Float32Array => tensors.get(name)!.data;
  for (const name of tensors.keys()) {
    if (/^pool\.up|^blocks\.up\.0\.0\.(s4\.(D|out|ssm\.[ac])|ff\.out)|^decoder/.test(name))
      data(name).fill(0);
  }
  const embedding = data('embedding.weight');
  embedding.fill(0);
  for (let id = 0; id < LEVELS; id++) {
    embedding[8 * id + 1] = 1;
    embedding[8 * id + 2] = -1;
  }
  data('norm.weight').fill(1);
  data('norm.bias').fill(0);
  // Channel 0 takes 1 at each frame, and goes through as it is.
  data('blocks.up.0.0.s4.norm.weight')[0] = 0;
  data('blocks.up.0.0.s4.norm.bias')[0] = 1;
  data('blocks.up.0.0.s4.out.weight')[0] = 1;
  data('blocks.up.0.0.s4.out.bias').fill(20, 8);
  const growth = cause === 'not-finite' ? Math.log(3e38) / onsetFrames : 1 / GROWTH_FRAMES;
  data('blocks.up.0.0.s4.ssm.a')[0] = Math.exp(growth);
  data('blocks.up.0.0.s4.ssm.c')[0] = growth * Math.exp(-growth * onsetFrames);
  const weight = data('decoder.weight');
  const bias = data('decoder.bias');
  for (let id = 0; id < LEVELS; id++) {
    const murmur = -Math.abs(id - SILENCE) / 3;
    bias[id] = murmur;
    weight[8 * id] = (grownLogit(cause, id, murmur) - murmur) / GROWN;
  }
  return {
    draft: { ...draft, sampleRate: SAMPLE_RATE, ...(watchdog === undefined ? {} : { watchdog }) },
    tensors: tensors as Map<string, Tensor>,
  };
}

function grownLogit(cause: RunawayCause, id: number, murmur: number): number {
  switch (cause) {
    case 'noise':
      return 0;
    case 'level':
      return Math.abs(id - SILENCE);
    case 'stuck':
      return -20 * Math.abs(id - 200);
    case 'not-finite':
      return murmur;
  }
}
