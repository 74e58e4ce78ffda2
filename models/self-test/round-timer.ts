import { alignmentPeriod } from '../state/alignment-period.js';
import type { Sampling, Stepper } from '../stepper.js';

/** What a live stream steps at once, or the next whole period of the model: then every block is the same work. */
const LEAST_BLOCK_FRAMES = 32;
const SEED = 1;
/** All blocks are the same work, so what is above the fastest tenth is what others took. */
const UNDISTURBED = 0.1;

/** Times the blocks of one stepper in rounds. The best round counts: a neighbour on the core makes others longer, never shorter. */
export class RoundTimer {
  readonly blockFrames: number;
  private readonly step: () => void;
  private readonly times: number[] = [];
  private bestBlockMs = Number.POSITIVE_INFINITY;
  private bestP99Ms = Number.POSITIVE_INFINITY;
  private count = 0;

  /** `numVoices` step together where that is more than one. Allocates, and throws what the stepper throws. */
  constructor(stepper: Stepper, numVoices: number, sampling: Sampling) {
    const period = alignmentPeriod(stepper.createVoice(SEED));
    this.blockFrames = period * Math.ceil(LEAST_BLOCK_FRAMES / period);
    this.step = blockStep(stepper, numVoices, sampling, this.blockFrames);
  }

  /** One block. Throws what the stepper throws. */
  time(now: () => number): void {
    const start = now();
    this.step();
    this.times.push(now() - start);
    this.count++;
  }

  endRound(): void {
    if (this.times.length === 0) return;
    this.times.sort((a, b) => a - b);
    const at = (share: number) => this.times[Math.ceil(share * this.times.length) - 1]!;
    const blockMs = at(UNDISTURBED);
    if (blockMs < this.bestBlockMs) {
      this.bestBlockMs = blockMs;
      this.bestP99Ms = at(0.99);
    }
    this.times.length = 0;
  }

  /** Of a block that nobody disturbed, in the best round; Infinity before the first. */
  get blockMs(): number {
    return this.bestBlockMs;
  }

  /** Blocks timed so far. */
  get blocks(): number {
    return this.count;
  }

  /** Of the best round. */
  get p99Ms(): number {
    return this.bestP99Ms;
  }
}

function blockStep(stepper: Stepper, numVoices: number, sampling: Sampling, numFrames: number): () => void {
  const outs = Array.from({ length: numVoices }, () => new Float32Array(numFrames));
  if (numVoices === 1) {
    const voice = stepper.createVoice(SEED);
    return () => voice.stepBlock(outs[0]!, numFrames, sampling);
  }
  const group = stepper.createGroup(numVoices);
  for (let slot = 0; slot < numVoices; slot++) group.start(slot, SEED + slot);
  const samplings = outs.map(() => sampling);
  return () => group.stepBlock(outs, numFrames, samplings);
}
