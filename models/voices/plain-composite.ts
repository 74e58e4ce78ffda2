import { SampleRows } from '../conditioning/sample-rows.js';
import { ModelError } from '../errors.js';
import { TokenDraw } from '../sampling/draw.js';
import { FrameRandom } from '../sampling/philox.js';
import { decodeTable } from '../sampling/quantiser.js';
import { restoredFrame, SnapshotHeader, snapshotFault } from '../snapshot-header.js';
import { type SnapshotLayout, type SnapshotRange, shiftedRanges } from '../state/snapshot-layout.js';
import type { Composite, Conditioning, Mixing, Sampling, Stepper, Voice } from '../stepper.js';
import { checkDropped, LogitMixer } from './mix-logits.js';

/** Told apart from zeros and from snapshots of single voices. */
const MARK = 0x5a51a3d1;

export interface CompositeMember {
  readonly stepper: Stepper;
  /** Of the member's stream. The first one keys the draws of the composite. */
  readonly seed: number;
}

/**
 * A composite over any voices: each is forced, a frame at a time, with what was drawn from all. Allocates nothing while
 * it steps. A snapshot is the header, the logits of the last frame (numMembers, levels), then those of the members.
 */
export class PlainComposite implements Composite {
  readonly numMembers: number;
  readonly snapshotBytes: number;
  private readonly voices: readonly Voice[];
  private readonly levels: number;
  private readonly startToken: number;
  private readonly amplitudes: Float32Array;
  private readonly mixer: LogitMixer;
  private readonly tokenDraw: TokenDraw;
  private readonly random = new FrameRandom(0);
  /** Predictions after the last token, of all members in one array, and its rows. */
  private readonly allLogits: Float32Array;
  private readonly memberLogits: readonly Float32Array[];
  private readonly mixed: Float32Array;
  private readonly conditioning: SampleRows;
  /** By member, 1: it takes conditioning, and it is dropped for it. */
  private readonly isConditioned: Uint8Array;
  private readonly isDropped: Uint8Array;
  /** The token to consume next, where `forceBlock` of a member reads it. */
  private readonly token = new Uint8Array(1);
  private readonly header = new SnapshotHeader();
  private readonly logitBytes: Uint8Array;
  /** Where the states of the members are kept while a snapshot is restored. */
  private readonly backups: readonly Uint8Array[];
  private seed = 0;
  private frameIndex = 0;
  /** The last token was forced: its prediction has not been drawn from, and none is due. */
  private isForced = false;

  /** Members as `createComposite` has checked them, at least one. */
  constructor(members: readonly CompositeMember[], mixing: Mixing) {
    const { stepper, seed } = members[0]!;
    const { quantiser, sampleRate } = stepper;
    const { levels } = quantiser;
    const voices = members.map((member) => member.stepper.createVoice(member.seed));
    const inputs = members.map((member) => member.stepper.conditioning);
    this.voices = voices;
    this.conditioning = new SampleRows(inputs.find(({ length }) => length > 0) ?? [], sampleRate);
    this.isConditioned = Uint8Array.from(inputs, ({ length }) => (length > 0 ? 1 : 0));
    this.isDropped = new Uint8Array(members.length);
    this.numMembers = voices.length;
    this.levels = levels;
    this.startToken = quantiser.startToken;
    this.amplitudes = decodeTable(quantiser);
    this.mixer = new LogitMixer(voices.length, levels, mixing);
    this.tokenDraw = new TokenDraw(levels);
    this.allLogits = new Float32Array(voices.length * levels);
    this.memberLogits = voices.map((_, k) => this.allLogits.subarray(k * levels, (k + 1) * levels));
    this.mixed = new Float32Array(levels);
    this.logitBytes = new Uint8Array(this.allLogits.buffer);
    this.backups = voices.map((voice) => new Uint8Array(voice.snapshotBytes));
    const ownBytes = this.header.bytes.length + this.logitBytes.length;
    this.snapshotBytes = voices.reduce((sum, voice) => sum + voice.snapshotBytes, ownBytes);
    this.begin(seed);
  }

  get frame(): number {
    return this.frameIndex;
  }

  get surprise(): number {
    return this.tokenDraw.surprise;
  }

  get faultyDraws(): number {
    return this.tokenDraw.faultyDraws;
  }

  setDropped(isDropped: readonly boolean[]): void {
    checkDropped(isDropped, this.numMembers);
    for (let k = 0; k < this.numMembers; k++) this.isDropped[k] = isDropped[k] ? 1 : 0;
  }

  setWeights(weights: readonly number[]): void {
    this.mixer.setWeights(weights);
  }

  setBlend(blend: number): void {
    this.mixer.setBlend(blend);
  }

  reset(seed: number): void {
    for (const voice of this.voices) voice.reset(seed);
    this.begin(seed);
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
    this.conditioning.begin(conditioning, this.frameIndex, numFrames);
    const { amplitudes, token, mixed } = this;
    for (let t = 0; t < numFrames; t++) {
      if (!this.isForced) this.consume();
      this.mixer.mix(this.memberLogits, mixed);
      const id = this.tokenDraw.draw(mixed, sampling, this.random.uniform(this.frameIndex));
      out[t] = amplitudes[id]!;
      if (ids) ids[t] = id;
      token[0] = id;
      this.isForced = false;
      this.frameIndex++;
    }
  }

