import type { Sampling, Voice } from '../stepper.js';
import type { RunawayCause } from '../stream.js';
import { GoodStates } from './good-states.js';
import { Judge } from './judge.js';
import { MirrorFade } from './mirror-fade.js';
import type { WatchdogSettings } from './settings.js';

/**
 * Watches a voice while it steps, and when the model has run away lets it go on from an earlier state under a fade: as
 * frame after frame, with other draws, so that it does not run into the same again, and with the conditioning of its
 * time. What it does is a function of what was stepped, so the same seed and control give the same samples at any
 * block size. models/native/stream/watched_source.h is its twin. Allocates once; a voice that is stepped belongs to it.
 */
export class Watchdog {
  private readonly voice: Voice;
  private readonly judge: Judge;
  private readonly states: GoodStates;
  private readonly fade: MirrorFade;
  private readonly counts: Record<RunawayCause, number>;
  /** Windows since the voice began. */
  private windows = 0;
  /** The voice's tallies at the last look. */
  private surprise: number;
  private faultyDraws: number;

  /** `voice` is in its initial state. `counts` are added to. */
  constructor(voice: Voice, settings: WatchdogSettings, counts: Record<RunawayCause, number>) {
    this.voice = voice;
    this.judge = new Judge(settings);
    this.states = new GoodStates(voice, settings.windowFrames);
    this.fade = new MirrorFade(settings.fadeFrames);
    this.counts = counts;
    this.surprise = voice.surprise;
    this.faultyDraws = voice.faultyDraws;
  }

  /** The voice must not step further than this before `look`. At least 1. */
  get framesLeft(): number {
    return this.judge.framesLeft;
  }

  /**
   * The voice has just written `out[0..numFrames)`, drawn as `sampling` says. Fades in it what has to be faded. Whether
   * the voice was taken back.
   */
  look(out: Float32Array, numFrames: number, sampling: Sampling): boolean {
    const { surprise, faultyDraws } = this.voice;
    this.judge.add(out, numFrames, sampling, surprise - this.surprise, faultyDraws - this.faultyDraws);
    this.surprise = surprise;
    this.faultyDraws = faultyDraws;
    this.fade.process(out, numFrames);
    return this.judge.framesLeft === 0 && this.decide();
  }

  /** The voice was reset. */
  reset(): void {
    this.windows = 0;
    this.judge.restart();
    this.states.restart();
    this.fade.restart();
  }

  /** The voice goes on as that of the other, of the same settings, does. Counts are not touched. */
  copyFrom(other: Watchdog): void {
    this.judge.copyFrom(other.judge);
    this.states.copyFrom(other.states);
    this.fade.copyFrom(other.fade);
    this.windows = other.windows;
    this.surprise = this.voice.surprise;
    this.faultyDraws = this.voice.faultyDraws;
  }

  private decide(): boolean {
    const cause = this.judge.close();
    this.windows++;
    if (cause === undefined) {
      this.states.calm(this.windows, this.judge.calmWindows);
      return false;
    }
    this.counts[cause]++;
    this.states.goBack(this.windows);
    this.judge.restart();
    this.fade.cut();
    return true;
  }
}
