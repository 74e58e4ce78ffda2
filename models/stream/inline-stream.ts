import type { ConditioningInput } from '../bundle/types.js';
import { StateDeck } from '../state/state-deck.js';
import type { Sampling, Stepper, Voice } from '../stepper.js';
import type { ModelStream, StreamState } from '../stream.js';
import type { WatchdogSettings } from '../watchdog/settings.js';
import { Watchdog } from '../watchdog/watchdog.js';
import { InlineStates } from './inline-states.js';
import { PlannedConditioning } from './planned-conditioning.js';
import { PlannedSampling } from './planned-sampling.js';
import { countRunaways, streamNumbers } from './stream-numbers.js';

/** Most that is stepped at once between two plans, or with conditioning. */
const PART_FRAMES = 64;

/**
 * Offline: `read` steps the voice on the caller's thread, so it is always full and the same seed and
 * control give the same samples at any block size.
 */
export class InlineStream implements ModelStream {
  readonly mode = 'inline';
  readonly sampleRate: number;
  readonly lookAheadFrames = 0;
  readonly planAheadFrames = 0;
  readonly steerAfterFrames = 0;
  readonly availableFrames = 0;
  readonly conditioning: readonly ConditioningInput[];
  private readonly told = streamNumbers();
  private readonly sampling: PlannedSampling;
  private readonly planned: PlannedConditioning;
  readonly states: InlineStates;
  private readonly deck: StateDeck;
  private readonly watchdog: Watchdog | undefined;
  private voice: Voice | undefined;
  private readonly stepper: Stepper;
  private readonly limits: WatchdogSettings | undefined;
  /** What `read` splits into. */
  private readonly part: Float32Array;
  private frame = 0;

  /** Creates one voice of `stepper`, which must outlive the stream. It is watched where there are `limits`. */
  constructor(stepper: Stepper, seed: number, sampling: Sampling, limits?: WatchdogSettings) {
    this.stepper = stepper;
    this.limits = limits;
    this.sampleRate = stepper.sampleRate;
    this.voice = stepper.createVoice(seed);
    this.deck = new StateDeck(this.voice, stepper.sampleRate);
    this.states = new InlineStates(this.deck, () => this.frame);
    this.conditioning = stepper.conditioning;
    this.sampling = new PlannedSampling(sampling);
    this.planned = new PlannedConditioning(stepper.conditioning, stepper.sampleRate, PART_FRAMES);
    this.part = new Float32Array(PART_FRAMES);
    if (limits) this.watchdog = new Watchdog(this.voice, limits, this.told.runawayCauses);
  }

  /** Another stream that goes on as this one would. Allocates; undefined when this one is closed. */
  twin(): InlineStream | undefined {
    if (this.voice === undefined) return undefined;
    const twin = new InlineStream(this.stepper, 0, this.sampling.current, this.limits);
    twin.copyFrom(this);
    return twin;
  }

  /** Goes on as the other would, of the same stepper and limits; one that is closed changes nothing. Allocates. */
  copyFrom(other: InlineStream): void {
    if (this.voice === undefined || other.voice === undefined) return;
    const state = new Uint8Array(other.voice.snapshotBytes);
    other.voice.snapshot(state);
    this.voice.restore(state);
    this.frame = other.frame;
    this.sampling.copyFrom(other.sampling);
    this.planned.copyFrom(other.planned);
    this.deck.copyFrom(other.deck);
    if (other.watchdog) this.watchdog?.copyFrom(other.watchdog);
    Object.assign(this.told.runawayCauses, other.told.runawayCauses);
    this.told.conditioningLost = other.told.conditioningLost;
  }

  get position(): number {
    return this.frame;
  }

  get state(): StreamState {
    return countRunaways(this.told);
  }

  read(out: Float32Array, numFrames: number): number {
    if (this.voice === undefined) return 0;
    const { watchdog, deck } = this;
    const n = Math.min(numFrames, out.length);
    for (let done = 0; done < n; ) {
      this.sampling.advance(this.frame);
      const free = Math.min(n - done, watchdog?.framesLeft ?? n, deck.prepare());
      const planned = Math.min(free, this.sampling.nextFrame() - this.frame);
      if (done === 0 && planned === n && this.conditioning.length === 0) {
        this.voice.stepBlock(out, n, this.sampling.current);
        this.look(out, n);
        this.frame += n;
        return n;
      }
      const count = this.planned.take(this.frame, Math.min(planned, PART_FRAMES));
      // Without a view of `out`, which would be an object per plan.
      this.voice.stepBlock(this.part, count, this.sampling.current, undefined, this.planned.block);
      this.look(this.part, count);
      for (let i = 0; i < count; i++) out[done + i] = this.part[i]!;
      done += count;
      this.frame += count;
    }
    return n;
  }

  private look(out: Float32Array, numFrames: number): void {
    this.deck.process(out, numFrames);
    // A repetition that leads to a runaway would only lead to the next one.
    if (this.watchdog?.look(out, numFrames, this.sampling.current)) this.deck.release();
  }

  setSampling(sampling: Sampling): void {
    this.sampling.set(sampling);
  }

  planSampling(frame: number, sampling: Sampling): void {
    this.sampling.plan(frame, sampling);
  }

  setConditioning(input: number, firstFrame: number, frames: Float32Array, numFrames: number): void {
    this.told.conditioningLost += this.planned.say(input, firstFrame, frames, numFrames, this.frame);
  }

  reset(seed: number): void {
    this.sampling.restart();
    this.planned.restart();
    this.frame = 0;
    this.voice?.reset(seed);
    this.deck.restart();
    if (this.voice) this.watchdog?.reset();
  }

  async close(): Promise<void> {
    this.voice = undefined;
  }
}
