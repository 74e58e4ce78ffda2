/**
 * The memory between a stepper and its runtime's thread: one command at a time, its arguments and its answer.
 * The stepper's side waits for the answer, so both sides may read and write all of it in turn, without locks.
 */

/** What the thread is asked to do. `slot` is the number of a voice. */
export const commands = {
  /** A voice in its initial state, new or not. */
  reset: 1,
  /** Forgets a voice. */
  free: 2,
  /** Runs `rows` frames of the chunk graph from the state of a voice; the state after them is kept beside it. */
  chunk: 3,
  /** The same with the prime graph. */
  prime: 4,
  /** The state after the last run becomes the state of the voice. */
  commit: 5,
  /** The state of a voice into `state`. */
  read: 6,
  /** `state` into the state of a voice. */
  write: 7,
  close: 8,
} as const;

export type Command = keyof typeof commands;

export interface MailboxSize {
  /** Most rows of one run. */
  readonly maxRows: number;
  readonly levels: number;
  /** Values of a voice's state. */
  readonly stateLength: number;
  /** Values that steer `maxRows` rows, all tiers together; 0 without conditioning. */
  readonly steeringLength: number;
}

const TURN = 0;
const COMMAND = 1;
const SLOT = 2;
const ROWS = 3;
const WANTS_LOGITS = 4;
const FAULT_BYTES = 5;
const NUM_WORDS = 16;

/** Whose turn it is. */
const STEPPER = 0;
const THREAD = 1;

const MAX_FAULT_BYTES = 2048;

export class Mailbox {
  readonly buffer: SharedArrayBuffer;
  /** Temperature, top-p, top-k. */
  readonly sampling: Float64Array;
  /** By row. */
  readonly uniforms: Float64Array;
  /** By row; -1 for the token that was drawn in the row before. */
  readonly tokens: Int32Array;
  readonly drawn: Int32Array;
  /** (rows, levels). */
  readonly logits: Float32Array;
  readonly state: Float32Array;
  /** What steers the rows, tier after tier: (rows of the tier, H) each, as many rows as a run of `maxRows` has. */
  readonly steering: Float32Array;
  private readonly words: Int32Array;
  private readonly fault: Uint8Array;

  /** Over `buffer`, or over new memory. */
  constructor(size: MailboxSize, buffer?: SharedArrayBuffer) {
    const { maxRows, levels, stateLength, steeringLength } = size;
    const lengths = [NUM_WORDS * 4, 4 * 8, maxRows * 8, maxRows * 4, maxRows * 4];
    lengths.push(maxRows * levels * 4, stateLength * 4, MAX_FAULT_BYTES, steeringLength * 4);
    const starts: number[] = [];
    let bytes = 0;
    for (const length of lengths) {
      starts.push(bytes);
      bytes += Math.ceil(length / 8) * 8;
    }
    this.buffer = buffer ?? new SharedArrayBuffer(bytes);
    const [words, sampling, uniforms, tokens, drawn, logits, state, fault, steering] = starts as number[] & {
      length: 9;
    };
    this.words = new Int32Array(this.buffer, words, NUM_WORDS);
    this.sampling = new Float64Array(this.buffer, sampling, 4);
    this.uniforms = new Float64Array(this.buffer, uniforms, maxRows);
    this.tokens = new Int32Array(this.buffer, tokens, maxRows);
    this.drawn = new Int32Array(this.buffer, drawn, maxRows);
    this.logits = new Float32Array(this.buffer, logits, maxRows * levels);
    this.state = new Float32Array(this.buffer, state, stateLength);
    this.steering = new Float32Array(this.buffer, steering, steeringLength);
    this.fault = new Uint8Array(this.buffer, fault, MAX_FAULT_BYTES);
  }

  /** Stepper's side: hands a command over and waits for its end. False when it did not end within `limitMs`. */
  call(command: Command, slot: number, rows: number, wantsLogits: boolean, limitMs: number): boolean {
    const { words } = this;
    words[COMMAND] = commands[command];
    words[SLOT] = slot;
    words[ROWS] = rows;
    words[WANTS_LOGITS] = wantsLogits ? 1 : 0;
    words[FAULT_BYTES] = 0;
    Atomics.store(words, TURN, THREAD);
    Atomics.notify(words, TURN);
    const deadlineMs = performance.now() + limitMs;
    // The notification of an earlier answer may come this late, and wakes the sleep too.
    while (Atomics.load(words, TURN) === THREAD) {
      const leftMs = Math.max(0, deadlineMs - performance.now());
      if (Atomics.wait(words, TURN, THREAD, leftMs) === 'timed-out') return false;
    }
    return true;
  }

  /** Stepper's side: hands a command over that has no answer. */
  post(command: Command): void {
    this.words[COMMAND] = commands[command];
    Atomics.store(this.words, TURN, THREAD);
    Atomics.notify(this.words, TURN);
  }

  /** Stepper's side: why the last command failed, or undefined. */
  takeFault(): string | undefined {
    const length = this.words[FAULT_BYTES]!;
    return length === 0 ? undefined : new TextDecoder().decode(this.fault.slice(0, length));
  }

  /** Thread's side: sleeps until a command comes. */
  awaitCommand(): { command: Command; slot: number; rows: number; wantsLogits: boolean } {
    const { words } = this;
    while (Atomics.load(words, TURN) !== THREAD) Atomics.wait(words, TURN, STEPPER);
    const number = words[COMMAND]!;
    const command = (Object.keys(commands) as Command[]).find((name) => commands[name] === number)!;
    return { command, slot: words[SLOT]!, rows: words[ROWS]!, wantsLogits: words[WANTS_LOGITS] === 1 };
  }

  /** Thread's side: the command is done, or failed. */
  answer(fault?: string): void {
    if (fault !== undefined) {
      const bytes = new TextEncoder().encode(fault || 'no reason given').subarray(0, MAX_FAULT_BYTES);
      this.fault.set(bytes);
      this.words[FAULT_BYTES] = bytes.length;
    }
    Atomics.store(this.words, TURN, STEPPER);
    Atomics.notify(this.words, TURN);
  }
}
