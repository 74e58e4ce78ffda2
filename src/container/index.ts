/** The composition root's container and its plugins. */
export * from './container.js';
export * from './engine-settings.js';
export * from './node-registry.js';
export * from './plugins.js';
export * from './tokens.js';
