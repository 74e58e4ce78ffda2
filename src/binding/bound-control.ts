/** One binding at work: what a movement of its control asks for, and where the control should stand. */
import type { ParamSetting } from '../../graph/index.js';
import type { AddressEntry, ControlArg } from '../control/index.js';
import type { Binding, Manner } from './binding.js';
import type { Movement } from './control-decoder.js';
import { feedbackMessages, hasFeedback, wireValue } from './feedback.js';
import { type ArgText, parseMessageText } from './message-text.js';
import type { ResolvedBinding } from './resolved.js';
import { argLaw, paramLaw, type ValueLaw } from './value-law.js';

/** A control this near to its param has it: a step of 7 bits and a half. */
export const PICKUP_WITHIN = 0.012;
/** What comes back this soon with the value that was just sent is the machine's own echo. */
const ECHO_MS = 100;
/** A control that was moved this lately is in somebody's hand. */
const HAND_MS = 150;
const HALF = 0.5;

export interface Way {
  readonly entry: AddressEntry;
  readonly law: ValueLaw;
}

export class BoundControl {
  readonly id: number;
  readonly binding: Binding;
  readonly ways: readonly Way[];
  /** Whether the control should be told where to stand. */
  isDue = true;
  hasRefused = false;
  private readonly args: readonly ArgText[];
  private readonly manner: Manner;
  private readonly isPress: boolean;
  /** Of the last movement, 0 to 1. */
  private position: number | undefined;
  private channel: number;
  private isHeld = false;
  /** Of a toggle without a value of its own. */
  private isOn = false;
  private movedMs = Number.NEGATIVE_INFINITY;
  /** On the wire: where the control stands as far as is known. */
  private shown: number | undefined;
  private fedMs = Number.NEGATIVE_INFINITY;

  constructor({ id, binding, entries }: ResolvedBinding) {
    this.id = id;
    this.binding = binding;
    const { args } = parseMessageText(binding.to);
    this.args = args;
    this.ways = entries.map(({ entry }) => ({ entry, law: lawOf(entry, args, binding) }));
    this.manner = binding.as ?? mannerOf(binding, entries[0]?.entry, args);
    const { kind, number } = binding.control;
    this.isPress = kind === 'program' && number !== undefined;
    this.channel = binding.control.channel || 1;
  }

  /** The same control went on being bound, in another patch or with others beside it. */
  goOnFrom(earlier: BoundControl, value: ParamSetting | undefined): void {
    this.position = earlier.position;
    this.channel = earlier.channel;
    this.isOn = earlier.isOn;
    this.movedMs = earlier.movedMs;
    this.shown = earlier.shown;
    this.fedMs = earlier.fedMs;
    this.hasRefused = earlier.hasRefused;
    this.isHeld = earlier.isHeld;
    this.valueChanged(value);
  }

  hears(portName: string, channel: number): boolean {
    const { control } = this.binding;
    if (control.channel !== 0 && control.channel !== channel) return false;
    return portName.toLowerCase().includes(control.port.toLowerCase());
  }

  /** The position, 0 to 1, that is asked for; undefined for none. `value`: what the first address holds. */
  move(movement: Movement, value: ParamSetting | undefined, nowMs: number): number | undefined {
    const { kind, position: at, channel } = movement;
    const wire = wireValue(this.binding.control, at);
    if (nowMs - this.fedMs < ECHO_MS && wire === this.shown) return undefined;
    const before = this.position;
    this.position = at;
    this.channel = channel;
    this.movedMs = nowMs;
    this.shown = wire;
    const isPressed = this.isPress || (kind === 'note' ? at > 0 : at >= HALF && (before ?? 0) < HALF);
    switch (this.manner) {
      case 'trigger':
        return isPressed ? 1 : undefined;
      case 'toggle':
        return isPressed ? this.turn(value) : undefined;
      case 'gate':
        if (isPressed) return 1;
        return (kind === 'note' ? at === 0 : at < HALF && (before ?? 0) >= HALF) ? 0 : undefined;
      default:
        if (kind === 'note' && at === 0) return undefined;
        return this.takesHold(before, at, value) ? at : undefined;
    }
  }

