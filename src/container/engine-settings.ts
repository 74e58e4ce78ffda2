/** What the services of one engine need to know. */
export type { ModelStreamSettings as EngineSettings } from '../engine/model-streams.js';
