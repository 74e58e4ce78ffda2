/** Reads a take that anyone may have written: every value is checked before it is believed. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parsePatch } from '../../graph/index.js';
import { LAPSE_KINDS } from '../../models/index.js';
import type { ControlMessage } from '../control/index.js';
import type { VoiceOrder } from '../engine/voices/voice.js';
import { TakeError } from './errors.js';
import {
  deviationCodes,
  headerFile,
  logFile,
  type TakeEntry,
  type TakeHeader,
  takeFormat,
  takeFormatVersion,
} from './format.js';

/** Nothing else is opened for an input. */
const inputFile = /^inputs\/\d{1,6}-[A-Za-z0-9_-]{1,64}\.wav$/;
/** Of a cross-fade. */
const maxFadeMs = 3_600_000;
/** Bytes of one file. */
const maxBytes = 64 * 2 ** 20;

export interface Take {
  readonly header: TakeHeader;
  readonly entries: readonly TakeEntry[];
  /** Frames that are known to have played. */
  readonly frames: number;
  /** False when it was cut off: the last line is missing or torn. */
  readonly isComplete: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** Throws a coded error, or the patch's own. A torn last line is left out; torn lines before it are refused. */
export function readTake(folder: string): Take {
  const header = headerOf(fieldsOf(readText(folder, headerFile), headerFile));
  const lines = readText(folder, logFile).split('\n');
  // What follows the last line feed was being written when the process died.
  lines.pop();
  const entries: TakeEntry[] = [];
  let frames = 0;
  for (const [i, line] of lines.entries()) {
    const where = `${logFile} line ${i + 1}`;
    if (entries.at(-1)?.kind === 'end') throw bad(where, 'nothing after the end', line);
    const entry = entryOf(fieldsOf(line, where), where);
    if (entry.frame < frames) throw bad(where, `a frame of at least ${frames}`, entry.frame);
    frames = entry.frame;
    entries.push(entry);
  }
  return { header, entries, frames, isComplete: entries.at(-1)?.kind === 'end' };
}

function readText(folder: string, name: string): string {
  const path = join(folder, name);
  try {
    const { size } = statSync(path);
    if (size <= maxBytes) return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new TakeError('TAKE_FILE', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  throw new TakeError('TAKE_FORMAT', `${path} is larger than ${maxBytes} bytes.`);
}

function fieldsOf(text: string, where: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad(where, 'JSON', text);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw bad(where, 'an object', value);
  }
  return value as Fields;
}

function headerOf(fields: Fields): TakeHeader {
  if (fields.format !== takeFormat) throw bad(headerFile, `format "${takeFormat}"`, fields.format);
  if (fields.formatVersion !== takeFormatVersion) {
    throw new TakeError(
      'TAKE_VERSION',
      `Expected formatVersion ${takeFormatVersion} but received ${shown(fields.formatVersion)}.`,
    );
  }
  return {
    presetName: text(fields, 'presetName', headerFile),
    patch: parsePatch(fields.patch),
    seed: whole(fields, 'seed', headerFile, 0, 2 ** 32 - 1),
    sampleRate: whole(fields, 'sampleRate', headerFile, 8000, 192_000),
    blockFrames: whole(fields, 'blockFrames', headerFile, 1, 8192),
    channels: whole(fields, 'channels', headerFile, 1, 64),
    lookAheadMs: between(fields, 'lookAheadMs', headerFile, 0, 2000),
    stepper: text(fields, 'stepper', headerFile),
    masterGainDb: finite(fields, 'masterGainDb', headerFile),
    muted: flag(fields, 'muted', headerFile),
    bundles: list(fields, 'bundles', headerFile).map((bundle) => {
      const known = fieldsOf(JSON.stringify(bundle), headerFile);
      return { name: text(known, 'name', headerFile), sha256: text(known, 'sha256', headerFile) };
    }),
    plugins: list(fields, 'plugins', headerFile).map((plugin) => text({ plugin }, 'plugin', headerFile)),
  };
}

function entryOf(fields: Fields, where: string): TakeEntry {
  const frame = whole(fields, 'frame', where, 0, Number.MAX_SAFE_INTEGER);
  switch (fields.kind) {
    case 'control':
      return {
        kind: 'control',
        frame,
        message: messageOf(fieldsOf(JSON.stringify(fields.message ?? null), where), where),
      };
    case 'deviation': {
      const code = deviationCodes.find((known) => known === fields.code);
      if (code === undefined) throw bad(where, `code ${deviationCodes.join(', ')}`, fields.code);
      const sinceFrame = whole(fields, 'sinceFrame', where, 0, frame);
      return { kind: 'deviation', frame, sinceFrame, code, reason: text(fields, 'reason', where) };
    }
    case 'patch':
      return {
        kind: 'patch',
        frame,
        presetName: text(fields, 'presetName', where),
        patch: parsePatch(fields.patch),
        ...(fields.fadeMs === undefined ? {} : { fadeMs: between(fields, 'fadeMs', where, 0, maxFadeMs) }),
      };
    case 'edit':
      return {
        kind: 'edit',
        frame,
        patch: parsePatch(fields.patch),
        anew: list(fields, 'anew', where).map((id) => text({ id }, 'id', where)),
      };
    case 'voice':
      return {
        kind: 'voice',
        frame,
        order: voiceOrder(fieldsOf(JSON.stringify(fields.order ?? null), where), where),
      };
    case 'start':
      return {
        kind: 'start',
        frame,
        nodeId: text(fields, 'nodeId', where),
        stream: whole(fields, 'stream', where, 1, Number.MAX_SAFE_INTEGER),
      };
    case 'lapse': {
      const lapse = LAPSE_KINDS.find((known) => known === fields.lapse);
      if (lapse === undefined) throw bad(where, `lapse ${LAPSE_KINDS.join(', ')}`, fields.lapse);
      return {
        kind: 'lapse',
        frame,
        nodeId: text(fields, 'nodeId', where),
        stream: whole(fields, 'stream', where, 1, Number.MAX_SAFE_INTEGER),
        startFrame: whole(fields, 'startFrame', where, 0, frame),
        lapse,
        read: whole(fields, 'read', where, 0, Number.MAX_SAFE_INTEGER),
        at: whole(fields, 'at', where, 0, Number.MAX_SAFE_INTEGER),
        frames: whole(fields, 'frames', where, 0, Number.MAX_SAFE_INTEGER),
      };
    }
    case 'file':
      return {
        kind: 'file',
        frame,
        nodeId: text(fields, 'nodeId', where),
        file: whole(fields, 'file', where, 1, Number.MAX_SAFE_INTEGER),
        frames: whole(fields, 'frames', where, 0, 8192),
        isAtEnd: flag(fields, 'isAtEnd', where),
      };
    case 'bundle':
      return {
        kind: 'bundle',
        frame,
        name: text(fields, 'name', where),
        sha256: text(fields, 'sha256', where),
      };
    case 'xrun':
      return { kind: 'xrun', frame, count: whole(fields, 'count', where, 0, Number.MAX_SAFE_INTEGER) };
    case 'settled':
      return { kind: 'settled', frame, action: whole(fields, 'action', where, 1, Number.MAX_SAFE_INTEGER) };
    case 'input': {
      const file = text(fields, 'file', where);
      if (!inputFile.test(file)) throw bad(where, 'a file inputs/NUMBER-NODE.wav', file);
      return { kind: 'input', frame, nodeId: text(fields, 'nodeId', where), file };
    }
    case 'sums':
      return { kind: 'sums', frame, sums: list(fields, 'sums', where).map((pair) => sumOf(pair, where)) };
    case 'rebuilt':
      return { kind: 'rebuilt', frame, patch: parsePatch(fields.patch) };
    case 'fade-out':
    case 'tick':
    case 'at':
    case 'end':
      return { kind: fields.kind, frame };
    default:
      throw bad(where, 'a kind of entry', fields.kind);
  }
}

function sumOf(pair: unknown, where: string): readonly [string, number] {
  if (!Array.isArray(pair) || pair.length !== 2) throw bad(where, 'a node and its sum', pair);
  const [nodeId, sum] = pair as unknown[];
  return [text({ nodeId }, 'nodeId', where), whole({ sum }, 'sum', where, -(2 ** 31), 2 ** 31 - 1)];
}

function voiceOrder(fields: Fields, where: string): VoiceOrder {
  return {
    id: text(fields, 'id', where),
    presetName: text(fields, 'presetName', where),
    priority: finite(fields, 'priority', where),
    gainDb: finite(fields, 'gainDb', where),
    azimuth: finite(fields, 'azimuth', where),
    distance: between(fields, 'distance', where, 0, Number.MAX_VALUE),
    patch: parsePatch(fields.patch),
    serial: whole(fields, 'serial', where, 1, Number.MAX_SAFE_INTEGER),
  };
}

/** Whether node, name and value fit the patch is for the graph to say: it refuses and warns as it does live. */
function messageOf(fields: Fields, where: string): ControlMessage {
  switch (fields.kind) {
    case 'param': {
      const value = scalar(fields.value, where);
      return {
        kind: 'param',
        nodeId: text(fields, 'nodeId', where),
        name: text(fields, 'name', where),
        value,
        ...(fields.rampMs === undefined ? {} : { rampMs: finite(fields, 'rampMs', where) }),
      };
    }
    case 'action': {
      return {
        kind: 'action',
        nodeId: text(fields, 'nodeId', where),
        name: text(fields, 'name', where),
        args: list(fields, 'args', where).map((arg) => scalar(arg, where)),
      };
    }
    case 'master-gain':
      return { kind: 'master-gain', gainDb: finite(fields, 'gainDb', where) };
    case 'master-mute':
      return { kind: 'master-mute', muted: flag(fields, 'muted', where) };
    case 'panic':
      return { kind: 'panic' };
    case 'voice-place':
      return {
        kind: 'voice-place',
        voice: text(fields, 'voice', where),
        azimuth: finite(fields, 'azimuth', where),
        distance: between(fields, 'distance', where, 0, Number.MAX_VALUE),
        rampMs: between(fields, 'rampMs', where, 0, 3_600_000),
      };
    case 'voice-fade': {
      const fadeMs = between(fields, 'fadeMs', where, 0, 3_600_000);
      return { kind: 'voice-fade', voice: text(fields, 'voice', where), fadeMs };
    }
    case 'voice-free-all':
      return { kind: 'voice-free-all', fadeMs: between(fields, 'fadeMs', where, 0, 3_600_000) };
    case 'voice-limit':
      return { kind: 'voice-limit', limit: whole(fields, 'limit', where, 0, 65_536) };
    default:
      throw bad(where, 'a control message', fields.kind);
  }
}

function scalar(value: unknown, where: string): number | string | boolean {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw bad(where, 'a number, text or true or false', value);
}

function text(fields: Fields, name: string, where: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw bad(where, `${name} as text`, value);
  return value;
}

function list(fields: Fields, name: string, where: string): readonly unknown[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw bad(where, `${name} as a list`, value);
  return value;
}

function flag(fields: Fields, name: string, where: string): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') throw bad(where, `${name} as true or false`, value);
  return value;
}

function finite(fields: Fields, name: string, where: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw bad(where, `${name} as a number`, value);
  return value;
}

function between(fields: Fields, name: string, where: string, min: number, max: number): number {
  const value = finite(fields, name, where);
  if (value >= min && value <= max) return value;
  throw bad(where, `${name} from ${min} to ${max}`, value);
}

function whole(fields: Fields, name: string, where: string, min: number, max: number): number {
  const value = finite(fields, name, where);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw bad(where, `${name} as a whole number from ${min} to ${max}`, value);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}

function bad(where: string, expected: string, received: unknown): TakeError {
  return new TakeError('TAKE_FORMAT', `${where}: expected ${expected} but received ${shown(received)}.`);
}
