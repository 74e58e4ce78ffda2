import { ModelError } from '../errors.js';

/** Values of the header: fingerprint, seed, frame, token, isForced, numKnown. */
const HEADER_LENGTH = 6;

/** What a voice remembers beside the tensors in its thread, laid out as a snapshot. */
export class VoiceSnapshot {
  readonly bytes: Uint8Array;
  /** Prediction after the last forced token, where no token lies behind the state (levels). */
  readonly logits: Float32Array;
  /** Tokens consumed since the state. */
  readonly known: Uint8Array;
  /** The tensors, filled while a snapshot is made or restored. */
  readonly state: Float32Array;
  private readonly header: Float64Array;
  private readonly fingerprint: number;
  private readonly mark = new Float64Array(1);
  private readonly markBytes = new Uint8Array(this.mark.buffer);

  /** `fingerprint` marks the weights. */
  constructor(fingerprint: number, levels: number, maxKnown: number, stateLength: number) {
    const logitsAt = HEADER_LENGTH * 8;
    const stateAt = logitsAt + levels * 4;
    const knownAt = stateAt + stateLength * 4;
    this.bytes = new Uint8Array(Math.ceil((knownAt + maxKnown) / 8) * 8);
    const { buffer } = this.bytes;
    this.header = new Float64Array(buffer, 0, HEADER_LENGTH);
    this.logits = new Float32Array(buffer, logitsAt, levels);
    this.state = new Float32Array(buffer, stateAt, stateLength);
    this.known = new Uint8Array(buffer, knownAt, maxKnown);
    this.fingerprint = fingerprint;
    this.header[0] = fingerprint;
  }

  /** Throws MODEL_SNAPSHOT for what no voice of the same bundle has written. */
  take(from: Uint8Array): void {
    if (from.length !== this.bytes.length) fault(`${this.bytes.length} bytes`, `${from.length}`);
    for (let i = 0; i < this.markBytes.length; i++) this.markBytes[i] = from[i]!;
    if (this.mark[0] !== this.fingerprint) fault('one of this bundle', 'one of another');
    this.bytes.set(from);
  }

  get seed(): number {
    return this.header[1]!;
  }
  set seed(value: number) {
    this.header[1] = value;
  }

  get frame(): number {
    return this.header[2]!;
  }
  set frame(value: number) {
    this.header[2] = value;
  }

  /** The token to consume next. */
  get token(): number {
    return this.header[3]!;
  }
  set token(value: number) {
    this.header[3] = value;
  }

  get isForced(): boolean {
    return this.header[4] === 1;
  }
  set isForced(value: boolean) {
    this.header[4] = value ? 1 : 0;
  }

  /** How many of `known` there are. */
  get numKnown(): number {
    return this.header[5]!;
  }
  set numKnown(value: number) {
    this.header[5] = value;
  }
}

function fault(expected: string, received: string): never {
  throw new ModelError('MODEL_SNAPSHOT', `Expected a snapshot of ${expected} but received ${received}.`);
}
