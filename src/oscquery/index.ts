/** OSCQuery: what an engine can be told, as a tree that a client reads, listens to and moves. */
export * from './announcement.js';
export { Announcer, type AnnouncerOptions } from './announcer.js';
export * from './changes.js';
export * from './host-info.js';
export * from './namespace.js';
export * from './query.js';
export { QueryServer, type QueryServerOptions } from './server.js';
export * from './trust.js';
