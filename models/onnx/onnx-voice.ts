import type { Bundle } from '../bundle/types.js';
import { ModelError } from '../errors.js';
import { TokenDraw } from '../sampling/draw.js';
import { FrameRandom } from '../sampling/philox.js';
import { decodeTable } from '../sampling/quantiser.js';
import type { SnapshotLayout } from '../state/snapshot-layout.js';
import type { Conditioning, Sampling, Voice } from '../stepper.js';
import {
  periodFrames,
  periodState,
  primeFrames,
  type StateTensor,
  stateModel,
} from './graph/state-layout.js';
import type { RuntimeThread } from './run/runtime-thread.js';
import { Steering } from './steering.js';
import { VoiceSnapshot } from './voice-snapshot.js';

/**
 * One stream. The graphs start at the start of a period, so the thread keeps the state there, and the voice the tokens
 * consumed since: a run begins with those and goes on with draws. What a run draws beyond a block waits for the
 * next one, and is thrown away when that draws in another way or is steered otherwise. Which graph computes a frame, and from where, depends
 * on the frame's position alone, so blocks of any size give the same bits:
 *
 * - stepping, the state moves on with every whole period;
 * - forcing, it moves on by `primeFrames` at a time, and a row of logits is always computed by a run of that size;
 * - the first frame drawn after forced ones steps over what was forced beyond the state.
 */
export class OnnxVoice implements Voice {
  readonly snapshotBytes: number;
  /** Tokens are drawn inside the graph. */
  readonly surprise = Number.NaN;
  readonly faultyDraws = 0;
  private readonly thread: RuntimeThread;
  private readonly slot: number;
  private readonly startToken: number;
  private readonly levels: number;
  private readonly amplitudes: Float32Array;
  private readonly period: number;
  private readonly primeRows: number;
  private readonly memory: VoiceSnapshot;
  /** Of the state, in the order of a snapshot. */
  private readonly tensors: readonly StateTensor[];
  private readonly steering: Steering;
  private readonly random: FrameRandom;
  private readonly tokenDraw: TokenDraw;
  private seed = 0;
  private frameIndex = 0;
  /** The token to consume next. */
  private token = 0;
  /** The last frame was forced: its prediction has not been drawn from, and no token is due. */
  private isForced = false;
  /** Tokens consumed since the state that the thread has; in `memory.known`. */
  private numKnown = 0;
  /** Rows of the last run, whose draws from `numKnown` on are still to be played; 0 when there are none. */
  private aheadRows = 0;
  private readonly aheadSampling = { temperature: 0, topP: 0, topK: 0 };
  private readonly aheadDrawn: Int32Array;

  constructor(bundle: Bundle, thread: RuntimeThread, seed: number) {
    const { architecture, quantiser, weights } = bundle.manifest;
    this.thread = thread;
    this.startToken = quantiser.startToken;
    this.levels = quantiser.levels;
    this.amplitudes = decodeTable(quantiser);
    this.period = periodFrames(architecture);
    this.primeRows = primeFrames(architecture);
    this.tensors = periodState(stateModel(bundle));
    const fingerprint = Number.parseInt(weights.sha256.slice(0, 12), 16);
    const { levels, period, primeRows: maxKnown } = this;
    const stateLength = thread.mailbox.state.length;
    const steeringLength = thread.mailbox.steering.length;
    this.memory = new VoiceSnapshot({ fingerprint, levels, period, maxKnown, stateLength, steeringLength });
    this.steering = new Steering(bundle, thread.steeringLayout, this.memory.steering);
    this.snapshotBytes = this.memory.bytes.length;
    this.aheadDrawn = new Int32Array(this.primeRows);
    this.random = new FrameRandom(seed);
    this.tokenDraw = new TokenDraw(this.levels);
    this.slot = thread.addVoice(this);
    this.reset(seed);
  }

  get frame(): number {
    return this.frameIndex;
  }

  reset(seed: number): void {
    this.thread.call('reset', this.slot);
    this.seed = seed >>> 0;
    this.random.reseed(this.seed);
    this.frameIndex = 0;
    this.token = this.startToken;
    this.isForced = false;
    this.numKnown = 0;
    this.aheadRows = 0;
  }

  stepBlock(
    out: Float32Array,
    numFrames: number,
    sampling: Sampling,
    ids?: Uint8Array,
    conditioning?: Conditioning,
  ): void {
    checkLength('out', out.length, numFrames);
    if (ids) checkLength('ids', ids.length, numFrames);
    this.steering.begin(conditioning, this.frameIndex, numFrames);
    for (let t = 0; t < numFrames; t++) {
      if (this.isForced) this.drawAfterForced(sampling);
      else this.drawNext(sampling, numFrames - t);
      out[t] = this.amplitudes[this.token]!;
      if (ids) ids[t] = this.token;
      this.frameIndex++;
    }
  }

  forceBlock(ids: Uint8Array, numFrames: number, logits?: Float32Array, conditioning?: Conditioning): void {
    const { levels, primeRows, memory } = this;
    checkLength('ids', ids.length, numFrames);
    if (logits) checkLength('logits', logits.length, numFrames * levels);
    this.steering.begin(conditioning, this.frameIndex, numFrames);
    this.aheadRows = 0;
    for (let t = 0; t < numFrames; ) {
      const first = this.numKnown;
      const count = Math.min(numFrames - t, primeRows - first);
      for (let i = 0; i < count; i++) {
        memory.known[first + i] = ids[t + i]!;
        this.steering.set(first + i, this.frameIndex + i);
      }
      this.numKnown += count;
      if (logits || this.numKnown === primeRows) {
        this.run('prime', primeRows, 0);
        const rows = this.thread.mailbox.logits.subarray(first * levels, this.numKnown * levels);
        logits?.set(rows, t * levels);
      }
      if (this.numKnown === primeRows) this.commit(primeRows, true);
      t += count;
      this.frameIndex += count;
      this.isForced = true;
    }
  }

