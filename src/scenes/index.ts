/** Presets of one's own, snapshots, morphs and cues: what may be kept of a performance, and how to get from one to the other. */
export * from './cue-player.js';
export * from './cues.js';
export * from './curve.js';
export * from './edited-patch.js';
export * from './errors.js';
export * from './file-watch.js';
export * from './morpher.js';
export * from './scene-folder.js';
export * from './snapshots.js';
export * from './waypoints.js';
