/** Level and load over the last second. Audio thread; nothing here allocates after construction. */
import type { AudioBlock } from '../../graph/index.js';

/** The last second is kept as this many slots, so that old peaks leave the meter. */
const slots = 8;

/** Peak and RMS over all channels of the last second, linear. */
export class LevelMeter {
  private readonly peaks = new Float32Array(slots);
  private readonly squares = new Float64Array(slots);
  private readonly counts = new Float64Array(slots);
  private readonly slotFrames: number;
  private slot = 0;
  private filled = 0;

  constructor(sampleRate: number) {
    this.slotFrames = Math.max(1, Math.round(sampleRate / slots));
  }

  add(block: AudioBlock, numFrames: number): void {
    const { channels } = block;
    let peak = this.peaks[this.slot]!;
    let squares = 0;
    for (let c = 0; c < channels.length; c++) {
      const x = channels[c]!;
      for (let i = 0; i < numFrames; i++) {
        const v = x[i]!;
        const size = v < 0 ? -v : v;
        if (size > peak) peak = size;
        squares += v * v;
      }
    }
    this.peaks[this.slot] = peak;
    this.squares[this.slot] = this.squares[this.slot]! + squares;
    this.counts[this.slot] = this.counts[this.slot]! + numFrames * channels.length;
    this.filled += numFrames;
    if (this.filled < this.slotFrames) return;
    this.filled = 0;
    this.slot = (this.slot + 1) % slots;
    this.peaks[this.slot] = 0;
    this.squares[this.slot] = 0;
    this.counts[this.slot] = 0;
  }

  peak(): number {
    let peak = 0;
    for (let s = 0; s < slots; s++) if (this.peaks[s]! > peak) peak = this.peaks[s]!;
    return peak;
  }

  rms(): number {
    let squares = 0;
    let count = 0;
    for (let s = 0; s < slots; s++) {
      squares += this.squares[s]!;
      count += this.counts[s]!;
    }
    return count === 0 ? 0 : Math.sqrt(squares / count);
  }
}

/** Compute time over block time: mean and worst of the last second. */
export class LoadMeter {
  private readonly busyMs = new Float64Array(slots);
  private readonly playedMs = new Float64Array(slots);
  private readonly worst = new Float64Array(slots);
  private slot = 0;

  /** `busyMs` of computing made `playedMs` of sound. */
  add(busyMs: number, playedMs: number): void {
    const s = this.slot;
    this.busyMs[s] = this.busyMs[s]! + busyMs;
    this.playedMs[s] = this.playedMs[s]! + playedMs;
    const share = busyMs / playedMs;
    if (share > this.worst[s]!) this.worst[s] = share;
    if (this.playedMs[s]! < 1000 / slots) return;
    this.slot = (s + 1) % slots;
    this.busyMs[this.slot] = 0;
    this.playedMs[this.slot] = 0;
    this.worst[this.slot] = 0;
  }

  mean(): number {
    let busy = 0;
    let played = 0;
    for (let s = 0; s < slots; s++) {
      busy += this.busyMs[s]!;
      played += this.playedMs[s]!;
    }
    return played === 0 ? 0 : busy / played;
  }

  peak(): number {
    let worst = 0;
    for (let s = 0; s < slots; s++) if (this.worst[s]! > worst) worst = this.worst[s]!;
    return worst;
  }
}
