export * from './node.js';
export * from './param.js';
export * from './units.js';
