/** The OSC server as the engine process sees it. */

export { createOscClient, type OscClient } from './client.js';
export { ClockReader, type ClockReading, ClockWriter, createClockPage } from './clock-page.js';
export { monotonicMs } from './monotonic.js';
export { type OscHandle, type OscWorkerOptions, startOscWorker } from './start-osc-worker.js';
export type { OscArg, OscBundle, OscMessage, OscPacket } from './wire.js';
export type { Peer } from './worker-protocol.js';
