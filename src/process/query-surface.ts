/**
 * OSCQuery beside the engine, in the supervisor's process: the namespace is derived from the mirror, so it outlives an
 * engine that dies. What goes wrong here is told; the sound does not depend on it.
 */
import type { NodeRegistry } from '../../graph/index.js';
import { createNodeRegistry } from '../container/node-registry.js';
import { loadPlugins } from '../container/plugins.js';
import { type AddressTable, addressTableOf } from '../control/index.js';
import { Announcer, QueryServer } from '../oscquery/index.js';
import type { EngineMirror } from './engine-link.js';
import { valuesOf } from './mirror-values.js';
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
  static async open(options: PlayOptions, query: QueryOptions): Promise<QuerySurface> {
    const { host, oscPort, plugins } = options;
    const registry = createNodeRegistry(await loadPlugins(plugins));
    const name = query.name ?? `sashimi-live-${oscPort}`;
    const port = query.port === undefined ? {} : { port: query.port };
    const server = await QueryServer.open({ name, host, oscPort, ...port });
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
