import { blockRows, checkConditioning, hopFrames } from '../../conditioning/block-rows.js';
import type { Conditioning, Stepper } from '../../stepper.js';

/** `Conditioning` in core/conditioning.h: a pointer per input, and there are at most so many. */
const MAX_INPUTS = 8;
const WORD_BYTES = 4;

/** Where a voice puts the conditioning of a chunk of frames in the module's memory. Allocates when constructed. */
export class WasmConditioning {
  /** What was allocated: the table of pointers, then the rows of each input. */
  readonly pointers: readonly number[];
  private readonly kind: Pick<Stepper, 'conditioning' | 'sampleRate'>;
  private readonly hops: readonly number[];

  /** For chunks of at most `chunkFrames`. */
  constructor(
    kind: Pick<Stepper, 'conditioning' | 'sampleRate'>,
    chunkFrames: number,
    allocate: (bytes: number) => number,
  ) {
    const hops = kind.conditioning.map((input) => hopFrames(input, kind.sampleRate));
    this.kind = kind;
    this.hops = hops;
    // A chunk that begins inside a frame may touch one more.
    const rows = hops.map((hop) => Math.ceil(chunkFrames / hop) + 1);
    this.pointers = [MAX_INPUTS, ...kind.conditioning.map(({ dim }, i) => dim * rows[i]!)].map((words) =>
      allocate(words * WORD_BYTES),
    );
  }

  /** Throws MODEL_ARGUMENT unless `conditioning` has all rows of the block of `numFrames` that begins at `frame`. */
  check(conditioning: Conditioning | undefined, frame: number, numFrames: number): void {
    checkConditioning(this.kind.conditioning, this.kind.sampleRate, conditioning, frame, numFrames);
  }

  /**
   * Copies what the block that begins at `frame` has for the `numFrames` from its frame `start` on, into views of the
   * whole memory. Returns what the module takes as conditioning.
   */
  place(
    conditioning: Conditioning | undefined,
    frame: number,
    start: number,
    numFrames: number,
    words: Uint32Array,
    floats: Float32Array,
  ): number {
    const { hops, pointers, kind } = this;
    if (conditioning === undefined) return 0;
    const table = pointers[0]!;
    for (let i = 0; i < hops.length; i++) {
      const source = conditioning[i];
      const rowsAt = pointers[i + 1]!;
      words[table / WORD_BYTES + i] = source === undefined ? 0 : rowsAt;
      if (source === undefined) continue;
      const { dim } = kind.conditioning[i]!;
      const hop = hops[i]!;
      const skipped = (Math.floor((frame + start) / hop) - Math.floor(frame / hop)) * dim;
      const count = blockRows(frame + start, numFrames, hop) * dim;
      for (let j = 0; j < count; j++) floats[rowsAt / WORD_BYTES + j] = source[skipped + j]!;
    }
    return table;
  }
}
