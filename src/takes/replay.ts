/** Plays a take again, offline. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Lapse } from '../../models/index.js';
import type { ShortFileRead } from '../audio-files/index.js';
import { Engine } from '../engine/engine.js';
import type { StreamPlace, StreamStarts } from '../engine/model-stream-table.js';
import type { EngineParts } from '../engine/options.js';
import type { ReplayGate } from '../engine/replay-gate.js';
import { betweenTicks, type TakeEntry } from './format.js';
import { type NodeSumList, NodeSums } from './node-sums.js';
import type { Take } from './read-take.js';

export interface ReplayOptions {
  readonly take: Take;
  /** Made with the `lookAheadMs` of the take, its inputs, and `gate`. */
  readonly parts: EngineParts;
  readonly gate: ReplayGate;
  /** Before the first frame: the stepper here, and that of the take. What it throws ends the replay. */
  readonly onStart?: (stepper: string, recorded: string) => void;
  /** Sees every tick after it was made. */
  readonly tap?: (engine: Engine, numFrames: number) => void;
  /** Hears which node was the first that sounded different up to this frame, in the order in which the nodes run. */
  readonly onOtherNode?: (nodeId: string, frame: number) => void;
}

/** The same samples as were heard, up to the first deviation in the log, on the same stepper and instruction set. */
export async function replayTake(options: ReplayOptions): Promise<void> {
  const { take, parts, gate, onStart, tap, onOtherNode } = options;
  const { header, entries, frames } = take;
  const { stepper, lookAheadMs: _lookAheadMs, bundles: _bundles, plugins: _plugins, ...settings } = header;
  const engine = await Engine.create({
    ...settings,
    mode: 'offline',
    parts,
    isRebuiltByHand: true,
  });
  const sums = new NodeSums();
  gate.action = () => engine.actionNow;
  const lapses = lapsesOf(entries);
  gate.lapses = (stream) => lapses.get(streamKey(stream, engine.frame)) ?? [];
  const shortReads = shortReadsOf(entries);
  gate.shortThen = (file) => shortReads.get(engine.frame)?.find((read) => read.file === file);
  try {
    onStart?.(engine.facts().stepper, stepper);
    const starts = new RecordedStarts(entries, engine);
    parts.models.starts = starts;
    let next = 0;
    while (engine.frame < frames) {
      for (; entries[next] !== undefined && entries[next]!.frame <= engine.frame; next++) {
        const entry = entries[next]!;
        if (entry.kind !== 'sums') await apply(entry, engine, gate);
        else {
          const other = firstOther(entry.sums, sums.list());
          if (other !== undefined) onOtherNode?.(other, entry.frame);
        }
      }
      // Blocks as live: control is heeded from tick to tick.
      const block = Math.floor(engine.frame / header.blockFrames) + 1;
      let until = Math.min(block * header.blockFrames, frames);
      for (; entries[next] !== undefined && entries[next]!.frame < until; next++) {
        const entry = entries[next]!;
        if (entry.kind === 'control') engine.apply({ frame: entry.frame, message: entry.message });
        if (!betweenTicks.has(entry.kind) || entry.frame <= engine.frame) continue;
        until = entry.frame;
        break;
      }
      engine.process(until - engine.frame, (_output, numFrames) => {
        sums.add(engine.playing, numFrames);
        tap?.(engine, numFrames);
      });
      // What was asked and done within a block answers after it.
      if (engine.frame % header.blockFrames === 0) await nextTurn();
    }
  } finally {
    gate.releaseAll();
    await engine.close();
  }
}

/** By the number of a stream and the frame at which it began to be read. */
function lapsesOf(entries: readonly TakeEntry[]): Map<string, Lapse[]> {
  const lapses = new Map<string, Lapse[]>();
  for (const entry of entries) {
    if (entry.kind !== 'lapse') continue;
    const key = streamKey(entry.stream, entry.startFrame);
    const { lapse: kind, read, at: frame, frames } = entry;
    const known = lapses.get(key);
    if (known === undefined) lapses.set(key, [{ kind, read, frame, frames }]);
    else known.push({ kind, read, frame, frames });
  }
  return lapses;
}

function streamKey(stream: number, startFrame: number): string {
  return `${startFrame} ${stream}`;
}

/** Of files, by the frame of the tick. */
function shortReadsOf(entries: readonly TakeEntry[]): Map<number, ShortFileRead[]> {
  const reads = new Map<number, ShortFileRead[]>();
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    const known = reads.get(entry.frame);
    if (known === undefined) reads.set(entry.frame, [entry]);
    else known.push(entry);
  }
  return reads;
}

function firstOther(recorded: NodeSumList, replayed: NodeSumList): string | undefined {
  const here = new Map(replayed);
  return recorded.find(([nodeId, sum]) => here.get(nodeId) !== sum)?.[0];
}

/** Before the tick of its frame. */
async function apply(entry: TakeEntry, engine: Engine, gate: ReplayGate): Promise<void> {
  switch (entry.kind) {
    case 'control':
      engine.apply({ frame: entry.frame, message: entry.message });
      break;
    case 'patch':
      await engine.loadPatch(entry.patch, entry.presetName, entry.fadeMs);
      break;
    case 'edit':
      await engine.editPatch(entry);
      break;
    case 'voice':
      await engine.startVoice(entry.order);
      break;
    case 'rebuilt':
      await engine.rebuild(entry.patch);
      break;
    case 'settled':
      gate.release(entry.action);
      await nextTurn();
      break;
    case 'fade-out':
      engine.fadeOut();
      break;
    default:
      break;
  }
}

/** Models that run ahead begin when they are ready: in a replay, when they were. */
class RecordedStarts implements StreamStarts {
  /** By the number of the stream. */
  private readonly frames = new Map<number, number[]>();

  constructor(
    entries: readonly TakeEntry[],
    private readonly engine: Engine,
  ) {
    for (const entry of entries) {
      if (entry.kind !== 'start') continue;
      const frames = this.frames.get(entry.stream);
      if (frames === undefined) this.frames.set(entry.stream, [entry.frame]);
      else frames.push(entry.frame);
    }
  }

  mayStart({ number }: StreamPlace): boolean {
    const frame = this.frames.get(number)?.[0];
    return frame !== undefined && this.engine.frame >= frame;
  }

  started({ number }: StreamPlace): void {
    this.frames.get(number)?.shift();
  }
}
