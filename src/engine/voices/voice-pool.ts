/** Voices of one preset that are ready: built, their models loaded and running ahead. Between blocks, on the audio thread. */
import type { Patch } from '../../../graph/index.js';
import type { PreparedVoice } from './voice.js';

export class VoicePool {
  private readonly ready: PreparedVoice[] = [];
  private count = 0;
  private filling: Promise<void> | undefined;

  constructor(
    readonly patch: Patch,
    private readonly build: (patch: Patch) => Promise<PreparedVoice>,
    private readonly retire: (voice: PreparedVoice) => void,
  ) {}

  /** That are to be ready. */
  get wanted(): number {
    return this.count;
  }

  /** That are ready now. */
  get size(): number {
    return this.ready.length;
  }

  /** Resolves when so many are ready; rejects when one cannot be built, and those that could stay. */
  keep(count: number): Promise<void> {
    this.count = count;
    while (this.ready.length > count) this.retire(this.ready.pop()!);
    return this.fill();
  }

  /** The one that was ready first; another takes its place. */
  take(): PreparedVoice | undefined {
    return this.ready.shift();
  }

  /** One after the other, so that blocks get their turn between them. */
  fill(): Promise<void> {
    this.filling ??= this.buildMissing().finally(() => {
      this.filling = undefined;
    });
    return this.filling;
  }

  private async buildMissing(): Promise<void> {
    while (this.ready.length < this.count) {
      const voice = await this.build(this.patch);
      if (this.ready.length < this.count) this.ready.push(voice);
      else this.retire(voice);
    }
  }
}
