/** What the mirror holds, by address. Pure. */
import type { ParamSetting } from '../../graph/index.js';
import type { AddressTable, Target } from '../control/index.js';
import type { EngineMirror } from './engine-link.js';

/** What every param of the table holds, by address. */
export function valuesOf(table: AddressTable, mirror: EngineMirror): ReadonlyMap<string, ParamSetting> {
  const params = new Map(mirror.patch.nodes.map((node) => [node.id, node.params]));
  const values = new Map<string, ParamSetting>();
  for (const { address, target } of table) {
    const value = settingOf(target, mirror, params);
    if (value !== undefined) values.set(address, value);
  }
  return values;
}

function settingOf(
  target: Target,
  mirror: EngineMirror,
  params: ReadonlyMap<string, Readonly<Record<string, ParamSetting>> | undefined>,
): ParamSetting | undefined {
  if (target.kind === 'param') return params.get(target.nodeId)?.[target.name];
  if (target.kind !== 'master') return undefined;
  return target.name === 'gain' ? mirror.masterGainDb : mirror.muted;
}
