/** What the latency is measured of: which fader moves, and what else moves. */
import { PATCH_FORMAT, type Patch, type PatchEdge } from '../../../../graph/index.js';

/** `level`: a gain after the model. `temperature`: the model's own. */
export type Fader = 'level' | 'temperature';

export interface Scenario {
  readonly fader: Fader;
  /** LFOs move levels while the fader is moved. */
  readonly withLfos: boolean;
}

export const scenarios: readonly Scenario[] = [
  { fader: 'level', withLfos: false },
  { fader: 'level', withLfos: true },
  { fader: 'temperature', withLfos: false },
  { fader: 'temperature', withLfos: true },
];

/** Of the path without a fader, dB: loud enough to be told from silence, below the limiter for any sound. */
export const stillDb = -14;
/** Where the temperature stands between two trials. */
export const restTemperature = 1;
const lfoAmountDb = 4;

/**
 * One model on two channels: on the left through the node `level`, on the right through `still`. What both have in
 * common cancels, so the fader's work shows at its first sample. For the level LFOs move what follows, both channels
 * alike; for the temperature only the left one, and the right is compared with the sound of the unmoved model.
 */
export function latencyPatch(bundle: string, { fader, withLfos }: Scenario): Patch {
  const swayed = fader === 'level' ? 'sway' : 'level';
  const lfos: PatchEdge[] = [
    { from: 'tide.out', to: `${swayed}.gainDb`, amount: lfoAmountDb },
    { from: 'ripple.out', to: `${swayed}.gainDb`, amount: lfoAmountDb / 4 },
  ];
  const edges: PatchEdge[] = [
    { from: 'model.audio', to: 'level.audio' },
    { from: 'model.audio', to: 'still.audio' },
    { from: 'level.audio', to: 'left.audio' },
    { from: 'still.audio', to: 'right.audio' },
    { from: 'left.audio', to: 'both.in1' },
    { from: 'right.audio', to: 'both.in2' },
    { from: 'both.audio', to: 'sway.audio' },
    ...(withLfos ? lfos : []),
  ];
  return {
    format: PATCH_FORMAT,
    formatVersion: 1,
    title: 'Latency',
    description: 'One model with and without a moving fader.',
    messages: [],
    nodes: [
      { id: 'model', type: 'sashimi', settings: { bundle }, params: { temperature: restTemperature } },
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
