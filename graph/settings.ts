/** Checks the settings and params that a patch gives to a node, and fills in the defaults. Pure. */
import { GraphError } from './errors.js';
import { shown } from './json-object.js';
import { didYouMean } from './nearest.js';
import type { SettingSpec, SettingSpecs } from './node.js';
import type { ParamSetting, ParamSpecs } from './param.js';
import { constrain, defaultParams, describeRange } from './param-law.js';

type Values = Readonly<Record<string, ParamSetting>>;

/** `path` is the JSON path of the node. */
export function resolveSettings(
  specs: SettingSpecs,
  given: Values,
  path: string,
): Record<string, ParamSetting> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(specs, name)) {
      throw new GraphError(
        'PATCH_SETTING_UNKNOWN',
        `no setting "${name}"${didYouMean(name, Object.keys(specs))}`,
        {
          path: `${path}.settings.${name}`,
        },
      );
    }
  }
  const resolved: Record<string, ParamSetting> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = Object.hasOwn(given, name) ? given[name] : spec.default;
    if (value === undefined) {
      throw new GraphError('PATCH_SETTING_MISSING', `the setting "${name}" (${spec.label}) has no default`, {
        path: `${path}.settings.${name}`,
      });
    }
    const expected = expectation(spec, value);
    if (expected !== undefined) {
      throw new GraphError('PATCH_SETTING_VALUE', `expected ${expected} but received ${shown(value)}`, {
        path: `${path}.settings.${name}`,
      });
    }
    resolved[name] = value;
  }
  return resolved;
}

/** What the value should have been, or undefined when it is right. */
function expectation(spec: SettingSpec, value: ParamSetting): string | undefined {
  switch (spec.type) {
    case 'string':
      return typeof value === 'string' ? undefined : 'a string';
    case 'bool':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'enum':
      return typeof value === 'string' && spec.options.includes(value)
        ? undefined
        : `one of ${spec.options.join(', ')}`;
    case 'number':
      return typeof value === 'number' && value >= spec.min && value <= spec.max
        ? undefined
        : `a number from ${spec.min} to ${spec.max}`;
  }
}

/** A patch is refused where a live message would be clamped: PARAM_RANGE. */
export function resolveParams(specs: ParamSpecs, given: Values, path: string): Record<string, ParamSetting> {
  const resolved = defaultParams(specs);
  for (const [name, setting] of Object.entries(given)) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    const paramPath = `${path}.params.${name}`;
    if (spec === undefined) {
      throw new GraphError('PARAM_UNKNOWN', `no param "${name}"${didYouMean(name, Object.keys(specs))}`, {
        path: paramPath,
      });
    }
    const { value, clamped } = constrain(spec, name, setting, paramPath);
    if (clamped) {
      throw new GraphError('PARAM_RANGE', `expected ${describeRange(spec)} but received ${shown(setting)}`, {
        path: paramPath,
      });
    }
    resolved[name] = value;
  }
  return resolved;
}
