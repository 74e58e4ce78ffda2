/**
 * A rehearsal before the first block, unheard: levels that move, mute and gain. Code that has never run is slow at first, and what was
 * made fast while all faders stood still has to be made anew when the first one moves; that would be in the middle of the show.
 */
import {
  compilePatch,
  GraphRun,
  type NodeRegistry,
  PATCH_FORMAT,
  type Patch,
  prepareGraph,
  type Services,
} from '../../graph/index.js';

const sampleRate = 48_000;
const blockFrames = 128;
/** Enough that every way through the code has been taken, and little enough that a start does not wait for it. */
const numBlocks = 60;
/** Between two moves: a ramp of 20 ms begins, moves, ends and rests. */
const moveEvery = 10;

const patch: Patch = {
  format: PATCH_FORMAT,
  formatVersion: 1,
  title: 'Rehearsal',
  description: 'Silence through faders.',
  messages: [],
  nodes: [
    { id: 'silence', type: 'mix', settings: {}, params: {} },
    { id: 'gain', type: 'gain', settings: {}, params: {} },
    { id: 'mix', type: 'mix', settings: {}, params: {} },
  ],
  edges: [
    { from: 'silence.audio', to: 'gain.audio' },
    { from: 'gain.audio', to: 'mix.in1' },
    { from: 'gain.audio', to: 'mix.in2' },
  ],
  output: 'mix.audio',
};

/** Faders need none. */
const services: Services = {
  get() {
    throw new Error('A rehearsal has no services.');
  },
};

/** `registry` has our own node types. Takes some tens of ms of the calling thread; leaves nothing behind. */
export async function rehearse(registry: NodeRegistry): Promise<void> {
  const options = { sampleRate, maxBlockFrames: blockFrames, mode: 'offline', seed: 0 } as const;
  const run = new GraphRun(await prepareGraph(compilePatch(patch, registry, options), services));
  for (let block = 0; block < numBlocks; block++) {
    if (block % moveEvery === 0) move(run, block / moveEvery);
    run.tick(block * blockFrames, blockFrames);
  }
  await run.dispose();
}

function move(run: GraphRun, n: number): void {
  run.setParam('gain', 'gainDb', -(n % 4) * 2.3);
  run.setParam('gain', 'mute', n % 4 === 3);
  run.setParam('mix', 'level1Db', n % 2 === 0 ? -60 : -3);
  run.setParam('mix', 'level2Db', n % 3, n % 2 === 0 ? 7.5 : undefined);
}
