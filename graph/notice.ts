/** What a running graph tells the control plane, at a rate that no fault can flood. */

export interface GraphNotice {
  /** `fault`: the node is silent from now on. `warning`: it plays on. */
  readonly kind: 'fault' | 'warning';
  readonly nodeId: string;
  readonly code: string;
  readonly message: string;
  /** Start of the tick in which it happened. */
  readonly frame: number;
}

const MOST_CODES = 32;

/** Lets each code of a node through once per second of engine time and counts what it holds back. */
export class WarningLimiter {
  private readonly codes = new Map<string, { frame: number; held: number }>();

  constructor(private readonly sampleRate: number) {}

  /** How many of this code were held back since the last one, or -1 when this one must be held back too. */
  admit(code: string, frame: number): number {
    const last = this.codes.get(code);
    if (last === undefined) {
      if (this.codes.size >= MOST_CODES) return -1;
      this.codes.set(code, { frame, held: 0 });
      return 0;
    }
    if (frame - last.frame < this.sampleRate) {
      last.held++;
      return -1;
    }
    const { held } = last;
    last.frame = frame;
    last.held = 0;
    return held;
  }
}
