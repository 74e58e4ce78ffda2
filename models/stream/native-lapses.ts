import type { NativeRunAhead } from '../native/load.js';
import { LAPSE_KINDS, type LapseRecord, type StreamLapses } from '../stream.js';

/** The lapses of a native stream, which counts its resets and reads here. */
export class NativeLapses implements StreamLapses {
  numResets = 0;
  numReads = 0;
  private readonly thread: NativeRunAhead;
  private readonly numbers = new Float64Array(4);

  constructor(thread: NativeRunAhead) {
    this.thread = thread;
  }

  take(into: LapseRecord): boolean {
    const { numbers } = this;
    if (!this.thread.takeLapse(numbers)) return false;
    into.kind = LAPSE_KINDS[numbers[0]!]!;
    into.read = numbers[1]!;
    into.frame = numbers[2]!;
    into.frames = numbers[3]!;
    return true;
  }
}
