/** What the latency is measured of: which fader moves, and what else moves. */
import { PATCH_FORMAT, type Patch, type PatchEdge } from '../../../../graph/index.js';

/** `level`: a gain after the model. `temperature` and `topK`: the model's own. `note`: a key of a model that is played. */
export type Fader = 'level' | 'temperature' | 'topK' | 'note';

export interface Scenario {
  readonly fader: Fader;
  /** LFOs move what the fader leaves alone: levels, or for `topK` the temperature of the model. */
  readonly withLfos: boolean;
}

export const scenarios: readonly Scenario[] = [
  { fader: 'level', withLfos: false },
  { fader: 'level', withLfos: true },
  { fader: 'temperature', withLfos: false },
  { fader: 'topK', withLfos: true },
];
/** Of a model that takes notes. */
export const noteScenario: Scenario = { fader: 'note', withLfos: false };

/** Of the path without a fader, dB: loud enough to be told from silence, below the limiter for any sound. */
export const stillDb = -14;
/** Where the temperature stands between two trials, or what it sways around. */
export const restTemperature = 1;
const lfoAmountDb = 4;
const lfoTemperature = 0.3;

/**
 * A left and a right channel of the same sound, of which the fader moves the left one: what both have in common
 * cancels, so that its work shows at its first sample. For the level that is one model, on the left through the node
 * `level`, on the right through `still`; LFOs move what follows. The temperature is heard on both channels, and
 * compared with the sound of the unmoved model. For topK the right channel is a second model, `twin`, which is given
 * the same seed; the same LFOs move the temperatures of both. So it is for a note, which is played on one of them.
 */
export function latencyPatch(bundle: string, { fader, withLfos }: Scenario): Patch {
  const hasTwin = fader === 'topK' || fader === 'note';
  const swayed = fader === 'topK' ? ['model.temperature', 'twin.temperature'] : ['sway.gainDb'];
  const amount = fader === 'topK' ? lfoTemperature : lfoAmountDb;
  const lfos: PatchEdge[] = swayed.flatMap((to) => [
    { from: 'tide.out', to, amount },
    { from: 'ripple.out', to, amount: amount / 4 },
  ]);
  const strings: PatchEdge[] = [
    { from: 'hands.notes', to: 'model.notes' },
    { from: 'others.notes', to: 'twin.notes' },
  ];
  const edges: PatchEdge[] = [
    { from: 'model.audio', to: 'level.audio' },
    { from: `${hasTwin ? 'twin' : 'model'}.audio`, to: 'still.audio' },
    { from: 'level.audio', to: 'left.audio' },
    { from: 'still.audio', to: 'right.audio' },
    { from: 'left.audio', to: 'both.in1' },
    { from: 'right.audio', to: 'both.in2' },
    { from: 'both.audio', to: 'sway.audio' },
    ...(withLfos ? lfos : []),
    ...(fader === 'note' ? strings : []),
  ];
  const model = (id: string) => ({
    id,
    type: 'sashimi',
    settings: { bundle },
    params: { temperature: restTemperature },
  });
  const keyboard = (id: string) => ({ id, type: 'note-osc', settings: {}, params: {} });
  return {
    format: PATCH_FORMAT,
    formatVersion: 1,
    title: 'Latency',
    description: 'One model with and without a moving fader.',
    messages: [],
    nodes: [
      model('model'),
      ...(hasTwin ? [model('twin')] : []),
      ...(fader === 'note' ? [keyboard('hands'), keyboard('others')] : []),
      { id: 'tide', type: 'lfo', settings: {}, params: { rateHz: 0.7 } },
      { id: 'ripple', type: 'lfo', settings: {}, params: { rateHz: 9 } },
      { id: 'level', type: 'gain', settings: {}, params: { gainDb: stillDb } },
      { id: 'still', type: 'gain', settings: {}, params: { gainDb: stillDb } },
      { id: 'left', type: 'pan', settings: {}, params: { position: -1 } },
      { id: 'right', type: 'pan', settings: {}, params: { position: 1 } },
      { id: 'both', type: 'mix', settings: {}, params: {} },
      { id: 'sway', type: 'gain', settings: {}, params: {} },
    ],
    edges,
    output: 'sway.audio',
  };
}

/** Without any node that delays: what is left is the master stage. */
export const emptyPatch: Patch = {
  format: PATCH_FORMAT,
  formatVersion: 1,
  title: 'Empty',
  description: 'Nothing, mixed.',
  messages: [],
  nodes: [{ id: 'nothing', type: 'mix', settings: {}, params: {} }],
  edges: [],
  output: 'nothing.audio',
};
