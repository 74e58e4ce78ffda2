/** The control plane: what may be said to an engine, checked and clamped, whoever says it. */
export * from './address-table.js';
export * from './coerce.js';
export type { CommandArgSpec, CommandSpec } from './commands/spec.js';
export * from './commands.js';
export * from './errors.js';
export * from './events.js';
export * from './interpret.js';
export * from './log-lines.js';
export * from './messages.js';
export * from './nearest.js';
export { createParamRing } from './param-ring.js';
export * from './reply-order.js';
export * from './status.js';
export * from './status-fields.js';
export * from './voice-addresses.js';
export * from './voice-messages.js';
