/** Plays a take again, offline. */
import type { AudioBlock } from '../../graph/index.js';
import { Engine } from '../engine/engine.js';
import type { EngineParts, EngineSink } from '../engine/options.js';
import type { Take } from './read-take.js';

export interface ReplayOptions {
  readonly take: Take;
  readonly parts: EngineParts;
  readonly sink?: EngineSink;
  /** Sees every tick's output; borrowed. */
  readonly tap?: (output: AudioBlock, numFrames: number) => void;
}

/** The same samples as were heard, up to the first deviation in the log, on the same stepper and instruction set. */
export async function replayTake({ take, parts, sink, tap }: ReplayOptions): Promise<void> {
  const { header, entries, frames } = take;
  const { stepper: _recorded, ...settings } = header;
  const engine = await Engine.create({ ...settings, mode: 'offline', parts, ...(sink && { sink }) });
  try {
    let next = 0;
    while (engine.frame < frames) {
      const numFrames = Math.min(header.blockFrames, frames - engine.frame);
      for (; next < entries.length && entries[next]!.frame < engine.frame + numFrames; next++) {
        const entry = entries[next]!;
        if (entry.kind === 'control') engine.apply({ frame: entry.frame, message: entry.message });
      }
      engine.process(numFrames, tap);
      await engine.idle();
    }
  } finally {
    await engine.close();
  }
}
