/**
 * OSCQuery beside the engine, in the supervisor's process: the namespace is derived from the mirror, so it outlives an
 * engine that dies. What goes wrong here is told; the sound does not depend on it.
 */
import type { NodeRegistry, ParamSetting } from '../../graph/index.js';
import { createNodeRegistry } from '../container/node-registry.js';
import { loadPlugins } from '../container/plugins.js';
import { type AddressTable, addressTableOf, type Target, type Told } from '../control/index.js';
import { Gate } from '../osc/index.js';
import { Announcer, QueryServer } from '../oscquery/index.js';
import type { EngineMirror } from './engine-link.js';
import type { PlayOptions, QueryOptions } from './play-options.js';

export class QuerySurface {
  /** The nodes that `table` was made of. */
  private shape = '';
  private table: AddressTable = [];

  private constructor(
    private readonly registry: NodeRegistry,
    private readonly server: QueryServer,
    private readonly announcer: Announcer | undefined,
    readonly name: string,
    /** Where a browser finds it. */
    readonly url: string,
  ) {}

  /** Rejects with a coded error. */
  static async open(
    options: PlayOptions,
    query: QueryOptions,
    warn: (told: Told) => void,
  ): Promise<QuerySurface> {
    const { host, oscPort, plugins } = options;
    const registry = createNodeRegistry(await loadPlugins(plugins));
    const name = query.name ?? `sashimi-live-${oscPort}`;
    const port = query.port === undefined ? {} : { port: query.port };
    const gate = new Gate(options.allow ?? [], warn);
    const admits = (address: string | undefined): boolean => gate.admits(address);
    const server = await QueryServer.open({ name, host, oscPort, admits, ...port });
    const announcer = query.announce
      ? new Announcer({ name, host, oscPort, queryPort: server.port })
      : undefined;
    const shownHost = host.includes(':') ? `[${host}]` : host;
    return new QuerySurface(registry, server, announcer, name, `http://${shownHost}:${server.port}/`);
  }

  show(mirror: EngineMirror): void {
    const shape = JSON.stringify(mirror.patch.nodes.map(({ id, type }) => [id, type]));
    if (shape !== this.shape) {
      this.shape = shape;
      this.table = addressTableOf(mirror.patch, this.registry);
    }
    this.server.show(this.table, valuesOf(this.table, mirror));
  }

  async close(): Promise<void> {
    await Promise.all([this.server.close(), this.announcer?.close()]);
  }
}

/** What every param of the table holds, by address. */
function valuesOf(table: AddressTable, mirror: EngineMirror): ReadonlyMap<string, ParamSetting> {
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
