import {
  type Conditioning,
  type ConditioningInput,
  NOTE_HOP,
  NOTE_SAMPLE_RATE,
  NoteRoll,
  type Performance,
  type PerformanceEvent,
  performanceEvents,
} from '../../models/index.js';
import { isFedByKeys } from '../../nodes/index.js';

/** Times this close after a frame's beginning still belong to it: what is left over when a second is cut into frames. */
const ROUNDING_FRAMES = 1e-6;

/** Whether notes steer any of these inputs. */
export function takesNotes(inputs: readonly ConditioningInput[], sampleRate: number): boolean {
  return inputs.some((input) => isFedByKeys(input, sampleRate));
}

/**
 * A performance as the conditioning of consecutive blocks, from frame 0 on. An event counts from the first frame of the
 * roll on that begins no earlier than it. Inputs that notes do not feed are dropped.
 */
export class PerformanceConditioning {
  readonly #events: readonly PerformanceEvent[];
  readonly #roll = new NoteRoll();
  readonly #frames: readonly (Float32Array | undefined)[];
  #nextEvent = 0;
  #frame = 0;

  /** Blocks have at most `maxFrames` samples. */
  constructor(
    performance: Performance,
    private readonly inputs: readonly ConditioningInput[],
    maxFrames: number,
  ) {
    this.#events = performanceEvents(performance);
    const rows = Math.ceil(maxFrames / NOTE_HOP);
    this.#frames = inputs.map((input) =>
      isFedByKeys(input, NOTE_SAMPLE_RATE)
        ? new Float32Array(rows * rowsPerRoll(input) * input.dim)
        : undefined,
    );
  }

  /** Of the next `numFrames` samples, a multiple of NOTE_HOP unless it is the last block. Borrowed until the next call. */
  block(numFrames: number): Conditioning {
    const count = Math.ceil(numFrames / NOTE_HOP);
    for (let row = 0; row < count; row++) {
      this.#play();
      for (const [i, frames] of this.#frames.entries()) {
        const input = this.inputs[i]!;
        if (frames === undefined) continue;
        const at = row * rowsPerRoll(input) * input.dim;
        if (input.kind === 'note-roll') this.#roll.writeRoll(frames, at);
        else this.#roll.writePartials(frames, at);
      }
      this.#roll.advance();
      this.#frame++;
    }
    return this.#frames;
  }

  #play(): void {
    for (; this.#nextEvent < this.#events.length; this.#nextEvent++) {
      const { seconds, type, pitch, velocity } = this.#events[this.#nextEvent]!;
      if ((seconds * NOTE_SAMPLE_RATE) / NOTE_HOP > this.#frame + ROUNDING_FRAMES) return;
      if (type === 'pedal') this.#roll.pedal(velocity > 0);
      else if (!NoteRoll.hasKey(pitch)) continue;
      else if (type === 'note-on') this.#roll.noteOn(pitch, velocity);
      else this.#roll.noteOff(pitch);
    }
  }
}

/** Frames of an input per frame of the roll. */
function rowsPerRoll({ rateHz }: ConditioningInput): number {
  return (rateHz * NOTE_HOP) / NOTE_SAMPLE_RATE;
}
