/**
 * A known address and its arguments to what shall happen. Pure: nothing is sent, nothing is
 * remembered; whoever calls it stamps, posts and answers.
 */
import type { ActionValue } from '../../graph/index.js';
import type { AddressEntry, Target } from './address-table.js';
import { type Coerced, type ControlArg, coerceActionArg, coerceParam, type Told } from './coerce.js';
import type { CommandArgSpec } from './commands/spec.js';
import type { CommandAddress } from './commands.js';
import type { ControlMessage, EditRequest, EngineRequest } from './messages.js';
import { VOICE_DISTANCE } from './voice-addresses.js';

/** What the one who interprets must do itself, for it alone knows the asker. */
export type LocalCommand =
  | { readonly command: '/status' | '/version' }
  | { readonly command: '/sync'; readonly id: number }
  | { readonly command: '/notify'; readonly on: boolean }
  | ListeningCommand;

export type ListeningCommand =
  | { readonly command: '/get'; readonly address: string }
  | { readonly command: '/subscribe'; readonly address: string; readonly minIntervalMs?: number }
  | { readonly command: '/unsubscribe'; readonly address?: string }
  | { readonly command: '/log'; readonly level: string };

export type Interpretation =
  /** For the audio plane. An action wants a `replyTo` before it goes. */
  | {
      readonly kind: 'control';
      readonly message: ControlMessage;
      readonly warning?: Told;
    }
  /** For the engine's main thread. */
  | { readonly kind: 'request'; readonly request: EngineRequest }
  /** For the engine's main thread, together with those of the same bundle. */
  | { readonly kind: 'edit'; readonly edit: EditRequest }
  | { readonly kind: 'local'; readonly local: LocalCommand }
  /** A button let go: nothing happens, nothing is told. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refusal'; readonly refusal: Told };

/** Of any param. An hour is longer than any scene. */
const RAMP_MS = {
  type: 'float',
  label: 'Ramp',
  unit: 'ms',
  min: 0,
  max: 3_600_000,
  default: 0,
  warp: 'lin',
  smoothingMs: 0,
} as const;

export function interpret(entry: AddressEntry, args: readonly ControlArg[]): Interpretation {
  const { target } = entry;
  switch (target.kind) {
    case 'param':
    case 'master':
      return interpretParam(entry.address, target, args);
    case 'action': {
      if (isRelease(target.args, args)) return { kind: 'nothing' };
      const values = coerceArgs(entry.address, target.args, args);
      if (!values.ok) return { kind: 'refusal', refusal: values.refusal };
      const { nodeId, name } = target;
      return {
        kind: 'control',
        message: { kind: 'action', nodeId, name, args: values.value },
      };
    }
    case 'voice': {
      if (isRelease(target.args, args)) return { kind: 'nothing' };
      const values = coerceArgs(entry.address, target.args, args);
      if (!values.ok) return { kind: 'refusal', refusal: values.refusal };
      return interpretVoice(target, values.value as readonly number[]);
    }
    case 'command': {
      if (isRelease(target.args, args)) return { kind: 'nothing' };
      const values = coerceArgs(entry.address, target.args, args);
      if (!values.ok) return { kind: 'refusal', refusal: values.refusal };
      return interpretCommand(target.command, values.value);
    }
  }
}

function interpretParam(
  address: string,
  target: Extract<Target, { kind: 'param' | 'master' }>,
  args: readonly ControlArg[],
): Interpretation {
  const [asked, over] = args;
  const hasRamp = target.kind === 'param' && target.spec.type === 'float';
  if (asked === undefined || args.length > (hasRamp ? 2 : 1))
    return wrongArity(
      address,
      hasRamp ? `${target.name} [rampMs]` : `one argument, ${target.name}`,
      args.length,
    );
  const coerced = coerceParam(target.name, target.spec, asked);
  if (!coerced.ok) return { kind: 'refusal', refusal: coerced.refusal };
  const ramp = over && coerceParam('rampMs', RAMP_MS, over);
  if (ramp?.ok === false) return { kind: 'refusal', refusal: ramp.refusal };
  const warning = bothTold(coerced.warning, ramp?.warning);
  return {
    kind: 'control',
    message: paramMessage(target, coerced.value, ramp?.value as number | undefined),
    ...(warning && { warning }),
  };
}

/** One answer per message. */
function bothTold(one: Told | undefined, other: Told | undefined): Told | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return { code: one.code, message: `${one.message} ${other.message}` };
}

function paramMessage(
  target: Extract<Target, { kind: 'param' | 'master' }>,
  value: number | string | boolean,
  rampMs: number | undefined,
): ControlMessage {
  if (target.kind === 'param') {
    const message = { kind: 'param', nodeId: target.nodeId, name: target.name, value } as const;
    return rampMs === undefined ? message : { ...message, rampMs };
  }
  return target.name === 'gain'
    ? { kind: 'master-gain', gainDb: value as number }
    : { kind: 'master-mute', muted: value as boolean };
}

