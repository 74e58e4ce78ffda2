import {
  type ActionSpecs,
  msToFrames,
  type NodeContext,
  type NodeInput,
  type ParamSpecs,
  type PortSpecs,
  type PortValues,
  type PrepareContext,
  perBlock,
} from '../../graph/index.js';
import { type BundleManifest, DeEmphasis, type ModelStream, SPEECH_DIM } from '../../models/index.js';
import { createAudioBlock } from '../audio-block.js';
import { Resampler } from '../dsp/resampler.js';
import { designResamplerFilter, lowLatencyQuality, type ResamplerFilter } from '../dsp/resampler-filter.js';
import {
  MODEL_STREAMS,
  type ModelStreams,
  type SecondModelRequest,
  type StartGate,
  type StateOwner,
} from '../services.js';
import { type BlendParam, ControlPlan } from './control-plan.js';
import { FaultReport } from './fault-report.js';
import { GapReport } from './gap-report.js';
import { HeardRing } from './heard-ring.js';
import { listenAction, Priming, primeAction } from './priming.js';
import { MAX_CLASSES, ROW_RATE_HZ } from './row-feeds.js';
import { RunawayReport } from './runaway-report.js';
import { stateActions, stateParams } from './state-actions.js';
import { StateInstrument } from './state-instrument.js';
import { Steering } from './steering.js';
import { StreamReader } from './stream-reader.js';

/** Of what is joined: starts, resets, and the edges of gaps. */
const FADE_MS = 8;
/** Of the old sound under what the model goes on with after it has listened. */
const PRIME_FADE_MS = 60;

/** Of every node that plays models. */
export const modelParams = {
  temperature: {
    type: 'float',
    label: 'Temperature',
    unit: 'ratio',
    min: 0,
    max: 4,
    default: 1,
    warp: 'lin',
    smoothingMs: 0,
  },
  topP: {
    type: 'float',
    label: 'Nucleus (top-p)',
    unit: 'ratio',
    min: 0.01,
    max: 1,
    default: 1,
    warp: 'lin',
    smoothingMs: 0,
  },
  topK: {
    type: 'int',
    label: 'Most probable tokens kept (top-k), 0 for all',
    unit: 'none',
    min: 0,
    max: 256,
    default: 0,
  },
  ...stateParams,
} as const satisfies ParamSpecs;

export const watchdogSetting = {
  type: 'bool',
  label: 'Take the model back to an earlier state when it runs away',
  default: true,
} as const;

export const modelActions = {
  reset: {
    label: 'Reset',
    description: 'Starts the model anew; the old sound fades under the new one.',
    args: [
      {
        name: 'seed',
        type: 'int',
        description: 'Which of its pieces; the same seed, the same sound.',
        optional: true,
      },
    ],
  },
  prime: primeAction,
  listen: listenAction,
  ...stateActions,
} as const satisfies ActionSpecs;

export const modelInputs = {
  heard: { kind: 'audio', channels: 'follow', optional: true, label: 'What the action listen takes in' },
  notes: { kind: 'event', optional: true, label: 'Notes, for a model that is played by them' },
  classes: {
    kind: 'cond',
    dim: MAX_CLASSES,
    rateHz: ROW_RATE_HZ,
    optional: true,
    label: 'Weights of the classes, for a model that has some',
  },
  speech: {
    kind: 'cond',
    dim: SPEECH_DIM,
    rateHz: ROW_RATE_HZ,
    optional: true,
    label: 'What to say and how high, for a model of the voice',
  },
} as const satisfies PortSpecs;

export const modelOutputs = { audio: { kind: 'audio', channels: 1 } } as const satisfies PortSpecs;

/** What a node plays. */
export interface ModelChoice {
  readonly bundle: string;
  /** The model that sounds as one with it. */
  readonly second?: SecondModelRequest | undefined;
  /** `Sampling.blend` until the node plays. */
  readonly initialBlend?: number;
  readonly watchdog: boolean;
}

/** What `openModel` makes: the stream is the node's, until `closeModel`. */
export interface OpenModel {
  readonly streams: ModelStreams;
  readonly stream: ModelStream;
  readonly gate: StartGate | undefined;
  readonly bundle: string;
  readonly second: SecondModelRequest | undefined;
  readonly manifest: BundleManifest;
  readonly stateOwner: () => StateOwner;
  readonly filter: ResamplerFilter;
}

/** Off the audio path. Rejects with the coded errors of bundles and steppers, and for two models that do not fit. */
export async function openModel(
  ctx: Pick<PrepareContext, 'nodeId' | 'mode' | 'seed' | 'sampleRate' | 'services'>,
  { bundle, second, initialBlend = 0, watchdog }: ModelChoice,
): Promise<OpenModel> {
  const streams = ctx.services.get(MODEL_STREAMS);
  const { temperature, topP, topK } = modelParams;
  const { stream, manifest, secondManifest, stepper, gate } = await streams.open({
    nodeId: ctx.nodeId,
    bundle,
    ...(second && { second }),
    seed: ctx.seed,
    sampling: {
      temperature: temperature.default,
      topP: topP.default,
      topK: topK.default,
      blend: initialBlend,
    },
    mode: ctx.mode,
    watchdog,
  });
  try {
    const manifests = secondManifest ? [manifest, secondManifest] : [manifest];
    return {
      streams,
      stream,
      gate,
      bundle,
      second,
      manifest,
      stateOwner: (): StateOwner => ({
        bundle: manifests.map(({ name }) => name).join(' + '),
        weightsSha256: manifests.map(({ weights }) => weights.sha256).join('+'),
        stepper: stepper.kind,
        stateBytes: stream.states.slotBytes,
      }),
      filter: designResamplerFilter(stream.sampleRate, ctx.sampleRate, lowLatencyQuality),
    };
  } catch (error) {
    await stream.close();
    throw error;
  }
}

