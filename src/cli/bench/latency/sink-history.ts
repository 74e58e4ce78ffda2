/** The last moments of what a sink was given, with their times: the reading side of a SinkLog. */
import type { LoggedTick, SinkLog } from '../../../process/sink-log.js';

/** Ticks over which the times at which frames are due are smoothed. */
const dueTicks = 128;

/** A stretch of sound that ends with the newest frame. */
export interface Stretch {
  /** Engine frame of the first. */
  readonly firstFrame: number;
  /** By channel. */
  readonly channels: readonly Float32Array[];
}

export class SinkHistory {
  private readonly channels: readonly Float32Array[];
  private readonly block: { readonly channels: readonly Float32Array[] };
  private ticks: LoggedTick[] = [];
  private endFrame = 0;

  /** Remembers `capacityFrames`; `sampleRate` in Hz. */
  constructor(
    private readonly log: SinkLog,
    private readonly sampleRate: number,
    blockFrames: number,
    private readonly capacityFrames: number,
  ) {
    const make = (length: number): Float32Array[] =>
      Array.from({ length: log.channels }, () => new Float32Array(length));
    this.channels = make(capacityFrames);
    this.block = { channels: make(blockFrames) };
  }

  /** Takes in what has been logged. Throws a RangeError when something was lost. */
  drain(): void {
    for (;;) {
      const tick: LoggedTick = { frame: 0, numFrames: 0, askedMs: 0, givenMs: 0, latencyFrames: 0 };
      if (!this.log.read(tick, this.block)) break;
      for (const [c, samples] of this.channels.entries()) {
        for (let i = 0; i < tick.numFrames; i++) {
          samples[(tick.frame + i) % this.capacityFrames] = this.block.channels[c]![i]!;
        }
      }
      this.ticks.push(tick);
      this.endFrame = tick.frame + tick.numFrames;
    }
    if (this.log.dropped > 0) throw new RangeError('The log of the sink was not read in time.');
    const oldest = this.endFrame - this.capacityFrames;
    const kept = this.ticks.findIndex(({ frame }) => frame >= oldest);
    if (kept > 0) this.ticks = this.ticks.slice(kept);
  }

  /** The first frame that the sink got after `timeMs`; undefined when that has not come yet. */
  firstFrameAfter(timeMs: number): number | undefined {
    return this.ticks.find(({ givenMs }) => givenMs > timeMs)?.frame;
  }

  /** What the sink says that it holds now, in frames. */
  get sinkLatencyFrames(): number {
    return this.ticks.at(-1)?.latencyFrames ?? 0;
  }

  /** From `numFrames` before `frame` to the newest. */
  stretch(frame: number, numFrames: number): Stretch {
    const firstFrame = Math.max(frame - numFrames, this.ticks[0]?.frame ?? 0);
    const length = this.endFrame - firstFrame;
    const channels = this.channels.map((samples) =>
      Float32Array.from({ length }, (_, i) => samples[(firstFrame + i) % this.capacityFrames]!),
    );
    return { firstFrame, channels };
  }

  /** When the sink had the tick with `frame`, `monotonicMs()`. */
  givenMs(frame: number): number {
    return this.ticks[this.tickOf(frame)]!.givenMs;
  }

  /**
   * When `frame` would be heard from a device that plays a block from the moment it asks for it, after what it says
   * that it holds: the earliest request of the last ticks gives the time of frame 0, since a request may be late but
   * not early.
   */
  dueMs(frame: number): number {
    const last = this.tickOf(frame);
    let startMs = Number.POSITIVE_INFINITY;
    for (let i = Math.max(0, last - dueTicks); i <= last; i++) {
      const tick = this.ticks[i]!;
      startMs = Math.min(startMs, tick.askedMs - (tick.frame * 1000) / this.sampleRate);
    }
    return startMs + ((frame + this.ticks[last]!.latencyFrames) * 1000) / this.sampleRate;
  }

  private tickOf(frame: number): number {
    const index = this.ticks.findIndex((tick) => frame < tick.frame + tick.numFrames);
    if (index < 0) throw new RangeError(`Frame ${frame} has not been given to the sink.`);
    return index;
  }
}
