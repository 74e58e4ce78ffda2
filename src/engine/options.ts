/** What an Engine is made of. Plain data but for `parts`; the same for live and offline. */
import type { NodeRegistry, Patch, Services } from '../../graph/index.js';
import type { ModelStreamTable } from './model-stream-table.js';

export type { OnnxProvider, StepperChoice } from '../../models/index.js';

export type EngineMode = 'live' | 'offline';

/** The sink node at the end of the master stage. */
export interface EngineSink {
  readonly type: 'speaker' | 'null' | 'wav-file';
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** What the composition root injects: node types and services. */
export interface EngineParts {
  readonly registry: NodeRegistry;
  readonly services: Services;
  /** The streams that the services' MODEL_STREAMS has opened. */
  readonly models: ModelStreamTable;
}

export interface EngineOptions {
  readonly patch: Patch;
  readonly presetName: string;
  readonly mode: EngineMode;
  /** Hz. */
  readonly sampleRate: number;
  /** Largest block that one `process` call may ask for, and the sink's block. */
  readonly blockFrames: number;
  readonly channels: number;
  /** uint32. */
  readonly seed: number;
  /** Left out: no sink node; the caller reads `Engine.output`. */
  readonly sink?: EngineSink;
  readonly masterGainDb?: number;
  readonly muted?: boolean;
  /** Of a replay: after a panic the patch is built anew by `Engine.rebuild` alone, when it was. */
  readonly isRebuiltByHand?: boolean;
  /** Where the numbers for status go: another thread's view of them. */
  readonly statusPage?: SharedArrayBuffer;
  readonly parts: EngineParts;
}
