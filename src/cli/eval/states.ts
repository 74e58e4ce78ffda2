/** `sashimi eval states`: what mixing and holding the states of a model does to its sound. docs/state.md has the figures. */
import { setImmediate as yieldTurn } from 'node:timers/promises';
import {
  ALL_TIERS,
  type Bundle,
  chooseStepper,
  createComposite,
  deEmphasised,
  loadBundle,
  mixStates,
  type Sampling,
  StateMemory,
  type Stepper,
  type StepperChoice,
  slowTiers,
  type TierMask,
  type Voice,
} from '../../../models/index.js';
import { distanceDb, meanRow, octaveLevels, spreadDb } from '../../eval/octaves.js';
import { bundleSampling, type SamplingWish } from './bundle-sampling.js';
import { mixStatesAs, STATE_MIXINGS, type StateMixing } from './state-mixings.js';

export interface StatesEvalOptions extends SamplingWish {
  /** Of states; each figure is the mean over them. */
  readonly pairs: number;
  /** Of sound for each figure. */
  readonly seconds: number;
  readonly stepper: StepperChoice;
  readonly onProgress: (share: number, doing: string) => void;
}

/** What follows a mixture of two states. */
export interface MixFigures {
  readonly mixing: StateMixing;
  /** 0 is one state, 1 the other. */
  readonly position: number;
  readonly levelDb: number;
  /** Surprise in bits per sample, of the first 50 ms and of the rest: whether the model finds itself in what it is given. */
  readonly firstBits: number;
  readonly laterBits: number;
}

/** What holding a state does, against playing on. */
export interface HoldFigures {
  /** `none` plays on. */
  readonly tiers: 'none' | 'slow' | 'all';
  readonly everyMs: number;
  readonly levelDb: number;
  readonly bits: number;
  /** How much the octaves move from half second to half second, dB. */
  readonly spreadDb: number;
  /** How far the octaves of the last quarter are from those of the second before, dB. */
  readonly distanceDb: number;
}

export interface StatesReport {
  readonly bundle: string;
  readonly stepper: string;
  readonly pairs: number;
  readonly mixes: readonly MixFigures[];
  readonly holds: readonly HoldFigures[];
}

const POSITIONS = [0, 0.25, 0.5, 0.75, 1];
const HOLD_MS = [64, 250, 1000];
const FIRST_SECONDS = 0.05;
/** Played before a state counts as one of the model. */
const WARM_SECONDS = 6;
const STRETCH_SECONDS = 0.5;

/** A state, and the token that is due in it. */
interface Moment {
  readonly state: StateMemory;
  readonly token: number;
  readonly lastSecond: Float32Array;
}

export async function evalStates(folder: string, options: StatesEvalOptions): Promise<StatesReport> {
  const bundle = await loadBundle(folder);
  const { stepper } = await chooseStepper(bundle, options.stepper);
  try {
    const lab = new StateLab(bundle, stepper, bundleSampling(bundle, options), options.seconds);
    const mixes: MixFigures[][] = [];
    const holds: HoldFigures[][] = [];
    for (let pair = 0; pair < options.pairs; pair++) {
      const a = lab.moment(2 * pair + 1);
      const b = lab.moment(2 * pair + 2);
      mixes.push([]);
      for (const mixing of STATE_MIXINGS) {
        for (const position of POSITIONS) {
          mixes[pair]!.push(lab.mix(mixing, a, b, position, pair));
          options.onProgress((pair + 0.5) / options.pairs, `pair ${pair + 1}`);
          await yieldTurn();
        }
      }
      holds.push([lab.hold(a, 'none', 0, pair)]);
      for (const tiers of ['slow', 'all'] as const) {
        for (const everyMs of HOLD_MS) {
          holds[pair]!.push(lab.hold(a, tiers, everyMs, pair));
          await yieldTurn();
        }
      }
    }
    return {
      bundle: bundle.manifest.name,
      stepper: stepper.kind,
      pairs: options.pairs,
      mixes: means(mixes),
      holds: means(holds),
    };
  } finally {
    stepper.dispose();
  }
}

/** The mean of each number over the pairs; what is no number is the same in all. */
function means<Row extends object>(pairs: readonly (readonly Row[])[]): Row[] {
  return pairs[0]!.map(
    (first, at) =>
      Object.fromEntries(
        Object.entries(first).map(([key, value]) => {
          if (typeof value !== 'number') return [key, value];
          const values = pairs.map((rows) => rows[at]![key as keyof Row] as number);
          return [key, values.reduce((sum, each) => sum + each, 0) / values.length];
        }),
      ) as Row,
  );
}

class StateLab {
  private readonly voice: Voice;
  private readonly scratch: StateMemory;
  private readonly manifest: Bundle['manifest'];
  private readonly sampleRate: number;

  constructor(
    { manifest }: Bundle,
    private readonly stepper: Stepper,
    private readonly sampling: Sampling,
    private readonly seconds: number,
  ) {
    this.voice = stepper.createVoice(0);
    this.scratch = new StateMemory(this.voice.snapshotBytes);
    this.manifest = manifest;
    this.sampleRate = manifest.sampleRate;
  }

