import type { Sampling } from '../stepper.js';
import type { RunawayCause } from '../stream.js';
import type { WatchdogSettings } from './settings.js';

/** Noise that was asked for is none of ours: above this, neither level nor noise is judged, nor for a while after it. */
const HOT_TEMPERATURE = 1.1;
const COOLING_WINDOWS = 16;
/** A model that may choose next to nothing is stuck because it was asked to be. */
const COLD_TEMPERATURE = 0.5;
const NARROW_TOP_P = 0.5;
const NARROW_TOP_K = 8;
/** Scores at which a model has run away. Each window over a limit adds 1, each other one takes 1 away. */
const LOUD_OR_NOISY = 6;
const STUCK = 32;
/** What a window adds in which no sample differs from the next. */
const FLAT_SCORE = 4;

/**
 * Judges what a model says, window by window: too loud, as good as white noise, stuck, or not finite. It is a function of
 * the samples, their surprise and the sampling, whatever blocks they come in. models/native/stream/watchdog_judge.h is
 * its twin: the same numbers in the same order, so the same verdicts.
 */
export class Judge {
  /** Windows in a row without anything to object to, up to the last. */
  calmWindows = 0;
  private readonly settings: WatchdogSettings;
  // Of the window under way.
  private frames = 0;
  private power = 0;
  private surprise = 0;
  private faultyDraws = 0;
  private first = 0;
  private isFlat = true;
  private isHot = false;
  private isNarrow = false;
  // Of those before it.
  private cooling = 0;
  private loud = 0;
  private noisy = 0;
  private stuck = 0;

  constructor(settings: WatchdogSettings) {
    this.settings = settings;
  }

  /** Frames until the window ends. */
  get framesLeft(): number {
    return this.settings.windowFrames - this.frames;
  }

  /** `out[0..numFrames)`, at most `framesLeft`, was drawn; `surprise` and `faultyDraws` are what the voice's tallies grew by. */
  add(out: Float32Array, numFrames: number, sampling: Sampling, surprise: number, faultyDraws: number): void {
    if (this.frames === 0) this.first = out[0]!;
    let { power, isFlat } = this;
    for (let i = 0; i < numFrames; i++) {
      const sample = out[i]!;
      power += sample * sample;
      isFlat &&= sample === this.first;
    }
    this.power = power;
    this.isFlat = isFlat;
    this.surprise += surprise;
    this.faultyDraws += faultyDraws;
    const { temperature, topP, topK } = sampling;
    this.isHot ||= temperature > HOT_TEMPERATURE;
    this.isNarrow ||=
      temperature < COLD_TEMPERATURE || topP < NARROW_TOP_P || (topK > 0 && topK < NARROW_TOP_K);
    this.frames += numFrames;
  }

  /** The window has ended, and another begins. Why the model has run away, if it has. */
  close(): RunawayCause | undefined {
    const { settings, power, surprise } = this;
    const isFaulty = this.faultyDraws > 0;
    const isHeard = power > settings.heardPower;
    if (this.isHot) this.cooling = COOLING_WINDOWS;
    const isJudged = this.cooling === 0;
    if (!isJudged) this.cooling--;
    const isLoud = isJudged && power > settings.maxPower;
    const isNoisy = isJudged && surprise > settings.maxSurprise;
    const isCertain = surprise < settings.minSurprise;
    const isStuck = isHeard && !this.isNarrow && (this.isFlat || isCertain);
    this.loud = isLoud ? this.loud + 1 : isJudged ? Math.max(0, this.loud - 1) : 0;
    this.noisy = isNoisy ? this.noisy + 1 : isJudged ? Math.max(0, this.noisy - 1) : 0;
    this.stuck = isStuck ? this.stuck + (this.isFlat ? FLAT_SCORE : 1) : 0;
    const isCalm = isJudged && !isLoud && !isNoisy && !isStuck && !isFaulty;
    this.calmWindows = isCalm ? this.calmWindows + 1 : 0;
    this.begin();
    if (isFaulty) return 'not-finite';
    if (this.loud + this.noisy >= LOUD_OR_NOISY) return this.loud > this.noisy ? 'level' : 'noise';
    return this.stuck >= STUCK ? 'stuck' : undefined;
  }

  /** Another sound begins, of which nothing is known. */
  restart(): void {
    this.begin();
    this.calmWindows = 0;
    this.cooling = 0;
    this.loud = 0;
    this.noisy = 0;
    this.stuck = 0;
  }

  /** Goes on as the other, of the same settings, does. */
  copyFrom(other: Judge): void {
    this.calmWindows = other.calmWindows;
    this.frames = other.frames;
    this.power = other.power;
    this.surprise = other.surprise;
    this.faultyDraws = other.faultyDraws;
    this.first = other.first;
    this.isFlat = other.isFlat;
    this.isHot = other.isHot;
    this.isNarrow = other.isNarrow;
    this.cooling = other.cooling;
    this.loud = other.loud;
    this.noisy = other.noisy;
    this.stuck = other.stuck;
  }

  private begin(): void {
    this.frames = 0;
    this.power = 0;
    this.surprise = 0;
    this.faultyDraws = 0;
    this.isFlat = true;
    this.isHot = false;
    this.isNarrow = false;
  }
}
