/** The two processes: the supervisor's side, as the CLI uses it. */
export * from './play-options.js';
export { listDevices, probeSinks } from './probe-sinks.js';
export { startPlay } from './start-play.js';
