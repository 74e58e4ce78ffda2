import { defineNode, msToFrames, perBlock } from '../../graph/index.js';
import { SPEECH_DIM } from '../../models/index.js';
import { createAudioBlock } from '../audio-block.js';
import { Resampler } from '../dsp/resampler.js';
import { designResamplerFilter, lowLatencyQuality } from '../dsp/resampler-filter.js';
import { MODEL_STREAMS, type StateOwner } from '../services.js';
import { ControlPlan } from './control-plan.js';
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

const params = {
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
} as const;

export const sashimi = defineNode({
  type: 'sashimi',
  role: 'source',
  summary:
    'A SaShiMi model that makes sound, one sample at a time; notes, classes or speech steer one that was trained for them.',
  params,
  settings: {
    bundle: { type: 'string', label: 'Model bundle: a name in models/zoo, or a path', default: 'shore' },
    watchdog: {
      type: 'bool',
      label: 'Take the model back to an earlier state when it runs away',
      default: true,
    },
  },
  actions: {
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
  },
  inputs: {
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
  },
  outputs: { audio: { kind: 'audio', channels: 1 } },
  prepare: async (ctx) => {
    const streams = ctx.services.get(MODEL_STREAMS);
    const { temperature, topP, topK } = params;
    const { stream, manifest, stepper } = await streams.open({
      nodeId: ctx.nodeId,
      bundle: ctx.settings.bundle,
      seed: ctx.seed,
      sampling: { temperature: temperature.default, topP: topP.default, topK: topK.default },
      mode: ctx.mode,
      watchdog: ctx.settings.watchdog,
    });
    try {
      return {
        streams,
        stream,
        stateOwner: (): StateOwner => ({
          bundle: manifest.name,
          weightsSha256: manifest.weights.sha256,
          stepper: stepper.kind,
          stateBytes: stream.states.slotBytes,
        }),
        filter: designResamplerFilter(stream.sampleRate, ctx.sampleRate, lowLatencyQuality),
      };
    } catch (error) {
      await stream.close();
      throw error;
    }
  },
  // How long control takes to reach the stream's frames is told by the stream, since it changes while it plays.
  latencyFrames: (ctx, { stream, filter }) =>
    Math.round((filter.delayFrames * ctx.sampleRate) / stream.sampleRate),
  create: (ctx, { streams, stream, stateOwner, filter }) =>
    perBlock(() => {
      const maxModelFrames = Math.ceil((ctx.maxBlockFrames * stream.sampleRate) / ctx.sampleRate) + 1;
      const modelFrames = new Float32Array(maxModelFrames);
      const modelBlock = [modelFrames];
      const resampler = new Resampler({ channels: 1, filter, maxInputFrames: maxModelFrames });
      const out = createAudioBlock(1, ctx.maxBlockFrames);
      const result = { audio: out };

      const plan = new ControlPlan(stream, ctx.sampleRate, ctx.params);
      const gaps = new GapReport(stream, ctx.sampleRate);
      const faults = new FaultReport(stream);
      const runaways = new RunawayReport(stream, (cause, count) =>
        streams.reportRunaway(ctx.nodeId, cause, count),
      );
      let now = 0;
      const reader = new StreamReader(stream, msToFrames(FADE_MS, stream.sampleRate), (missingFrames) => {
        streams.reportGap(ctx.nodeId, missingFrames);
        gaps.count(now);
      });

      const steering = new Steering(stream, ctx, maxModelFrames);
      const states = new StateInstrument(ctx, stream, stateOwner);
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
        bundle: ctx.settings.bundle,
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
        reader.read(modelFrames, numModelFrames);
        resampler.push(modelBlock, 0, numModelFrames);
        resampler.pull(out.channels, 0, tick.numFrames);
        const fault = reader.isPlaying() ? undefined : faults.due();
        if (fault !== undefined) ctx.warn(fault.code, fault.message);
        const due = gaps.due(now);
        if (due !== undefined) ctx.warn('MODEL_XRUN', due);
        const runaway = runaways.due();
        if (runaway !== undefined) ctx.warn('MODEL_RUNAWAY', runaway);
        return result;
      };
    }),
  dispose: async ({ stream }) => {
    await stream.close();
  },
});
