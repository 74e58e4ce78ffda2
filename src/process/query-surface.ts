/**
 * OSCQuery beside the engine, in the supervisor's process: the namespace is derived from the mirror, so it outlives an
 * engine that dies. What goes wrong here is told; the sound does not depend on it.
 */
import { createNodeRegistry } from '../container/node-registry.js';
import { loadPlugins } from '../container/plugins.js';
import type { Told } from '../control/index.js';
import { Gate } from '../osc/index.js';
import { Announcer, QueryServer } from '../oscquery/index.js';
import type { EngineMirror } from './engine-link.js';
import { MirrorValues } from './mirror-values.js';
import type { PlayOptions, QueryOptions } from './play-options.js';

export class QuerySurface {
  private constructor(
    private readonly values: MirrorValues,
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
    return new QuerySurface(
      new MirrorValues(registry),
      server,
      announcer,
      name,
      `http://${shownHost}:${server.port}/`,
    );
  }

  show(mirror: EngineMirror): void {
    this.values.show(mirror);
    this.server.show(this.values.table, this.values.values);
  }

  async close(): Promise<void> {
    await Promise.all([this.server.close(), this.announcer?.close()]);
  }
}
