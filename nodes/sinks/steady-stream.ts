/** A device that may go away: the clock goes on without it, and the same device is taken again when it is back. */
import type { AudioBlock } from '../../graph/index.js';
import { BlockClock } from './clock.js';
import type { SinkFormat, SinkStream } from './driver.js';

export interface Patience {
  /** A device that asks for nothing this long is lost. */
  readonly lostMs: number;
  /** How often the lost device is looked for. */
  readonly lookAgainMs: number;
}

const DEFAULT_PATIENCE: Patience = { lostMs: 2000, lookAgainMs: 1000 };

/**
 * Wraps an open stream. While the device is away, blocks are demanded in time and dropped, so that everything
 * before the sink (messages, models, a recording) goes on; what is played when it comes back is what is due then.
 */
export class SteadyStream implements SinkStream {
  private demand: (() => void) | undefined;
  private standIn: BlockClock | undefined;
  private lastDemandMs = 0;
  private lostXruns = 0;
  private watch: NodeJS.Timeout | undefined;
  private search: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private current: SinkStream,
    /** Opens the same device again; rejects while it is away. */
    private readonly reopen: () => Promise<SinkStream>,
    private readonly format: SinkFormat,
    private readonly patience: Patience = DEFAULT_PATIENCE,
  ) {}

  /** The device is away. */
  get isLost(): boolean {
    return this.standIn !== undefined;
  }

  get latencyFrames(): number {
    return this.current.latencyFrames;
  }

  /** A loss counts as one. */
  get xruns(): number {
    return this.lostXruns + (this.isLost ? 0 : this.current.xruns);
  }

  get description(): string {
    return this.isLost ? `${this.current.description} (away, waited for)` : this.current.description;
  }

  start(demand: () => void): void {
    this.demand = demand;
    this.startCurrent();
    this.watch = setInterval(() => this.look(), this.patience.lostMs / 4);
  }

  write(block: AudioBlock, numFrames: number): void {
    if (!this.isLost) this.current.write(block, numFrames);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.watch);
    clearTimeout(this.search);
    this.demand = undefined;
    const wasLost = this.isLost;
    this.standIn?.stop();
    if (!wasLost) await this.current.close();
  }

  private startCurrent(): void {
    const stream = this.current;
    this.lastDemandMs = performance.now();
    stream.start(() => {
      // A device that was given up may still ask once more.
      if (stream !== this.current || this.isLost) return;
      this.lastDemandMs = performance.now();
      this.demand?.();
    });
  }

  private look(): void {
    if (this.isLost || performance.now() - this.lastDemandMs < this.patience.lostMs) return;
    this.lostXruns += this.current.xruns + 1;
    const clock = new BlockClock(this.format.sampleRate, this.format.blockFrames);
    this.standIn = clock;
    // A device that is gone may never answer: nobody waits for it.
    this.current.close().catch(() => undefined);
    clock.start(() => this.demand?.());
    this.lookAgain();
  }

  private lookAgain(): void {
    this.search = setTimeout(() => {
      this.reopen().then(
        (stream) => this.takeBack(stream),
        () => {
          if (!this.isClosed) this.lookAgain();
        },
      );
    }, this.patience.lookAgainMs);
  }

  private takeBack(stream: SinkStream): void {
    if (this.isClosed) {
      stream.close().catch(() => undefined);
      return;
    }
    this.standIn?.stop();
    this.standIn = undefined;
    this.current = stream;
    this.startCurrent();
  }
}
