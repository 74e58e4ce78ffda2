/** Mapping files, NAME.bindings.json beside presets: read as from a stranger, written whole or not at all. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { presetsFolder } from '../engine/presets.js';
import { type Binding, CURVES, isOneOf, MANNERS, MAX_BINDINGS, MODES, PLAIN_OPTIONS } from './binding.js';
import { BindError } from './errors.js';
import { parseMessageText } from './message-text.js';
import { controlText, parseControl } from './midi-control.js';

export const BINDINGS_FORMAT = 'sashimi-live/bindings';
export const BINDINGS_VERSION = 1;
export const BINDINGS_ENDING = '.bindings.json';
const MAX_BYTES = 2 ** 20;

const plainName = /^[a-z0-9][a-z0-9_-]{0,63}$/i;
const FIELDS = ['control', 'to', 'min', 'max', 'curve', 'mode', 'as', 'feedback'];

type Fields = Readonly<Record<string, unknown>>;

/** The mapping that belongs to a preset file, where there is one. */
export function mappingBeside(presetFile: string): string | undefined {
  const path = join(dirname(presetFile), `${basename(presetFile, '.json')}${BINDINGS_ENDING}`);
  return existsSync(path) ? path : undefined;
}

/** Where a mapping is saved that has this name: `presets/` in the folder that the engine works in. Throws `BIND_NAME`. */
export function ownMapping(name: string, folder: string): string {
  if (!plainName.test(name)) {
    throw new BindError('BIND_NAME', `Expected a plain name but received "${name.slice(0, 80)}".`);
  }
  return join(folder, 'presets', `${name}${BINDINGS_ENDING}`);
}

/** The engine's own mapping of this name, or else the one that comes with the package. Throws `BIND_NAME`, `BIND_FILE`. */
export function findMapping(name: string, folder: string): string {
  const paths = [ownMapping(name, folder), join(presetsFolder(), `${name}${BINDINGS_ENDING}`)];
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw new BindError('BIND_FILE', `There is no ${paths.join(' and no ')}.`);
  return found;
}

/** Throws `BIND_FILE`, `BIND_FORMAT` or the code of what is wrong in it. */
export function readMapping(path: string): readonly Binding[] {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new BindError('BIND_FILE', `${path} cannot be read: ${(cause as Error).message}.`, { cause });
  }
  try {
    return parseMapping(text);
  } catch (cause) {
    if (!(cause instanceof BindError)) throw cause;
    throw new BindError(cause.code, `${basename(path)}: ${cause.message}`, { cause });
  }
}

/** The text of a mapping file. Throws `BIND_FORMAT`, or the code of what is wrong in it. */
export function parseMapping(text: string): readonly Binding[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad('the file', 'JSON', text);
  }
  const root = fieldsOf(value, 'the file', ['format', 'formatVersion', 'bindings']);
  if (root.format !== BINDINGS_FORMAT) throw bad('format', `"${BINDINGS_FORMAT}"`, root.format);
  if (root.formatVersion !== BINDINGS_VERSION) {
    throw bad('formatVersion', String(BINDINGS_VERSION), root.formatVersion);
  }
  const { bindings } = root;
  if (!Array.isArray(bindings)) throw bad('bindings', 'an array', bindings);
  if (bindings.length > MAX_BINDINGS) {
    throw new BindError(
      'BIND_FULL',
      `Expected at most ${MAX_BINDINGS} bindings but received ${bindings.length}.`,
    );
  }
  return bindings.map((one: unknown, k) =>
    bindingOf(fieldsOf(one, `bindings[${k}]`, FIELDS), `bindings[${k}]`),
  );
}

/** The text that `parseMapping` reads; what is plain is left out. */
export function mappingText(bindings: readonly Binding[]): string {
  const plain = PLAIN_OPTIONS;
  const listed = bindings.map(({ control, to, min, max, curve, mode, as, feedback }) => ({
    control: controlText(control),
    to,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(curve !== plain.curve && { curve }),
    ...(mode !== plain.mode && { mode }),
    ...(as !== undefined && { as }),
    ...(feedback !== plain.feedback && { feedback }),
  }));
  const file = { format: BINDINGS_FORMAT, formatVersion: BINDINGS_VERSION, bindings: listed };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Whole, or the file stays as it was. Throws `BIND_FILE`. */
export function writeMapping(path: string, bindings: readonly Binding[]): void {
  const part = `${path}.${process.pid}.part`;
  let isBegun = false;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(part, 'w');
    isBegun = true;
    try {
      writeFileSync(file, mappingText(bindings));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, path);
  } catch (cause) {
    if (isBegun) rmSync(part, { force: true });
    throw new BindError('BIND_FILE', `${path} cannot be written: ${(cause as Error).message}.`, { cause });
  }
}

function bindingOf(fields: Fields, where: string): Binding {
  const { min, max, curve = 'warp', mode = 'jump', as, feedback = true } = fields;
  for (const [name, end] of Object.entries({ min, max })) {
    if (end !== undefined && !Number.isFinite(end)) throw bad(`${where}.${name}`, 'a finite number', end);
  }
  if (!isOneOf(CURVES, curve)) throw bad(`${where}.curve`, CURVES.join(', '), curve);
  if (!isOneOf(MODES, mode)) throw bad(`${where}.mode`, MODES.join(', '), mode);
  if (as !== undefined && !isOneOf(MANNERS, as)) throw bad(`${where}.as`, MANNERS.join(', '), as);
  if (typeof feedback !== 'boolean') throw bad(`${where}.feedback`, 'true or false', feedback);
  const to = textOf(fields.to, `${where}.to`);
  parseMessageText(to);
  return {
    control: parseControl(textOf(fields.control, `${where}.control`)),
    to,
    ...(min !== undefined && { min: min as number }),
    ...(max !== undefined && { max: max as number }),
    curve,
    mode,
    ...(as !== undefined && { as }),
    feedback,
  };
}

function textOf(value: unknown, where: string): string {
  if (typeof value !== 'string') throw bad(where, 'a text', value);
  return value;
}

function fieldsOf(value: unknown, where: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(where, 'an object', value);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw bad(where, `no other fields than ${known.join(', ')}`, unknown);
  return value as Fields;
}

function bad(where: string, expected: string, received: unknown): BindError {
  const shown = (
    typeof received === 'string' ? `"${received}"` : (JSON.stringify(received) ?? 'nothing')
  ).slice(0, 80);
  return new BindError('BIND_FORMAT', `Expected ${expected} for ${where} but received ${shown}.`);
}
