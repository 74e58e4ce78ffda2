import type { ModelStreamSettings } from '../engine/model-streams.js';

/** What the services of one engine need to know. */
export interface EngineSettings extends ModelStreamSettings {
  /** Where states of models are saved and loaded; `states` in the working folder when left out. */
  readonly statesFolder?: string;
}
