/** Plays a take again, offline. */
import type { AudioBlock } from '../../graph/index.js';
import { Engine } from '../engine/engine.js';
import type { EngineParts, EngineSink } from '../engine/options.js';
import type { Take } from './read-take.js';

export interface ReplayOptions {
  readonly take: Take;
  readonly parts: EngineParts;
  readonly sink?: EngineSink;
  /** Before the first frame: the stepper here, and that of the take. What it throws ends the replay. */
  readonly onStart?: (stepper: string, recorded: string) => void;
  /** Sees every tick's output; borrowed. */
  readonly tap?: (output: AudioBlock, numFrames: number) => void;
}

/** The same samples as were heard, up to the first deviation in the log, on the same stepper and instruction set. */
export async function replayTake({ take, parts, sink, onStart, tap }: ReplayOptions): Promise<void> {
  const { header, entries, frames } = take;
  const { stepper, bundles: _bundles, plugins: _plugins, ...settings } = header;
  const engine = await Engine.create({ ...settings, mode: 'offline', parts, ...(sink && { sink }) });
  try {
    onStart?.(engine.facts().stepper, stepper);
    let next = 0;
    while (engine.frame < frames) {
      for (; entries[next] !== undefined && entries[next]!.frame <= engine.frame; next++) {
        const entry = entries[next]!;
        if (entry.kind === 'control') break;
        if (entry.kind === 'patch') await engine.loadPatch(entry.patch, entry.presetName);
        if (entry.kind === 'fade-out') engine.fadeOut();
      }
      let until = Math.min(engine.frame + header.blockFrames, frames);
      for (; entries[next] !== undefined && entries[next]!.frame < until; next++) {
        const entry = entries[next]!;
        if (entry.kind === 'control') engine.apply({ frame: entry.frame, message: entry.message });
        // These belong between blocks.
        if (entry.kind !== 'patch' && entry.kind !== 'fade-out') continue;
        until = Math.max(entry.frame, engine.frame + 1);
        break;
      }
      engine.process(until - engine.frame, tap);
      await engine.idle();
    }
  } finally {
    await engine.close();
  }
}