  /** The arguments of the message to one of the addresses. */
  argsAt({ entry, law }: Way, position: number): readonly ControlArg[] {
    const { target } = entry;
    const isParam = target.kind === 'param' || target.kind === 'master';
    if (this.args.length === 0) return isParam ? [law.argAt(position)] : [];
    return this.args.map((arg) => (arg.kind === 'value' ? law.argAt(position) : arg));
  }

  /** This control has set the value itself. */
  hasSet(): void {
    this.isHeld = true;
    // A lamp does not stand anywhere by itself.
    if (this.manner === 'toggle') {
      this.shown = undefined;
      this.isDue = true;
    }
  }

  /** The value is another, by somebody else. */
  valueChanged(value: ParamSetting | undefined): void {
    this.isDue = true;
    const at = this.positionOf(value);
    if (at === undefined || this.position === undefined) this.isHeld = false;
    else if (Math.abs(at - this.position) > PICKUP_WITHIN) this.isHeld = false;
  }

  /** The port has been opened: nothing is known of where its controls stand. */
  forget(): void {
    this.shown = undefined;
    this.isDue = true;
  }

  /** Messages that put the control where the value is; undefined when it stands there, or while it is in a hand: then later. */
  feedback(value: ParamSetting | undefined, nowMs: number): readonly (readonly number[])[] | undefined {
    const { control, feedback } = this.binding;
    const at = this.positionOf(value);
    if (
      !feedback ||
      !hasFeedback(control) ||
      at === undefined ||
      control.port === '' ||
      this.manner === 'trigger'
    ) {
      this.isDue = false;
      return undefined;
    }
    if (this.manner === 'value' && control.kind !== 'note' && nowMs - this.movedMs < HAND_MS)
      return undefined;
    this.isDue = false;
    const wire = wireValue(control, at);
    if (wire === this.shown) return undefined;
    this.shown = wire;
    this.fedMs = nowMs;
    return feedbackMessages(control, this.channel, at);
  }

  private positionOf(value: ParamSetting | undefined): number | undefined {
    return value === undefined ? undefined : this.ways[0]?.law.positionOf(value);
  }

  private turn(value: ParamSetting | undefined): number {
    const at = this.positionOf(value);
    this.isOn = at === undefined ? !this.isOn : at < HALF;
    return this.isOn ? 1 : 0;
  }

  /** Whether the param follows the control: always, or since the control has come by where the param is. */
  private takesHold(before: number | undefined, at: number, value: ParamSetting | undefined): boolean {
    if (this.isHeld || this.binding.mode === 'jump') return true;
    const target = this.positionOf(value);
    if (target === undefined) return true;
    const hasPassed = before !== undefined && before < target !== at < target;
    this.isHeld = hasPassed || Math.abs(at - target) <= PICKUP_WITHIN;
    return this.isHeld;
  }
}

function lawOf({ target }: AddressEntry, args: readonly ArgText[], binding: Binding): ValueLaw {
  if (target.kind === 'param' || target.kind === 'master') return paramLaw(target.spec, binding);
  const at = args.findIndex(({ kind }) => kind === 'value');
  return argLaw(at < 0 ? undefined : target.args[at], binding);
}

function mannerOf({ control }: Binding, entry: AddressEntry | undefined, args: readonly ArgText[]): Manner {
  const target = entry?.target;
  if (target?.kind === 'action' || target?.kind === 'command') {
    return args.some(({ kind }) => kind === 'value') ? 'value' : 'trigger';
  }
  if (control.kind !== 'note') return 'value';
  return (target?.kind === 'param' || target?.kind === 'master') && target.spec.type === 'bool'
    ? 'toggle'
    : 'value';
}
