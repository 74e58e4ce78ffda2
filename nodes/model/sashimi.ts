import { defineNode, msToFrames, perBlock } from '../../graph/index.js';
import type { ModelStream } from '../../models/index.js';
import { createAudioBlock } from '../audio-block.js';
import { Resampler } from '../dsp/resampler.js';
import { designResamplerFilter, lowLatencyQuality } from '../dsp/resampler-filter.js';
import { MODEL_STREAMS, type StateOwner } from '../services.js';
import { ControlPlan } from './control-plan.js';
import { FaultReport } from './fault-report.js';
import { GapReport } from './gap-report.js';
import { isFedByNotes, MODEL_KEYS, NoteConditioner } from './note-conditioner.js';
import { RunawayReport } from './runaway-report.js';
import { stateActions, stateParams } from './state-actions.js';
import { StateInstrument } from './state-instrument.js';
import { StreamReader } from './stream-reader.js';

/** Of what is joined: starts, resets, and the edges of gaps. */
const FADE_MS = 8;

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
    'A SaShiMi model that makes sound, one sample at a time; notes play one that was trained for them.',
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
    ...stateActions,
  },
  inputs: {
    notes: { kind: 'event', optional: true, label: 'Notes, for a model that is played by them' },
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

      const hasNotes = ctx.isConnected('notes');
      const takesNotes = stream.conditioning.some((input) => isFedByNotes(input, stream.sampleRate));
      const notes =
        hasNotes && takesNotes
          ? new NoteConditioner(stream, ctx.sampleRate, maxModelFrames, (pitch) =>
              ctx.warn(
                'MODEL_NO_SUCH_KEY',
                `note ${pitch} was ignored: this model has the keys ${MODEL_KEYS}`,
              ),
            )
          : undefined;
      const states = new StateInstrument(ctx, stream, stateOwner);
      const restart = (seed: number): void => {
        reader.restart(seed);
        plan.restart();
        states.restart();
        notes?.restart();
      };
      ctx.onAction('reset', ([seed]) => {
        restart((typeof seed === 'number' ? seed : ctx.seed) >>> 0);
        return undefined;
      });
      plan.begin();
      // Whatever the stream did before: every subscription begins with the first frame of its seed.
      restart(ctx.seed);
      tellWhatDoesNotFit(stream, hasNotes, ctx.warn);

      return ({ tick, in: inputs }) => {
        now = tick.startFrame;
        const numModelFrames = resampler.inputNeeded(tick.numFrames);
        const isPlaying = reader.isPlaying();
        if (isPlaying) plan.tell(tick, numModelFrames);
        notes?.tell(tick, numModelFrames, isPlaying, inputs.notes);
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

/** Of a model and its patch: inputs that nothing here can feed, and notes that nothing takes. */
function tellWhatDoesNotFit(
  { conditioning, sampleRate }: ModelStream,
  hasNotes: boolean,
  warn: (code: string, message: string) => void,
): void {
  const others = conditioning.filter((input) => !isFedByNotes(input, sampleRate)).map(({ name }) => name);
  if (others.length > 0) {
    warn('MODEL_NOT_STEERED', `nothing can feed ${others.join(', ')} of this model: it plays without`);
  }
  if (hasNotes && others.length === conditioning.length) {
    warn('MODEL_TAKES_NO_NOTES', 'notes are connected, but this model takes none');
  }
}
