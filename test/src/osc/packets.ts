/** Builders of packets for tests, and osc-js as the class it is at run time. */
import OSC from 'osc-js';
import type { OscArg, OscBundle, OscMessage, OscPacket, TimeTag } from '../../../src/osc/wire.js';

export function message(address: string, ...args: readonly OscArg[]): OscMessage {
  return { kind: 'message', address, args };
}

export function bundle(timeTag: TimeTag, ...elements: readonly OscPacket[]): OscBundle {
  return { kind: 'bundle', timeTag, elements };
}

export const i = (value: number): OscArg => ({ type: 'i', value });
export const f = (value: number): OscArg => ({ type: 'f', value });
export const s = (value: string): OscArg => ({ type: 's', value });

/** Sizes and offsets only: what the tests touch of osc-js. */
interface OscJsMessage {
  address: string;
  types: string;
  args: readonly unknown[];
  pack(): Uint8Array;
  unpack(view: DataView, offset?: number): number;
}
interface OscJsBundle {
  bundleElements: readonly unknown[];
  unpack(view: DataView, offset?: number): number;
}
interface OscJsTimetag {
  value: { seconds: number; fractions: number; timestamp(): number };
}
interface OscJsInstance {
  on(address: string, callback: (message: OscJsMessage) => void): number;
  eventHandler: { notify(message: OscJsMessage): unknown };
}

export const OscJs = OSC as unknown as {
  new (options: { plugin: null }): OscJsInstance;
  Message: new (address?: string, ...args: readonly unknown[]) => OscJsMessage;
  TypedMessage: new (address: string, args: readonly { type: string; value: unknown }[]) => OscJsMessage;
  Bundle: new () => OscJsBundle & { timetag: OscJsTimetag };
  Packet: new () => OscJsBundle & { value: { timetag: OscJsTimetag }; unpack(view: DataView): number };
};