/** How long control takes to reach the stream's frames is told by the stream, since it changes while it plays. */
export function modelLatencyFrames(
  { sampleRate }: Pick<PrepareContext, 'sampleRate'>,
  { stream, filter }: OpenModel,
): number {
  return Math.round((filter.delayFrames * sampleRate) / stream.sampleRate);
}

/** Of a node that has a second model, or may have one. */
export interface BlendControl {
  readonly param: BlendParam;
  /** What the param may be without a second model; anything else is told with MODEL_NOT_GUIDED. */
  readonly neutral: number;
}

/** The operator of a node that has the params, actions, inputs and outputs above. */
export const playModel = (
  ctx: Pick<
    NodeContext<typeof modelParams, Record<never, never>, typeof modelActions>,
    Exclude<keyof NodeContext, 'settings'>
  >,
  { streams, stream, gate, bundle, second, manifest, stateOwner, filter }: OpenModel,
  blend?: BlendControl,
) =>
  perBlock<NodeInput<typeof modelInputs>, PortValues<typeof modelOutputs>>(() => {
    const maxModelFrames = Math.ceil((ctx.maxBlockFrames * stream.sampleRate) / ctx.sampleRate) + 1;
    const modelFrames = new Float32Array(maxModelFrames);
    const modelBlock = [modelFrames];
    const resampler = new Resampler({ channels: 1, filter, maxInputFrames: maxModelFrames });
    const out = createAudioBlock(1, ctx.maxBlockFrames);
    const result = { audio: out };

    const plan = new ControlPlan(stream, ctx.sampleRate, ctx.params, second && blend?.param);
    const gaps = new GapReport(stream, ctx.sampleRate);
    const faults = new FaultReport(stream);
    const runaways = new RunawayReport(stream, (cause, count) =>
      streams.reportRunaway(ctx.nodeId, cause, count),
    );
    let now = 0;
    const reader = new StreamReader(
      stream,
      new DeEmphasis(manifest),
      msToFrames(FADE_MS, stream.sampleRate),
      (missingFrames) => {
        streams.reportGap(ctx.nodeId, missingFrames);
        gaps.count(now);
      },
      gate,
    );

    if (second?.isFirstDropped && stream.conditioning.length === 0) {
      ctx.warn(
        'MODEL_NOT_GUIDED',
        'this model takes no inputs: it is stepped twice and guidance changes nothing',
      );
    }
    let isGuidanceTold = second !== undefined || blend === undefined;

    const steering = new Steering(stream, ctx, maxModelFrames);
    const states = new StateInstrument(ctx, stream, stateOwner, maxModelFrames);
    const restart = (seed: number): void => {
      reader.restart(seed);
      plan.restart();
      states.restart();
      steering.restart();
    };
    ctx.onAction('reset', ([seed]) => {
      restart((typeof seed === 'number' ? seed : ctx.seed) >>> 0);
      return undefined;
    });
    const heard = ctx.isConnected('heard') ? new HeardRing(ctx.sampleRate) : undefined;
    const priming = new Priming(streams, {
      bundle,
      second,
      mode: ctx.mode,
      heard,
      takeUp: (snapshot) => states.takeUp(snapshot, msToFrames(PRIME_FADE_MS, stream.sampleRate)),
      warn: ctx.warn,
    });
    ctx.onAction('prime', (args) => priming.prime(args));
    ctx.onAction('listen', (args) => priming.listen(args));
    plan.begin();
    // Whatever the stream did before: every subscription begins with the first frame of its seed.
    restart(ctx.seed);

    return ({ tick, in: inputs }) => {
      now = tick.startFrame;
      heard?.write(inputs.heard, tick.numFrames);
      const numModelFrames = resampler.inputNeeded(tick.numFrames);
      const isPlaying = reader.isPlaying();
      if (isPlaying) plan.tell(tick, numModelFrames);
      steering.tell(tick, numModelFrames, isPlaying, inputs);
      states.tell(tick, isPlaying);
      reader.read(modelFrames, numModelFrames, isPlaying);
      resampler.push(modelBlock, 0, numModelFrames);
      resampler.pull(out.channels, 0, tick.numFrames);
      if (!isGuidanceTold && blend?.param.get() !== blend?.neutral) {
        isGuidanceTold = true;
        ctx.warn('MODEL_NOT_GUIDED', 'guidance was moved, but the setting guidance of this node is off');
      }
      const fault = reader.isWaiting ? faults.due() : undefined;
      if (fault !== undefined) ctx.warn(fault.code, fault.message);
      const due = gaps.due(now);
      if (due !== undefined) ctx.warn('MODEL_XRUN', due);
      const runaway = runaways.due();
      if (runaway !== undefined) ctx.warn('MODEL_RUNAWAY', runaway);
      return result;
    };
  });

export async function closeModel({ stream }: OpenModel): Promise<void> {
  await stream.close();
}
