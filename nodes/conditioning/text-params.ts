import { singerParams } from './singer-params.js';

/** Those of a singer, and of somebody who speaks. */
export const textParams = {
  ...singerParams,
  pitchHz: { ...singerParams.pitchHz, label: 'Pitch of what is spoken' },
  rate: {
    type: 'float',
    label: 'Pace of what is spoken, from the next phone on',
    unit: 'ratio',
    min: 0.25,
    max: 4,
    default: 1,
    warp: 'exp',
    smoothingMs: 0,
  },
  pitchRange: {
    type: 'float',
    label: 'How far the pitch of what is spoken moves; 0: not at all',
    unit: 'ratio',
    min: 0,
    max: 3,
    default: 1,
    warp: 'lin',
    smoothingMs: 0,
  },
  vibratoDelayMs: { ...singerParams.vibratoDelayMs, default: 250 },
  repeat: { type: 'bool', label: 'Sing the words again when they are over', default: true },
} as const;
