/** The messages that the server sends. */
import type { ParamSetting, ParamSpec } from '../../graph/index.js';
import type { Told } from '../control/coerce.js';
import { PROTOCOL_VERSION } from '../control/commands.js';
import { type EngineEvent, EVENT_FIELDS } from '../control/events.js';
import type { ReplyOrder } from '../control/reply-order.js';
import type { EngineStatus } from '../control/status.js';
import {
  COUNTER_FIELDS,
  type OscCounters,
  STATUS_FIELDS,
  type StatusField,
} from '../control/status-fields.js';
import type { OscArg, OscMessage } from './wire.js';

/** What is sent by servers. It is never answered: two engines that hear each other stay silent. */
export function isAnswer(address: string): boolean {
  return (
    /^\/(done|fail|warn|synced|value|get\.reply|status\.reply|version\.reply)$/.test(address) ||
    address.startsWith('/event/')
  );
}

export function message(address: string, ...args: readonly OscArg[]): OscMessage {
  return { kind: 'message', address, args };
}

export function text(value: string): OscArg {
  return { type: 's', value: cut(value.replaceAll('\0', ' '), 400) };
}

/** `address` is what was asked, as it was asked; empty for a packet that could not be read. */
export function failAnswer(address: string, code: string, sentence: string): OscMessage {
  return message('/fail', text(cut(address, 128)), text(code), text(sentence));
}

export function warnAnswer(address: string, { code, message: sentence }: Told): OscMessage {
  return message('/warn', text(cut(address, 128)), text(code), text(sentence));
}

export function doneAnswer(
  address: string,
  results: readonly (string | number | boolean)[] = [],
): OscMessage {
  return message('/done', text(address), ...results.map(valueArg));
}

export function orderAnswer(address: string, order: ReplyOrder): OscMessage {
  return order.ok ? doneAnswer(address, order.results) : failAnswer(address, order.code, order.message);
}

/** Name and value in turn, so that later versions can add fields without breaking readers. */
export function statusAnswer(status: EngineStatus, counters: OscCounters): OscMessage {
  const args: OscArg[] = [];
  const add = (name: string, field: StatusField, value: string | number | boolean): void => {
    args.push(text(name), fieldArg(field.type, value));
  };
  for (const [name, field] of Object.entries(STATUS_FIELDS))
    add(name, field, status[name as keyof EngineStatus]);
  for (const [name, field] of Object.entries(COUNTER_FIELDS))
    add(name, field, counters[name as keyof OscCounters]);
  return message('/status.reply', ...args);
}

export function versionAnswer(version: string): OscMessage {
  return message('/version.reply', text('sashimi-live'), text(version), {
    type: 'i',
    value: PROTOCOL_VERSION,
  });
}

export function syncedAnswer(id: number): OscMessage {
  return message('/synced', valueArg(id));
}

export function eventMessage(event: EngineEvent): OscMessage {
  const fields: readonly (readonly [string, 'i' | 's'])[] = EVENT_FIELDS[event.kind];
  const values = event as unknown as Readonly<Record<string, string | number>>;
  return message(`/event/${event.kind}`, ...fields.map(([name, type]) => fieldArg(type, values[name]!)));
}

function fieldArg(type: StatusField['type'], value: string | number | boolean): OscArg {
  if (type === 's') return text(String(value));
  if (type === 'T') return { type: value ? 'T' : 'F' };
  if (type === 'i')
    return { type, value: Math.max(-0x8000_0000, Math.min(0x7fff_ffff, Math.round(Number(value)) || 0)) };
  return { type, value: Number(value) };
}

/** What a param holds, as its type is sent: an int as i, any other number as f. */
export function settingArg(value: ParamSetting, type: ParamSpec['type']): OscArg {
  return typeof value === 'number' ? fieldArg(type === 'int' ? 'i' : 'f', value) : valueArg(value);
}

function valueArg(value: string | number | boolean): OscArg {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'boolean') return { type: value ? 'T' : 'F' };
  return (value | 0) === value ? { type: 'i', value } : { type: 'd', value };
}

function cut(value: string, maxLength: number): string {
  return value.length > maxLength ? `${value.slice(0, maxLength)}...` : value;
}
