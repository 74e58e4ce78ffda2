/** How long something takes, counted in classes of a few percent: any number of times in a few kilobytes. */

/** From 2^-4 us on, 16 classes for each doubling. */
const CLASSES_PER_OCTAVE = 16;
const LOWEST_EXPONENT = -4;
const NUM_CLASSES = CLASSES_PER_OCTAVE * 32;

export class TimeHistogram {
  private readonly counts = new Float64Array(NUM_CLASSES);
  private sumUs = 0;
  private worst = 0;
  private numTimes = 0;

  /** Does not allocate. */
  add(us: number): void {
    const position = (Math.log2(Math.max(us, 2 ** LOWEST_EXPONENT)) - LOWEST_EXPONENT) * CLASSES_PER_OCTAVE;
    this.counts[Math.min(NUM_CLASSES - 1, Math.floor(position))]!++;
    this.sumUs += us;
    this.numTimes++;
    if (us > this.worst) this.worst = us;
  }

  get count(): number {
    return this.numTimes;
  }

  /** 0 of none, as all of these. */
  get meanUs(): number {
    return this.numTimes === 0 ? 0 : this.sumUs / this.numTimes;
  }

  get worstUs(): number {
    return this.worst;
  }

  /** What `share` (0 to 1) of all are at or below, up to 4.4 percent too high; never above the worst. */
  quantileUs(share: number): number {
    let numLeft = share * this.numTimes;
    // The last class takes in whatever is longer.
    for (let k = 0; k < NUM_CLASSES - 1 && this.numTimes > 0; k++) {
      numLeft -= this.counts[k]!;
      if (numLeft <= 0) return Math.min(this.worst, 2 ** (LOWEST_EXPONENT + (k + 1) / CLASSES_PER_OCTAVE));
    }
    return this.worst;
  }
}
