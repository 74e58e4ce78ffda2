/** Snapshots: values of params beside the presets. */
import {
  constrain,
  type NodeRegistry,
  type ParamSetting,
  type ParamSpecs,
  type Patch,
} from '../../graph/index.js';
import type { CurveName } from './curve.js';
import type { Goal } from './morpher.js';
import type { SceneFolder } from './scene-folder.js';
import { formatVersion, SchemaReader } from './schema.js';

type ByParam<T> = Readonly<Record<string, Readonly<Record<string, T>>>>;

/** As src/scenes/snapshot.schema.json says. */
export interface Snapshot {
  readonly format: 'sashimi-live/snapshot';
  readonly formatVersion: 1;
  readonly preset?: string;
  readonly params: ByParam<ParamSetting>;
  readonly curves?: ByParam<CurveName>;
}

/** A value of a snapshot that the patch can take. */
export type Aim = Omit<Goal, 'from' | 'curve'> & { readonly curve?: CurveName };

const reader = new SchemaReader<Snapshot>('snapshot');

export function snapshotOf(preset: string, params: ByParam<ParamSetting>): Snapshot {
  return { format: 'sashimi-live/snapshot', formatVersion, preset, params };
}

/** Throws SCENE_FORMAT or SCENE_VERSION. */
export function parseSnapshot(text: string, file: string): Snapshot {
  return reader.read(text, file);
}

export class Snapshots {
  /** The last ones read: a fader reads two of them again and again. */
  private readonly read = new Map<string, { readonly mark: string; readonly snapshot: Snapshot }>();

  constructor(private readonly folder: SceneFolder) {}

  list(): Promise<readonly string[]> {
    return this.folder.list('snapshot');
  }

  async store(name: string, snapshot: Snapshot): Promise<void> {
    await this.folder.write('snapshot', name, snapshot);
  }

  async delete(name: string): Promise<void> {
    await this.folder.remove('snapshot', name);
    this.read.delete(name);
  }

  /** As it is on the disk now. Rejects with a coded error. */
  async load(name: string): Promise<Snapshot> {
    const known = this.read.get(name);
    if (known !== undefined && known.mark === (await this.folder.mark('snapshot', name)))
      return known.snapshot;
    const { text, mark } = await this.folder.read('snapshot', name);
    const snapshot = parseSnapshot(text, `snapshots/${name}.json`);
    if (this.read.size >= keptSnapshots) this.read.clear();
    this.read.set(name, { mark, snapshot });
    return snapshot;
  }
}

const keptSnapshots = 32;

/** What of a snapshot the patch can take, each value inside its range; `skipped` says of the rest why not. */
export function aimsOf(
  snapshot: Snapshot,
  patch: Patch,
  registry: NodeRegistry,
): { readonly aims: readonly Aim[]; readonly skipped: readonly string[] } {
  const types = new Map(patch.nodes.map(({ id, type }) => [id, type]));
  const aims: Aim[] = [];
  const skipped: string[] = [];
  for (const [nodeId, values] of Object.entries(snapshot.params)) {
    const type = types.get(nodeId);
    if (type === undefined) {
      skipped.push(`there is no node ${nodeId}`);
      continue;
    }
    const specs: ParamSpecs = registry.get(type)?.params ?? {};
    for (const [name, value] of Object.entries(values)) {
      const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
      if (spec === undefined) {
        skipped.push(`${nodeId} has no param ${name}`);
        continue;
      }
      try {
        const { value: to, clamped } = constrain(spec, name, value);
        if (clamped) skipped.push(`${nodeId} ${name} ${value} is set to ${to}`);
        const curve = snapshot.curves?.[nodeId]?.[name];
        aims.push({ nodeId, name, spec, to, ...(curve !== undefined && { curve }) });
      } catch (error) {
        skipped.push(`${nodeId}: ${(error as Error).message}`);
      }
    }
  }
  return { aims, skipped };
}

/** The patch as it starts with these values. */
export function patchWith(patch: Patch, aims: readonly Aim[]): Patch {
  const values = new Map<string, Record<string, ParamSetting>>();
  for (const { nodeId, name, to } of aims) values.set(nodeId, { ...values.get(nodeId), [name]: to });
  const nodes = patch.nodes.map((node) => ({ ...node, params: { ...node.params, ...values.get(node.id) } }));
  return { ...patch, nodes };
}
