import type { ModelStream, StepperKind } from '../../models/index.js';

export interface StepperInUse {
  readonly kind: StepperKind;
  readonly instructionSet: string;
  /** Why this one. */
  readonly reason: string;
}

interface Row {
  readonly stream: ModelStream;
  readonly stepper: StepperInUse;
}

/** The model streams that are open in one engine, for status. Lives on the audio thread; the numbers do not allocate. */
export class ModelStreamTable {
  private readonly rows: Row[] = [];
  /** Gaps since the start, of all streams, closed ones too. */
  gaps = 0;

  add(stream: ModelStream, stepper: StepperInUse): void {
    this.rows.push({ stream, stepper });
  }

  remove(stream: ModelStream): void {
    const index = this.rows.findIndex((row) => row.stream === stream);
    if (index >= 0) this.rows.splice(index, 1);
  }

  /** Share of real time that all streams need, summed. */
  load(): number {
    let sum = 0;
    for (let i = 0; i < this.rows.length; i++) sum += this.rows[i]!.stream.load;
    return sum;
  }

  /** Of the stream that runs furthest ahead; 0 without one. */
  lookAheadMs(): number {
    let most = 0;
    for (let i = 0; i < this.rows.length; i++) {
      const { stream } = this.rows[i]!;
      const ms = (stream.lookAheadFrames * 1000) / stream.sampleRate;
      if (ms > most) most = ms;
    }
    return most;
  }

  /** Steppers in use and why, each once; empty texts without a model. */
  stepperFacts(): { stepper: string; stepperReason: string } {
    const names = new Set<string>();
    const reasons = new Set<string>();
    for (const { stepper } of this.rows) {
      names.add(`${stepper.kind} (${stepper.instructionSet})`);
      reasons.add(stepper.reason);
    }
    return { stepper: [...names].join(', '), stepperReason: [...reasons].join('; ') };
  }
}
