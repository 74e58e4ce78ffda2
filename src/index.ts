/** What programs and plugins take from this package. */
export * from '../graph/index.js';
export { ModelError, type ModelErrorCode, modelErrors } from '../models/index.js';
export {
  MODEL_STREAMS,
  type ModelStreams,
  NodeError,
  nodeErrors,
  nodeTypes,
  SINK_DRIVERS,
} from '../nodes/index.js';
export {
  createEngineParts,
  createNodeRegistry,
  loadPlugins,
  type Plugin,
  type PluginExports,
  serviceId,
} from './container/index.js';
export type { ControlMessage, EngineStatus, StampedMessage } from './control/index.js';
export { Engine } from './engine/engine.js';
export { EngineError, type EngineErrorCode, engineErrors } from './engine/errors.js';
export { type LatencyBudget, latencyBudget } from './engine/latency.js';
export type { EngineNotice } from './engine/notice.js';
export type { EngineOptions, EngineParts, EngineSink } from './engine/options.js';
export { listPresets, type Preset, readPreset } from './engine/presets.js';
export { type RenderOptions, type RenderResult, renderPatch } from './engine/render.js';
export {
  type PlayEvent,
  type PlayHandle,
  type PlayOptions,
  playDefaults,
  startPlay,
} from './process/index.js';
export { packageVersion } from './version.js';
