/** Sees, where an engine runs, all that a take must tell. Allocates only when something happens. */
import type { ShortFileRead } from '../audio-files/index.js';
import type { Engine } from '../engine/engine.js';
import type { ModelStreamTable } from '../engine/model-stream-table.js';
import type { SinkNumbers } from '../engine/status-writer.js';
import { betweenTicks, type DeviationCode, type TakeEntry } from './format.js';
import { LapseWatch } from './lapse-watch.js';
import { NodeSums } from './node-sums.js';

type Control = Extract<TakeEntry, { kind: 'control' }>['message'];

export class TakeWatch {
  private readonly sums = new NodeSums();
  private pending: TakeEntry[] = [];
  private readonly lapses: LapseWatch;
  private xruns = 0;
  private lost = 0;
  private untoldLost = 0;
  private markFrame = 0;

  /** Before the first block. */
  constructor(
    private readonly engine: Engine,
    models: ModelStreamTable,
    private readonly sink?: SinkNumbers,
  ) {
    this.lapses = new LapseWatch(
      models,
      () => engine.frame,
      (entry) => this.pending.push(entry),
    );
    models.starts = {
      mayStart: () => true,
      started: ({ nodeId, number }) =>
        this.pending.push({ kind: 'start', frame: engine.frame, nodeId, stream: number }),
    };
    engine.notices$.subscribe((notice) => {
      const { frame } = engine;
      switch (notice.kind) {
        case 'applied':
          this.pending.push({ kind: 'control', frame, message: withoutAsker(notice.message) });
          break;
        case 'patch':
          this.pending.push({
            kind: 'patch',
            frame,
            presetName: notice.presetName,
            patch: notice.patch,
            fadeMs: notice.fadeMs,
          });
          break;
        case 'edit':
          this.pending.push({ kind: 'edit', frame, ...notice.edit });
          break;
        case 'voice-started':
          this.pending.push({ kind: 'voice', frame, order: notice.order });
          break;
        case 'fade-out':
          this.pending.push({ kind: 'fade-out', frame });
          break;
        case 'settled':
          this.pending.push({ kind: 'settled', frame, action: notice.action });
          break;
        case 'rebuilt':
          this.pending.push({ kind: 'rebuilt', frame, patch: notice.patch });
          break;
        case 'fault':
          this.deviate(frame, frame, 'fault', `${notice.source}: ${notice.code}`);
          break;
        case 'watchdog':
          this.deviate(frame, frame, 'watchdog', `${notice.nodeId}: ${notice.cause}`);
          break;
        default:
          break;
      }
    });
  }

  /** Within a tick that begins at `frame`: from here on the node hears an input, which is kept in the file. */
  noteInput(nodeId: string, frame: number, file: string): void {
    this.pending.push({ kind: 'input', frame, nodeId, file });
  }

  /** Within a tick: a node read less of its file than it asked for. */
  noteFile({ nodeId, file, frames, isAtEnd }: ShortFileRead): void {
    const { frame } = this.engine;
    this.pending.push({ kind: 'file', frame, nodeId, file, frames, isAtEnd });
  }

  /** After each tick. */
  noteTick(numFrames: number): void {
    const { frame, blockFrames } = this.engine;
    if (frame % blockFrames !== 0 && !this.pending.some((entry) => beginsTick(entry, frame))) {
      this.pending.push({ kind: 'tick', frame });
    }
    this.lapses.look();
    this.sums.add(this.engine.playing, numFrames);
  }

  /** Frames that did not get into the sound of the take, since the start. */
  noteLost(frames: number): void {
    this.untoldLost = frames;
  }

  /** After a block that began at this frame. */
  look(startFrame: number): void {
    if (this.untoldLost > this.lost) {
      this.noticed(startFrame, startFrame, 'lost-audio', 'the disk was too slow for the audio');
    }
    this.lost = this.untoldLost;
    const { frame, sampleRate } = this.engine;
    const xruns = this.sink?.xruns ?? 0;
    if (xruns > this.xruns) {
      this.xruns = xruns;
      this.pending.push({ kind: 'xrun', frame, count: xruns });
    }
    if (frame - this.markFrame < sampleRate) return;
    this.markFrame = frame;
    if (this.engine.playing !== undefined) {
      this.pending.push({ kind: 'sums', frame, sums: this.sums.list() });
    }
    this.pending.push({ kind: 'at', frame });
  }

  /** The last frame has been played. */
  end(): void {
    this.pending.push({ kind: 'end', frame: this.engine.frame });
  }

  /** What has come since the last call, in the order of frames; undefined for nothing. */
  news(): readonly TakeEntry[] | undefined {
    if (this.pending.length === 0) return undefined;
    const { pending } = this;
    this.pending = [];
    return pending;
  }

  /** Of the block before: it comes first. */
  private noticed(frame: number, sinceFrame: number, code: DeviationCode, reason: string): void {
    this.pending.unshift({ kind: 'deviation', frame, sinceFrame, code, reason });
  }

  private deviate(frame: number, sinceFrame: number, code: DeviationCode, reason: string): void {
    this.pending.push({ kind: 'deviation', frame, sinceFrame: Math.min(sinceFrame, frame), code, reason });
  }
}

function beginsTick(entry: TakeEntry, frame: number): boolean {
  return entry.frame === frame && (entry.kind === 'control' || betweenTicks.has(entry.kind));
}

function withoutAsker(message: Control): Control {
  if (message.kind !== 'action') return message;
  const { kind, nodeId, name, args } = message;
  return { kind, nodeId, name, args };
}