  /** What a piece has come to after some seconds. */
  moment(seed: number): Moment {
    const { voice, sampling } = this;
    voice.reset(seed);
    const out = new Float32Array(WARM_SECONDS * this.sampleRate);
    const ids = new Uint8Array(out.length);
    voice.stepBlock(out, out.length, sampling, ids);
    let token = ids.at(-1)!;
    while (!voice.isAligned) {
      voice.stepBlock(out, 1, sampling, ids);
      token = ids[0]!;
    }
    const state = new StateMemory(voice.snapshotBytes);
    voice.snapshot(state.bytes);
    return {
      state,
      token,
      lastSecond: deEmphasised(this.manifest, out).subarray(out.length - this.sampleRate),
    };
  }

  mix(mixing: StateMixing, a: Moment, b: Moment, position: number, seed: number): MixFigures {
    if (mixing === 'logits') return this.mixLogits(a, b, position, seed);
    const { voice, scratch } = this;
    this.begin(seed);
    mixStatesAs(mixing, voice.snapshotLayout(), a.state, b.state, position, scratch);
    voice.restore(scratch.bytes);
    return this.listen(voice, mixing, position);
  }

  /** Both states go on, and hear the same tokens; the token that is due comes from the nearer one. */
  private mixLogits(a: Moment, b: Moment, position: number, seed: number): MixFigures {
    const members = [
      { stepper: this.stepper, seed },
      { stepper: this.stepper, seed },
    ];
    const composite = createComposite(members, 'mixture', [1 - position, position]);
    const { ranges } = composite.snapshotLayout();
    const own = this.voice.snapshotLayout().ranges;
    const bytes = new Uint8Array(composite.snapshotBytes);
    composite.snapshot(bytes);
    for (const [k, { state }] of [a, b].entries()) {
      const first = ranges.length - (2 - k) * own.length;
      for (const [i, { offset, length }] of own.entries())
        bytes.set(state.bytes.subarray(offset, offset + length), ranges[first + i]!.offset);
    }
    composite.restore(bytes);
    // What is forced takes the place of the token that is due, whatever kind of composite it is.
    composite.forceBlock(Uint8Array.of(position < 0.5 ? a.token : b.token), 1);
    return this.listen(composite, 'logits', position);
  }

  private listen(voice: Voice, mixing: StateMixing, position: number): MixFigures {
    const { sampleRate, sampling } = this;
    const numFirst = Math.round(FIRST_SECONDS * sampleRate);
    const out = new Float32Array(Math.round(this.seconds * sampleRate));
    const before = voice.surprise;
    voice.stepBlock(out, numFirst, sampling);
    const middle = voice.surprise;
    voice.stepBlock(out.subarray(numFirst), out.length - numFirst, sampling);
    return {
      mixing,
      position,
      levelDb: levelDb(deEmphasised(this.manifest, out)),
      firstBits: (middle - before) / 256 / numFirst,
      laterBits: (voice.surprise - middle) / 256 / (out.length - numFirst),
    };
  }

  hold(moment: Moment, tiers: HoldFigures['tiers'], everyMs: number, seed: number): HoldFigures {
    const { voice, sampleRate, sampling } = this;
    const layout = voice.snapshotLayout();
    this.begin(seed);
    this.take(moment, ALL_TIERS);
    const mask = tiers === 'all' ? ALL_TIERS : slowTiers(layout.numTiers);
    const everyFrames = Math.round((everyMs * sampleRate) / 1000);
    const out = new Float32Array(4 * Math.round(this.seconds * sampleRate));
    const before = voice.surprise;
    let dueAt = everyFrames;
    for (let t = 0; t < out.length; ) {
      const isDue = tiers !== 'none' && t >= dueAt;
      if (isDue && voice.isAligned) {
        this.take(moment, mask);
        dueAt += everyFrames;
      }
      const left = tiers === 'none' ? out.length : t >= dueAt ? 1 : dueAt - t;
      const count = Math.min(out.length - t, left);
      voice.stepBlock(out.subarray(t), count, sampling);
      t += count;
    }
    const rows = octaveLevels(deEmphasised(this.manifest, out), sampleRate, STRETCH_SECONDS);
    const last = rows.slice(-Math.max(1, Math.round(rows.length / 4)));
    return {
      tiers,
      everyMs,
      levelDb: levelDb(deEmphasised(this.manifest, out)),
      bits: (voice.surprise - before) / 256 / out.length,
      spreadDb: spreadDb(rows),
      distanceDb: distanceDb(
        meanRow(last),
        meanRow(octaveLevels(moment.lastSecond, sampleRate, STRETCH_SECONDS)),
      ),
    };
  }

  /** The voice at its start, with draws of its own; its snapshot is in `scratch`. */
  private begin(seed: number): void {
    this.voice.reset(1000 + seed);
    this.voice.snapshot(this.scratch.bytes);
  }

  private take({ state }: Moment, tiers: TierMask): void {
    const { voice, scratch } = this;
    voice.snapshot(scratch.bytes);
    mixStates(voice.snapshotLayout(), state, state, 0, tiers, scratch);
    voice.restore(scratch.bytes);
  }
}

function levelDb(sound: Float32Array): number {
  return 10 * Math.log10(sound.reduce((sum, x) => sum + x * x, 0) / sound.length + 1e-12);
}
