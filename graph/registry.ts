/** The known node types, checked once when they are listed, so that nothing later has to doubt a descriptor. */
import { GraphError } from './errors.js';
import type { ActionSpecs, AnyNodeDescriptor, PortSpecs, SettingSpecs } from './node.js';
import type { ParamSpec, ParamSpecs } from './param.js';

export interface NodeRegistry {
  get(type: string): AnyNodeDescriptor | undefined;
  readonly descriptors: readonly AnyNodeDescriptor[];
  /** Names of all types, in listed order. */
  readonly types: readonly string[];
}

const TYPE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const NAME = /^[a-z][A-Za-z0-9]*$/;
const ACTION = /^[a-z][a-z0-9-]*(\/[a-z][a-z0-9-]*)*$/;
const MOST_CHANNELS = 64;

/** Throws GRAPH_DUPLICATE_TYPE or GRAPH_DESCRIPTOR. */
export function createRegistry(descriptors: readonly AnyNodeDescriptor[]): NodeRegistry {
  const byType = new Map<string, AnyNodeDescriptor>();
  for (const descriptor of descriptors) {
    checkDescriptor(descriptor);
    if (byType.has(descriptor.type)) {
      throw new GraphError('GRAPH_DUPLICATE_TYPE', `two node types are called "${descriptor.type}"`);
    }
    byType.set(descriptor.type, descriptor);
  }
  return { get: (type) => byType.get(type), descriptors: [...byType.values()], types: [...byType.keys()] };
}

/** Throws GRAPH_DESCRIPTOR when a descriptor contradicts itself. */
export function checkDescriptor(descriptor: AnyNodeDescriptor): void {
  const { type } = descriptor;
  if (typeof type !== 'string' || !TYPE.test(type)) refuse(String(type), 'its type must be kebab-case');
  if (!['source', 'transform', 'sink'].includes(descriptor.role))
    refuse(type, `unknown role "${descriptor.role}"`);
  const params: ParamSpecs = descriptor.params;
  const inputs: PortSpecs = descriptor.inputs;
  const outputs: PortSpecs = descriptor.outputs;
  const settings: SettingSpecs = descriptor.settings ?? {};
  const actions: ActionSpecs = descriptor.actions ?? {};
  for (const specs of [params, inputs, outputs, settings]) {
    for (const name of Object.keys(specs)) {
      if (!NAME.test(name)) refuse(type, `"${name}" must be camelCase`);
    }
  }
  // An edge's target and an OSC address name either a param or an input or an action: they share one namespace.
  const seen = new Set<string>();
  for (const name of [...Object.keys(params), ...Object.keys(inputs), ...Object.keys(actions)]) {
    if (seen.has(name)) refuse(type, `"${name}" is declared twice among params, inputs and actions`);
    seen.add(name);
  }
  for (const [name, spec] of Object.entries(params)) checkParam(type, name, spec);
  checkPorts(type, inputs);
  checkPorts(type, outputs);
  checkSettings(type, settings);
  checkActions(type, actions);
}

function refuse(type: string, reason: string): never {
  throw new GraphError('GRAPH_DESCRIPTOR', `node type "${type}": ${reason}`);
}

function checkParam(type: string, name: string, spec: ParamSpec): void {
  if (spec.type === 'bool') {
    if (typeof spec.default !== 'boolean') refuse(type, `the default of ${name} must be true or false`);
    return;
  }
  if (spec.type === 'enum') {
    if (spec.options.length === 0 || new Set(spec.options).size !== spec.options.length) {
      refuse(type, `${name} needs options that differ`);
    }
    if (!spec.options.includes(spec.default)) refuse(type, `the default of ${name} is none of its options`);
    return;
  }
  const { min, max } = spec;
  if (!Number.isFinite(min) || !Number.isFinite(max) || min >= max) {
    refuse(type, `${name} needs finite min < max`);
  }
  if (!(spec.default >= min && spec.default <= max))
    refuse(type, `the default of ${name} is out of its range`);
  if (spec.type === 'int') {
    if (![min, max, spec.default].every(Number.isInteger)) refuse(type, `${name} is an int with a fraction`);
    return;
  }
  if (spec.warp === 'exp' && min <= 0) refuse(type, `${name} has warp exp and min <= 0`);
  if (!(spec.smoothingMs >= 0 && spec.smoothingMs <= 60_000)) {
    refuse(type, `smoothingMs of ${name} must be 0 to 60000`);
  }
}

function checkPorts(type: string, ports: PortSpecs): void {
  for (const [name, port] of Object.entries(ports)) {
    if (port.kind === 'audio' && port.channels !== 'follow') {
      if (!Number.isInteger(port.channels) || port.channels < 1 || port.channels > MOST_CHANNELS) {
        refuse(type, `channels of ${name} must be 1 to ${MOST_CHANNELS} or 'follow'`);
      }
    }
    if (port.kind === 'cond') {
      if (!Number.isInteger(port.dim) || port.dim < 1)
        refuse(type, `dim of ${name} must be a whole number from 1`);
      if (!(port.rateHz > 0 && Number.isFinite(port.rateHz)))
        refuse(type, `rateHz of ${name} must be above 0`);
    }
  }
}

function checkSettings(type: string, settings: SettingSpecs): void {
  for (const [name, spec] of Object.entries(settings)) {
    if (spec.type === 'number' && !(spec.min <= spec.max)) refuse(type, `setting ${name} needs min <= max`);
    if (spec.default === undefined) continue;
    if (spec.type === 'number' && !(spec.default >= spec.min && spec.default <= spec.max)) {
      refuse(type, `the default of setting ${name} is out of its range`);
    }
    if (spec.type === 'enum' && !spec.options.includes(spec.default)) {
      refuse(type, `the default of setting ${name} is none of its options`);
    }
  }
}

function checkActions(type: string, actions: ActionSpecs): void {
  for (const [name, action] of Object.entries(actions)) {
    if (!ACTION.test(name)) refuse(type, `action "${name}" must be kebab-case words joined by slashes`);
    let optional = false;
    for (const arg of action.args) {
      if (optional && arg.optional !== true) refuse(type, `action ${name}: optional arguments come last`);
      optional = arg.optional === true;
    }
  }
}