/** As a voice ends, or as it moves, where nobody says how long that takes. */
const VOICE_FADE_MS = 30;
const VOICE_MOVE_MS = 20;

function interpretVoice(
  { voice, name }: Extract<Target, { kind: 'voice' }>,
  values: readonly number[],
): Interpretation {
  const over = name === 'fade' ? (values[0] ?? VOICE_FADE_MS) : (values[2] ?? VOICE_MOVE_MS);
  const ms = coerceParam('ms', RAMP_MS, { kind: 'number', value: over });
  if (!ms.ok) return { kind: 'refusal', refusal: ms.refusal };
  if (name === 'fade') {
    const message = { kind: 'voice-fade', voice, fadeMs: ms.value as number } as const;
    return { kind: 'control', message, ...(ms.warning && { warning: ms.warning }) };
  }
  const distance = coerceParam('distance', VOICE_DISTANCE, { kind: 'number', value: values[1]! });
  if (!distance.ok) return { kind: 'refusal', refusal: distance.refusal };
  const warning = bothTold(distance.warning, ms.warning);
  return {
    kind: 'control',
    message: {
      kind: 'voice-place',
      voice,
      azimuth: values[0]! % 360,
      distance: distance.value as number,
      rampMs: ms.value as number,
    },
    ...(warning && { warning }),
  };
}

function interpretCommand(command: CommandAddress, args: readonly ActionValue[]): Interpretation {
  switch (command) {
    case '/panic':
      return { kind: 'control', message: { kind: 'panic' } };
    case '/status':
    case '/version':
      return { kind: 'local', local: { command } };
    case '/sync':
      return { kind: 'local', local: { command, id: args[0] as number } };
    case '/notify':
      return { kind: 'local', local: { command, on: args[0] as boolean } };
    case '/graph/add':
    case '/graph/remove':
    case '/graph/replace':
    case '/graph/connect':
    case '/graph/disconnect':
    case '/graph/output':
    case '/graph/setting':
      return { kind: 'edit', edit: { command, args } };
    case '/get':
      return { kind: 'local', local: { command, address: args[0] as string } };
    case '/subscribe': {
      const [address, minIntervalMs] = args as [string, number | undefined];
      return {
        kind: 'local',
        local: { command, address, ...(minIntervalMs !== undefined && { minIntervalMs }) },
      };
    }
    case '/unsubscribe':
      return { kind: 'local', local: { command, ...(args.length > 0 && { address: args[0] as string }) } };
    case '/log':
      return { kind: 'local', local: { command, level: args[0] as string } };
    default:
      return { kind: 'request', request: { command, args } };
  }
}

/** Push buttons of controllers send 1 when pressed and 0 when let go, even where nothing is asked for. */
function isRelease(specs: readonly CommandArgSpec[], args: readonly ControlArg[]): boolean {
  const only = args[0];
  if (specs.length > 0 || args.length !== 1 || only === undefined) return false;
  return (only.kind === 'number' || only.kind === 'bool') && !only.value;
}

function isPress(specs: readonly CommandArgSpec[], args: readonly ControlArg[]): boolean {
  const only = args[0];
  if (specs.length > 0 || args.length !== 1 || only === undefined) return false;
  return only.kind === 'impulse' || ((only.kind === 'number' || only.kind === 'bool') && Boolean(only.value));
}

function coerceArgs(
  address: string,
  specs: readonly CommandArgSpec[],
  args: readonly ControlArg[],
): Coerced<readonly ActionValue[]> {
  if (isPress(specs, args)) return { ok: true, value: [] };
  const numRequired = specs.filter((spec) => !spec.optional).length;
  if (args.length < numRequired || args.length > specs.length) {
    const listed = specs.map((s) => (s.optional ? `[${s.name}]` : s.name)).join(' ');
    return { ok: false, refusal: arityTold(address, listed || 'no arguments', args.length) };
  }
  const values: ActionValue[] = [];
  for (const [i, arg] of args.entries()) {
    const coerced = coerceActionArg(specs[i]!, arg);
    if (!coerced.ok) return coerced;
    values.push(coerced.value);
  }
  return { ok: true, value: values };
}

function wrongArity(address: string, expected: string, received: number): Interpretation {
  return { kind: 'refusal', refusal: arityTold(address, expected, received) };
}

function arityTold(address: string, expected: string, received: number): Told {
  return {
    code: 'OSC_WRONG_ARITY',
    message: `${address} takes ${expected}; received ${received} arguments.`,
  };
}
