/** Plays a take again, offline. */
import type { AudioBlock } from '../../graph/index.js';
import { Engine } from '../engine/engine.js';
import type { StreamStarts } from '../engine/model-stream-table.js';
import type { EngineParts, EngineSink } from '../engine/options.js';
import type { TakeEntry } from './format.js';
import type { Take } from './read-take.js';

export interface ReplayOptions {
  readonly take: Take;
  /** Their model streams with `isReplay` and the `lookAheadMs` of the take. */
  readonly parts: EngineParts;
  readonly sink?: EngineSink;
  /** Before the first frame: the stepper here, and that of the take. What it throws ends the replay. */
  readonly onStart?: (stepper: string, recorded: string) => void;
  /** Sees every tick's output; borrowed. */
  readonly tap?: (output: AudioBlock, numFrames: number) => void;
}

const betweenTicks: ReadonlySet<TakeEntry['kind']> = new Set(['patch', 'voice', 'fade-out', 'start']);

/** The same samples as were heard, up to the first deviation in the log, on the same stepper and instruction set. */
export async function replayTake({ take, parts, sink, onStart, tap }: ReplayOptions): Promise<void> {
  const { header, entries, frames } = take;
  const { stepper, lookAheadMs: _lookAheadMs, bundles: _bundles, plugins: _plugins, ...settings } = header;
  const engine = await Engine.create({ ...settings, mode: 'offline', parts, ...(sink && { sink }) });
  try {
    onStart?.(engine.facts().stepper, stepper);
    const starts = new RecordedStarts(entries, engine);
    parts.models.starts = starts;
    let next = 0;
    while (engine.frame < frames) {
      for (; entries[next] !== undefined && entries[next]!.frame <= engine.frame; next++) {
        const entry = entries[next]!;
        if (entry.kind === 'control') engine.apply({ frame: entry.frame, message: entry.message });
        if (entry.kind === 'patch') await engine.loadPatch(entry.patch, entry.presetName);
        if (entry.kind === 'voice') await engine.startVoice(entry.order);
        if (entry.kind === 'fade-out') engine.fadeOut();
      }
      // Blocks as live: control is heeded from tick to tick.
      const block = Math.floor(engine.frame / header.blockFrames) + 1;
      let until = Math.min(block * header.blockFrames, frames);
      for (; entries[next] !== undefined && entries[next]!.frame < until; next++) {
        const entry = entries[next]!;
        if (entry.kind === 'control') engine.apply({ frame: entry.frame, message: entry.message });
        // These belong between ticks.
        if (!betweenTicks.has(entry.kind)) continue;
        if (entry.frame <= engine.frame) continue;
        until = entry.frame;
        break;
      }
      engine.process(until - engine.frame, tap);
      await engine.idle();
    }
  } finally {
    await engine.close();
  }
}

/** Models that run ahead begin when they are ready: in a replay, when they were. */
class RecordedStarts implements StreamStarts {
  private readonly frames = new Map<string, number[]>();

  constructor(
    entries: readonly TakeEntry[],
    private readonly engine: Engine,
  ) {
    for (const entry of entries) {
      if (entry.kind !== 'start') continue;
      const frames = this.frames.get(entry.nodeId);
      if (frames === undefined) this.frames.set(entry.nodeId, [entry.frame]);
      else frames.push(entry.frame);
    }
  }

  mayStart(nodeId: string): boolean {
    const frame = this.frames.get(nodeId)?.[0];
    return frame !== undefined && this.engine.frame >= frame;
  }

  started(nodeId: string): void {
    this.frames.get(nodeId)?.shift();
  }
}
