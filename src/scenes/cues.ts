/** Cue lists: what comes after what. */
import type { CurveName } from './curve.js';
import { SchemaReader } from './schema.js';

export interface Cue {
  readonly name?: string;
  readonly note?: string;
  readonly preset?: string;
  readonly snapshot?: string;
  readonly ms?: number;
  readonly curve?: CurveName;
  readonly waitMs?: number;
  readonly followMs?: number;
}

/** As src/scenes/cues.schema.json says. */
export interface CueList {
  readonly format: 'sashimi-live/cues';
  readonly formatVersion: 1;
  readonly title?: string;
  readonly cues: readonly Cue[];
}

const reader = new SchemaReader<CueList>('cues');

/** Throws SCENE_FORMAT or SCENE_VERSION. */
export function parseCues(text: string, file: string): CueList {
  return reader.read(text, file);
}