  snapshot(into: Uint8Array): void {
    checkLength('into', into.length, this.snapshotBytes);
    const { memory, thread } = this;
    thread.call('read', this.slot);
    memory.state.set(thread.mailbox.state);
    memory.seed = this.seed;
    memory.frame = this.frameIndex;
    memory.token = this.token;
    memory.isForced = this.isForced;
    memory.numKnown = this.numKnown;
    into.set(memory.bytes);
  }

  restore(from: Uint8Array, frame?: number): void {
    const { memory, thread } = this;
    memory.take(from, frame);
    thread.mailbox.state.set(memory.state);
    thread.call('write', this.slot);
    this.seed = memory.seed;
    this.random.reseed(this.seed);
    this.frameIndex = memory.frame;
    this.token = memory.token;
    this.isForced = memory.isForced;
    this.numKnown = memory.numKnown;
    this.aheadRows = 0;
  }

  get isAligned(): boolean {
    return this.numKnown === 0;
  }

  snapshotLayout(): SnapshotLayout {
    return this.memory.layout(this.tensors);
  }

  /** Consumes the token that is due and draws the next one. `numWanted` frames will be asked for, this one too. */
  private drawNext(sampling: Sampling, numWanted: number): void {
    const isSteered = this.steering.set(this.numKnown, this.frameIndex);
    if (this.aheadRows === 0 || !isSteered || !this.isAhead(sampling)) {
      const periods = Math.floor((this.numKnown + numWanted) / this.period);
      this.drawAhead(sampling, Math.min(this.primeRows, Math.max(1, periods) * this.period));
    }
    this.memory.known[this.numKnown] = this.token;
    this.token = this.aheadDrawn[this.numKnown]!;
    this.numKnown++;
    if (this.numKnown === this.aheadRows) this.commit(this.aheadRows);
  }

  private isAhead({ temperature, topP, topK }: Sampling): boolean {
    const ahead = this.aheadSampling;
    return ahead.temperature === temperature && ahead.topP === topP && ahead.topK === topK;
  }

  /** Runs `rows` frames from the state: the known tokens, the one that is due, then draws. */
  private drawAhead({ temperature, topP, topK }: Sampling, rows: number): void {
    const { mailbox } = this.thread;
    mailbox.sampling[0] = this.aheadSampling.temperature = temperature;
    mailbox.sampling[1] = this.aheadSampling.topP = topP;
    mailbox.sampling[2] = this.aheadSampling.topK = topK;
    for (let row = this.numKnown; row < rows; row++) {
      const frame = this.frameIndex + row - this.numKnown;
      mailbox.uniforms[row] = this.random.uniform(frame);
      this.steering.set(row, frame);
    }
    mailbox.uniforms.fill(0.5, 0, this.numKnown);
    this.memory.known[this.numKnown] = this.token;
    this.run('chunk', rows, this.numKnown + 1);
    this.aheadDrawn.set(mailbox.drawn.subarray(0, rows));
    this.aheadRows = rows;
  }

  /** Draws from the prediction after the last forced token. The state moves on to the last whole period. */
  private drawAfterForced(sampling: Sampling): void {
    const { period, levels, memory } = this;
    const { mailbox } = this.thread;
    mailbox.sampling.fill(0);
    const rows = this.numKnown - (this.numKnown % period);
    if (rows > 0) {
      this.run('chunk', rows, rows);
      this.commit(rows, true);
    }
    if (this.numKnown > 0) {
      this.run('chunk', period, this.numKnown);
      const end = this.numKnown * levels;
      memory.logits.set(mailbox.logits.subarray(end - levels, end));
    }
    this.token = this.tokenDraw.draw(memory.logits, sampling, this.random.uniform(this.frameIndex));
    this.isForced = false;
  }

  /** A run over the first `numTokens` known tokens; rows beyond are drawn, or of no interest. */
  private run(graph: 'chunk' | 'prime', rows: number, numTokens: number): void {
    const { mailbox } = this.thread;
    const given = graph === 'prime' ? this.numKnown : numTokens;
    for (let row = 0; row < given; row++) mailbox.tokens[row] = this.memory.known[row]!;
    // Padding of a prime run must be tokens; nothing that comes before them depends on it.
    mailbox.tokens.fill(graph === 'prime' ? 0 : -1, given, rows);
    mailbox.steering.set(this.memory.steering);
    this.thread.call(graph, this.slot, rows, graph === 'prime' || this.isForced);
  }

  /** The state after the last run, of `rows` frames, becomes the state. `keepsLogits`: so does its last prediction. */
  private commit(rows: number, keepsLogits = false): void {
    const { memory, levels } = this;
    if (keepsLogits) {
      memory.logits.set(this.thread.mailbox.logits.subarray((rows - 1) * levels, rows * levels));
    }
    this.thread.call('commit', this.slot);
    memory.known.copyWithin(0, rows, Math.max(rows, this.numKnown));
    this.steering.shift(rows, this.numKnown);
    this.numKnown -= rows;
    this.aheadRows = 0;
  }
}

function checkLength(name: string, length: number, needed: number): void {
  if (length < needed) {
    throw new ModelError(
      'MODEL_ARGUMENT',
      `Expected at least ${needed} values in ${name} but received ${length}.`,
    );
  }
}
