import { hashRandom } from './hash-random.js';
import { type ChunkGenerator, OverlapAdd } from './overlap-add.js';
import { RingBuffer } from './ring-buffer.js';
import type { Samples } from './samples.js';
import { SpliceFade } from './splice-fade.js';

export interface GranulatorOptions {
  readonly channels: number;
  readonly captureFrames: number;
  readonly maxGrainFrames: number;
  readonly maxBlockFrames: number;
  /** Length of the cross-fade where recording goes on after a freeze. */
  readonly spliceFrames: number;
  readonly seed: number;
}

/** Read when a grain starts; the caller keeps and rewrites one object. */
export interface GrainControls {
  /** 1 to `maxGrainFrames`. */
  grainFrames: number;
  /** Grains that sound at a time, above 0. */
  overlap: number;
  /** Speed of the read head: 0 stands, 1 follows the input live, 2 catches up at double speed. */
  stretch: number;
  /** Speed inside a grain: 2 is an octave up. */
  pitchRatio: number;
  /** Each grain starts up to this far from the read head, either way, or back only where the head is live. */
  sprayFrames: number;
  /** Stops recording and the read head. */
  isFrozen: boolean;
}

/** The cubic between frames looks this far ahead. */
const INTERPOLATION_FRAMES = 3;

/**
 * Grains of what was heard last: the input is recorded into a ring, a read head moves through it at its own speed,
 * and overlap-add plays windowed grains from around the head. Live, at its own pitch and without spray,
 * the output is the input delayed by one grain. A head that falls out of the ring starts again at the live end.
 */
export class Granulator {
  readonly #ring: RingBuffer;
  readonly #overlapAdd: OverlapAdd;
  readonly #splices: SpliceFade[] = [];
  readonly #recorded: Float64Array[] = [];
  readonly #generate: ChunkGenerator;
  readonly #seed: number;
  #pitchRatio = 1;
  #sprayFrames = 0;
  #gain = 1;
  /** Where a grain at its own pitch starts, in frames recorded. */
  #readFrame = 0;
  #grains = 0;
  #isRecording = true;

  constructor(options: GranulatorOptions) {
    this.#seed = options.seed;
    this.#ring = new RingBuffer(options.channels, options.captureFrames);
    this.#overlapAdd = new OverlapAdd({
      channels: options.channels,
      maxWindowFrames: options.maxGrainFrames,
      shape: 'hann',
      weightFloor: 1,
    });
    for (let c = 0; c < options.channels; c++) {
      this.#splices.push(new SpliceFade(options.spliceFrames));
      this.#recorded.push(new Float64Array(options.maxBlockFrames));
    }
    this.#generate = (chunk, grainFrames) => this.#grain(chunk, grainFrames);
  }

  /** `input` and `out` are (channels, numFrames). No allocation. */
  process(
    input: readonly Samples[],
    out: readonly Samples[],
    controls: GrainControls,
    numFrames: number,
  ): void {
    if (!controls.isFrozen && !this.#isRecording) for (const splice of this.#splices) splice.cut();
    this.#isRecording = !controls.isFrozen;
    if (this.#isRecording) this.#smooth(input, numFrames);
    for (let done = 0; done < numFrames; ) {
      if (this.#overlapAdd.framesUntilChunk === 0) this.#startGrain(controls);
      const segment = Math.min(numFrames - done, this.#overlapAdd.framesUntilChunk);
      if (this.#isRecording) this.#ring.write(this.#recorded, done, segment);
      this.#overlapAdd.read(out, done, segment);
      done += segment;
    }
  }

  #smooth(input: readonly Samples[], numFrames: number): void {
    for (let c = 0; c < this.#splices.length; c++) {
      const from = input[c]!;
      const to = this.#recorded[c]!;
      for (let i = 0; i < numFrames; i++) to[i] = from[i]!;
      this.#splices[c]!.process(to, numFrames, numFrames);
    }
  }

  #startGrain(controls: GrainControls): void {
    const { grainFrames, stretch } = controls;
    const live = this.#ring.head - grainFrames;
    if (this.#isRecording) {
      this.#readFrame += stretch * this.#overlapAdd.hopFrames;
      const isOutside = this.#readFrame > live || this.#readFrame < this.#ring.tail;
      if (stretch === 1 || isOutside) this.#readFrame = live;
    }
    this.#pitchRatio = controls.pitchRatio;
    this.#sprayFrames = controls.sprayFrames;
    this.#gain = scatterGain(controls);
    this.#overlapAdd.resize(grainFrames, Math.max(1, Math.round(grainFrames / controls.overlap)));
    this.#overlapAdd.addChunk(this.#generate);
  }

  #grain(chunk: readonly Float64Array[], grainFrames: number): void {
    const ratio = this.#pitchRatio;
    const span = ratio === 1 ? grainFrames : Math.ceil((grainFrames - 1) * ratio) + INTERPOLATION_FRAMES;
    const spray = (2 * hashRandom(this.#seed, this.#grains++) - 1) * this.#sprayFrames;
    // Around the same middle at any pitch, on a whole frame. What would lie in the future is mirrored into the past.
    const wanted = Math.floor(this.#readFrame + (grainFrames - span) / 2 + spray);
    const latest = this.#ring.head - span;
    const mirrored = spray > 0 && wanted > latest ? 2 * latest - wanted : wanted;
    const start = Math.min(Math.max(mirrored, this.#ring.tail), latest);
    for (let c = 0; c < chunk.length; c++) {
      const grain = chunk[c]!;
      this.#ring.read(c, start, ratio, grain, grainFrames);
      if (this.#gain !== 1) for (let i = 0; i < grainFrames; i++) grain[i]! *= this.#gain;
    }
  }
}

/** How far grains are apart, as a share of their length, when they have nothing in common any more. */
const APART = 1 / 32;

/**
 * Overlap-add keeps the level of grains that continue each other. Scattered ones add up in power, not in amplitude,
 * and would get softer the more of them overlap: this makes up for it, in between by how far they are apart.
 */
function scatterGain({
  grainFrames,
  overlap,
  stretch,
  pitchRatio,
  sprayFrames,
  isFrozen,
}: GrainControls): number {
  const strideError = (Math.abs(1 - (isFrozen ? 0 : stretch)) * grainFrames) / overlap;
  const apart = sprayFrames + strideError + Math.abs(1 - pitchRatio) * grainFrames;
  const scatter = Math.min(1, apart / (APART * grainFrames));
  // Of `overlap` hann windows: their sum over the root of the sum of their squares.
  const makeUp = Math.sqrt(Math.max(1, (2 * overlap) / 3));
  return makeUp ** scatter;
}
