/** Bindings with what their addresses mean in the patch that plays. Plain data: they cross threads. */
import type { ParamSetting } from '../../graph/index.js';
import type { AddressEntry } from '../control/index.js';
import type { Binding } from './binding.js';
import type { BindCode } from './errors.js';
import type { MidiControl } from './midi-control.js';

export interface BoundEntry {
  readonly entry: AddressEntry;
  /** What a param, or the master, holds now. */
  readonly value?: ParamSetting;
}

export interface ResolvedBinding {
  /** Of its binding as long as the engine keeps it. */
  readonly id: number;
  readonly binding: Binding;
  /** What the address, or the pattern, means now. Empty while the patch has none of it. */
  readonly entries: readonly BoundEntry[];
}

/** A param, or the master, holds another value. */
export interface ValueChange {
  readonly address: string;
  readonly value: ParamSetting;
}

/** What the thread of the ports tells of bindings. */
export type BindingNews =
  | { readonly kind: 'learned'; readonly control: MidiControl }
  | { readonly kind: 'refused'; readonly code: BindCode; readonly message: string };
