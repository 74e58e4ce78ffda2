/** The OSC server as the engine process sees it. */

export type { PortItem } from './audio-way.js';
export { createOscClient, type OscClient } from './client.js';
export { ClockReader, type ClockReading, ClockWriter, createClockPage } from './clock-page.js';
export { Gate } from './gate.js';
export { monotonicMs } from './monotonic.js';
export type { Pulse } from './pulse.js';
export { RATES, TokenBucket } from './rate-limit.js';
export { reachable } from './reachable.js';
export { type OscHandle, type OscWorkerOptions, startOscWorker } from './start-osc-worker.js';
export type { ValueChanges } from './value-board.js';
export { IMMEDIATELY, type OscArg, type OscBundle, type OscMessage, type OscPacket } from './wire.js';
export { encodePacket } from './wire-encode.js';
export type { Peer, Subscriber } from './worker-protocol.js';
