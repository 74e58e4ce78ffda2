/** MIDI controls bound to addresses: what moves is said, what changes goes back. */
export * from './binding.js';
export * from './binding-book.js';
export * from './binding-player.js';
export * from './bindings-file.js';
export * from './errors.js';
export { parseMessageText } from './message-text.js';
export * from './midi-control.js';
export * from './resolve.js';
export * from './resolved.js';
