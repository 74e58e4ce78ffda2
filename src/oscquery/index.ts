/** OSCQuery: what an engine can be told, as a tree that a client reads. */
export * from './namespace.js';
