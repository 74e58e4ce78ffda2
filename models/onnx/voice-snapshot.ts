import { checkInteger, restoredFrame, SnapshotHeader, snapshotFault } from '../snapshot-header.js';
import type { SnapshotLayout, SnapshotRange } from '../state/snapshot-layout.js';
import type { StateTensor } from './graph/state-layout.js';

/** Values of the header: fingerprint, seed, frame, token, isForced, numKnown. */
const HEADER_LENGTH = 6;

export interface VoiceSnapshotShape {
  /** Marks the weights. */
  readonly fingerprint: number;
  readonly levels: number;
  /** Frames of a period of the model. */
  readonly period: number;
  /** More than a voice ever keeps of `known`. */
  readonly maxKnown: number;
  /** Values of the tensors. */
  readonly stateLength: number;
  /** Values that steer `maxKnown` tokens; 0 without conditioning. */
  readonly steeringLength: number;
}

/** What a voice remembers beside the tensors in its thread, laid out as a snapshot. */
export class VoiceSnapshot {
  readonly bytes: Uint8Array;
  /** Prediction after the last forced token, where no token lies behind the state (levels). */
  readonly logits: Float32Array;
  /** Tokens consumed since the state. */
  readonly known: Uint8Array;
  /** The tensors, filled while a snapshot is made or restored. */
  readonly state: Float32Array;
  /** What steers the tokens consumed since the state, as `steeringLayout` says. */
  readonly steering: Float32Array;
  private readonly header: Float64Array;
  private readonly fingerprint: number;
  private readonly levels: number;
  private readonly period: number;
  /** Of a snapshot that is looked at. */
  private readonly taken = new SnapshotHeader(HEADER_LENGTH);

  constructor(shape: VoiceSnapshotShape) {
    const { fingerprint, levels, period, maxKnown, stateLength, steeringLength } = shape;
    const logitsAt = HEADER_LENGTH * 8;
    const stateAt = logitsAt + levels * 4;
    const steeringAt = stateAt + stateLength * 4;
    const knownAt = steeringAt + steeringLength * 4;
    this.bytes = new Uint8Array(Math.ceil((knownAt + maxKnown) / 8) * 8);
    const { buffer } = this.bytes;
    this.header = new Float64Array(buffer, 0, HEADER_LENGTH);
    this.logits = new Float32Array(buffer, logitsAt, levels);
    this.state = new Float32Array(buffer, stateAt, stateLength);
    this.steering = new Float32Array(buffer, steeringAt, steeringLength);
    this.known = new Uint8Array(buffer, knownAt, maxKnown);
    this.fingerprint = fingerprint;
    this.levels = levels;
    this.period = period;
    this.header[0] = fingerprint;
  }

  /** With the frame to go on as. Throws MODEL_SNAPSHOT for what no voice of the same bundle has written. */
  take(from: Uint8Array, frame?: number): void {
    const { bytes, known, levels, taken } = this;
    if (from.length !== bytes.length) snapshotFault(`${bytes.length} bytes`, `${from.length}`);
    taken.read(from);
    const { values } = taken;
    if (values[0] !== this.fingerprint) snapshotFault('a voice of this bundle', 'one of another');
    taken.check(levels);
    const numKnown = values[5]!;
    const isForced = values[4] === 1;
    // Drawn tokens wait for one period, forced ones for a run of the prime graph.
    checkInteger('a number of known tokens', numKnown, (isForced ? known.length : this.period) - 1);
    for (let i = 0; i < numKnown; i++) checkInteger('a token', from[known.byteOffset + i]!, levels - 1);
    const frameIndex = restoredFrame(values[2]!, frame, this.period);
    bytes.set(from);
    this.frame = frameIndex;
  }

  /** What a snapshot has where, when no token lies behind the state. `tensors` in the order of `state`. */
  layout(tensors: readonly StateTensor[]): SnapshotLayout {
    const head = { tier: 0, offset: 3 * 8, length: this.state.byteOffset - 3 * 8, kind: 'bytes' } as const;
    const ranges: SnapshotRange[] = [head];
    let offset = this.state.byteOffset;
    for (const { name, shape } of tensors) {
      const [part, number] = name.split('.');
      const tier = Number(number) + (part === 'queue' ? 1 : 0);
      // Of a tier all layers lie in one tensor, the first dimension of which counts them.
      const numBlocks = part === 'queue' ? 1 : shape[0]!;
      const length = (4 * shape.reduce((product, n) => product * n, 1)) / numBlocks;
      for (let i = 0; i < numBlocks; i++, offset += length) {
        ranges.push({ tier, offset, length, kind: 'float32' });
      }
    }
    const numTiers = 1 + Math.max(...ranges.map(({ tier }) => tier));
    return { numTiers, ranges, seed: { offset: 8, type: 'float64' } };
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
