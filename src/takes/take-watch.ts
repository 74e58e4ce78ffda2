/** Sees, where an engine runs, all that a take must tell. Allocates only when something happens. */
import type { Engine } from '../engine/engine.js';
import type { ModelStreamTable } from '../engine/model-stream-table.js';
import type { SinkNumbers } from '../engine/status-writer.js';
import type { DeviationCode, TakeEntry } from './format.js';
import { NodeSums } from './node-sums.js';

/** From here on control is not rolled back: see `rollbackNames`. */
const NOT_ROLLED_BACK = 2;

/** A model's thread that is later than this is in trouble of another kind: a gap. */
const MOST_LATE_SECONDS = 0.25;

/** That are remembered. */
const MOST_CHANGES = 4096;

type Control = Extract<TakeEntry, { kind: 'control' }>['message'];

export class TakeWatch {
  private readonly sums = new NodeSums();
  private pending: TakeEntry[] = [];
  private gaps = 0;
  private lateRollbacks = 0;
  private xruns = 0;
  private lost = 0;
  private untoldLost = 0;
  private isRolledBack = true;
  /** Of what has changed the sound of late, in order: what is rolled back late was due at one of them. The last one stays. */
  private changeFrames: number[] = [0];
  private markFrame = 0;

  /** Before the first block. */
  constructor(
    private readonly engine: Engine,
    private readonly models: ModelStreamTable,
    private readonly sink?: SinkNumbers,
  ) {
    models.starts = {
      mayStart: () => true,
      started: (nodeId) => this.pending.push({ kind: 'start', frame: engine.frame, nodeId }),
    };
    engine.notices$.subscribe((notice) => {
      const { frame } = engine;
      switch (notice.kind) {
        case 'applied':
          this.change({ kind: 'control', frame, message: withoutAsker(notice.message) });
          break;
        case 'patch':
          this.change({
            kind: 'patch',
            frame,
            presetName: notice.presetName,
            patch: notice.patch,
            fadeMs: notice.fadeMs,
          });
          break;
        case 'edit':
          this.change({ kind: 'edit', frame, ...notice.edit });
          break;
        case 'voice-started':
          this.change({ kind: 'voice', frame, order: notice.order });
          break;
        case 'fade-out':
          this.pending.push({ kind: 'fade-out', frame });
          break;
        case 'settled':
          this.change({ kind: 'settled', frame, action: notice.action });
          break;
        case 'rebuilt':
          this.change({ kind: 'rebuilt', frame, patch: notice.patch });
          break;
        case 'fault':
          this.deviate(frame, frame, 'fault', `${notice.source}: ${notice.code}`);
          break;
        case 'warning':
          if (notice.code !== 'NODE_FILE_LATE') break;
          this.deviate(frame, frame, 'late-file', `${notice.source}: the disk was late`);
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

  /** After each tick. */
  noteTick(numFrames: number): void {
    this.sums.add(this.engine.playing, numFrames);
  }

  /** Frames that did not get into the sound of the take, since the start. */
  noteLost(frames: number): void {
    this.untoldLost = frames;
  }

  /** After a block that began at this frame. */
  look(startFrame: number): void {
    const { rollback, lateRollbacks } = this.models.look();
    const { gaps } = this.models;
    if (gaps > this.gaps) this.noticed(startFrame, startFrame, 'model-gap', 'a model was late');
    if (lateRollbacks > this.lateRollbacks) {
      const sinceFrame = Math.min(this.earliestChange(startFrame), startFrame);
      this.noticed(startFrame, sinceFrame, 'late-rollback', 'control came late');
    }
    const isRolledBack = rollback < NOT_ROLLED_BACK;
    if (!isRolledBack && this.isRolledBack) {
      this.noticed(startFrame, startFrame, 'no-rollback', 'control is heard later than it came');
    }
    if (this.untoldLost > this.lost) {
      this.noticed(startFrame, startFrame, 'lost-audio', 'the disk was too slow for the audio');
    }
    this.gaps = gaps;
    this.lateRollbacks = lateRollbacks;
    this.isRolledBack = isRolledBack;
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

  private change(entry: TakeEntry): void {
    if (this.changeFrames.length > MOST_CHANGES) this.changeFrames.splice(0, MOST_CHANGES / 2);
    this.changeFrames.push(entry.frame);
    this.pending.push(entry);
  }

  /** That may be what is heard late in the block of this frame. */
  private earliestChange(startFrame: number): number {
    const oldest = startFrame - MOST_LATE_SECONDS * this.engine.sampleRate;
    const recent = this.changeFrames.filter((frame) => frame >= oldest);
    this.changeFrames = recent.length > 0 ? recent : this.changeFrames.slice(-1);
    return this.changeFrames[0]!;
  }

  /** Of the block before: it comes first. */
  private noticed(frame: number, sinceFrame: number, code: DeviationCode, reason: string): void {
    this.pending.unshift({ kind: 'deviation', frame, sinceFrame, code, reason });
  }

  private deviate(frame: number, sinceFrame: number, code: DeviationCode, reason: string): void {
    this.pending.push({ kind: 'deviation', frame, sinceFrame: Math.min(sinceFrame, frame), code, reason });
  }
}

function withoutAsker(message: Control): Control {
  if (message.kind !== 'action') return message;
  const { kind, nodeId, name, args } = message;
  return { kind, nodeId, name, args };
}