  forceBlock(ids: Uint8Array, numFrames: number, logits?: Float32Array, conditioning?: Conditioning): void {
    const { levels, token, mixed } = this;
    checkLength('ids', ids.length, numFrames);
    if (logits) checkLength('logits', logits.length, numFrames * levels);
    this.conditioning.begin(conditioning, this.frameIndex, numFrames);
    for (let t = 0; t < numFrames; t++) {
      token[0] = ids[t]!;
      this.consume();
      this.isForced = true;
      this.frameIndex++;
      if (!logits) continue;
      this.mixer.mix(this.memberLogits, mixed);
      for (let id = 0; id < levels; id++) logits[t * levels + id] = mixed[id]!;
    }
  }

  /** Makes a view of `into` per member. */
  snapshot(into: Uint8Array): void {
    checkLength('into', into.length, this.snapshotBytes);
    const { values: header, bytes: headerBytes } = this.header;
    header[0] = MARK;
    header[1] = this.seed;
    header[2] = this.frameIndex;
    header[3] = this.token[0]!;
    header[4] = this.isForced ? 1 : 0;
    into.set(headerBytes);
    into.set(this.logitBytes, headerBytes.length);
    let at = headerBytes.length + this.logitBytes.length;
    for (const voice of this.voices) {
      voice.snapshot(into.subarray(at, at + voice.snapshotBytes));
      at += voice.snapshotBytes;
    }
  }

  /** Makes a view of `from` per member. */
  restore(from: Uint8Array, frame?: number): void {
    const { logitBytes } = this;
    const { values: header, bytes: headerBytes } = this.header;
    if (from.length !== this.snapshotBytes) snapshotFault(`${this.snapshotBytes} bytes`, `${from.length}`);
    this.header.read(from);
    if (header[0] !== MARK) snapshotFault('a composite', 'something else');
    this.header.check(this.levels);
    const frameIndex = restoredFrame(header[2]!, frame, 1);
    const membersAt = headerBytes.length + logitBytes.length;
    this.restoreMembers(from.subarray(membersAt), Math.abs(frameIndex - header[2]!));
    logitBytes.set(from.subarray(headerBytes.length, membersAt));
    this.begin(header[1]!);
    this.frameIndex = frameIndex;
    this.token[0] = header[3]!;
    this.isForced = header[4] === 1;
  }

  get isAligned(): boolean {
    for (let k = 0; k < this.voices.length; k++) if (!this.voices[k]!.isAligned) return false;
    return true;
  }

  snapshotLayout(): SnapshotLayout {
    const layouts = this.voices.map((voice) => voice.snapshotLayout());
    const { bytes: headerBytes } = this.header;
    // The token that is due, whether it was forced, and the predictions after it.
    const offset = 3 * Float64Array.BYTES_PER_ELEMENT;
    const ranges: SnapshotRange[] = [
      { tier: 0, offset, length: headerBytes.length + this.logitBytes.length - offset, kind: 'bytes' },
    ];
    let at = headerBytes.length + this.logitBytes.length;
    for (const [k, layout] of layouts.entries()) {
      ranges.push(...shiftedRanges(layout, at));
      at += this.voices[k]!.snapshotBytes;
    }
    return {
      numTiers: Math.max(...layouts.map(({ numTiers }) => numTiers)),
      ranges,
      seed: { offset: Float64Array.BYTES_PER_ELEMENT, type: 'float64' },
    };
  }

  /**
   * All of them, or none: when one refuses, it and those before it are put back. That the frame is moved, by
   * `shift` either way, is for the members to allow: nothing else depends on which frame they believe in.
   */
  private restoreMembers(from: Uint8Array, shift: number): void {
    const { voices, backups } = this;
    let at = 0;
    for (let k = 0; k < voices.length; k++) {
      const voice = voices[k]!;
      voice.snapshot(backups[k]!);
      try {
        const own = from.subarray(at, at + voice.snapshotBytes);
        voice.restore(own);
        if (shift !== 0) voice.restore(own, voice.frame + shift);
      } catch (error) {
        for (let j = 0; j <= k; j++) voices[j]!.restore(backups[j]!);
        throw error;
      }
      at += voice.snapshotBytes;
    }
  }

  private begin(seed: number): void {
    this.seed = seed >>> 0;
    this.random.reseed(this.seed);
    this.frameIndex = 0;
    this.token[0] = this.startToken;
    this.isForced = false;
  }

  /** One step of every member, with `token`. */
  private consume(): void {
    const rows = this.conditioning.at(this.frameIndex);
    for (let k = 0; k < this.voices.length; k++) {
      const isGiven = this.isConditioned[k] === 1 && this.isDropped[k] === 0;
      this.voices[k]!.forceBlock(this.token, 1, this.memberLogits[k]!, isGiven ? rows : undefined);
    }
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
