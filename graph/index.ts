export * from './action-args.js';
export * from './compile.js';
export * from './cond-frames.js';
export { editFadeMs } from './crossfade.js';
export { type GraphEdit, PatchEditor } from './edit-patch.js';
export * from './errors.js';
export * from './latency.js';
export * from './nearest.js';
export * from './node.js';
export type { GraphNotice } from './notice.js';
export * from './param.js';
export * from './param-law.js';
export * from './param-store.js';
export * from './patch.js';
export * from './prepare.js';
export * from './random.js';
export * from './registry.js';
export * from './run.js';
export * from './settings.js';
export {
  abandonSuccession,
  type Succession,
  type SuccessionObstacle,
  type SuccessionPlan,
} from './succession.js';
export * from './units.js';
