/** Node types in words, from the descriptors alone: for `sashimi nodes` and docs/nodes.md. */
import type { ActionSpec, AnyNodeDescriptor, ParamSpec, PortSpec, SettingSpec } from '../../graph/index.js';

/** One row of a table: name, what it takes, what it is. */
export type Row = readonly [name: string, value: string, meaning: string];

const units: Readonly<Record<string, string>> = {
  none: '',
  ratio: '',
  hz: ' Hz',
  db: ' dB',
  ms: ' ms',
  frames: ' frames',
  semitones: ' semitones',
  seconds: ' s',
  percent: ' %',
};

export function paramRow([name, spec]: [string, ParamSpec]): Row {
  switch (spec.type) {
    case 'float':
    case 'int': {
      const unit = units[spec.unit] ?? ` ${spec.unit}`;
      return [name, `${spec.type}, ${spec.min} to ${spec.max}${unit}, default ${spec.default}`, spec.label];
    }
    case 'enum':
      return [name, `${spec.options.join(' | ')}, default ${spec.default}`, spec.label];
    case 'bool':
      return [name, `bool, default ${spec.default}`, spec.label];
  }
}

export function settingRow([name, spec]: [string, SettingSpec]): Row {
  const defaults =
    spec.default === undefined ? ', required' : `, default ${spec.default === '' ? '""' : spec.default}`;
  const kind =
    spec.type === 'enum'
      ? spec.options.join(' | ')
      : spec.type === 'number'
        ? `number, ${spec.min} to ${spec.max}`
        : spec.type;
  return [name, `${kind}${defaults}`, spec.label];
}

export function portRow([name, spec]: [string, PortSpec]): Row {
  const label = spec.label ?? '';
  const optional = spec.optional === true ? ', optional' : '';
  switch (spec.kind) {
    case 'audio': {
      const channels =
        spec.channels === 'follow' ? 'channels follow the input' : `${spec.channels} channel(s)`;
      return [name, `audio, ${channels}${optional}`, label];
    }
    case 'cond':
      return [name, `cond, ${spec.dim} value(s) at ${spec.rateHz} Hz${optional}`, label];
    case 'event':
      return [name, `events${optional}`, label];
  }
}

export function actionRow([name, spec]: [string, ActionSpec]): Row {
  const args = spec.args.map((arg) => `${arg.name}: ${arg.type}${arg.optional === true ? '?' : ''}`);
  return [name, args.length === 0 ? 'no arguments' : args.join(', '), spec.description];
}

/** Headings and their rows, empty ones left out. */
export function sections(
  node: AnyNodeDescriptor,
): readonly (readonly [heading: string, rows: readonly Row[]])[] {
  const all: [string, Row[]][] = [
    ['Settings', Object.entries<SettingSpec>(node.settings ?? {}).map(settingRow)],
    ['Params', Object.entries<ParamSpec>(node.params).map(paramRow)],
    ['Actions', Object.entries<ActionSpec>(node.actions ?? {}).map(actionRow)],
    ['Inputs', Object.entries<PortSpec>(node.inputs).map(portRow)],
    ['Outputs', Object.entries<PortSpec>(node.outputs).map(portRow)],
  ];
  return all.filter(([, rows]) => rows.length > 0);
}
