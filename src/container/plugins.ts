/**
 * Plugins: npm packages that bring node types, and services for them. They are code, so only the
 * person who starts the engine enables them (`--plugin NAME` or the config file); a patch,
 * a preset or a message never can.
 */
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ContainerModule } from 'inversify';
import { type AnyNodeDescriptor, checkDescriptor } from '../../graph/index.js';
import { packageRoot } from '../../models/index.js';
import { EngineError } from '../engine/errors.js';

/** What a plugin package exports. */
export interface PluginExports {
  readonly nodes: readonly AnyNodeDescriptor[];
  /** Binds what its nodes ask for: `bind(TOKEN.name)`. */
  readonly module?: ContainerModule;
}

export interface Plugin extends PluginExports {
  readonly name: string;
}

/** Imports each package in the order given. Names are packages, or paths of package folders or files. */
export async function loadPlugins(names: readonly string[]): Promise<readonly Plugin[]> {
  const plugins: Plugin[] = [];
  for (const name of names) plugins.push(await loadPlugin(name));
  return plugins;
}

async function loadPlugin(name: string): Promise<Plugin> {
  const entry = await findEntry(name);
  let exported: Partial<PluginExports>;
  try {
    exported = (await import(pathToFileURL(entry).href)) as Partial<PluginExports>;
  } catch (cause) {
    throw new EngineError(
      'PLUGIN_LOAD',
      `The plugin "${name}" failed while it was imported: ${reason(cause)}`,
      {
        cause,
      },
    );
  }
  if (!Array.isArray(exported.nodes)) {
    throw new EngineError(
      'PLUGIN_EXPORTS',
      `The plugin "${name}" should export \`nodes\`, an array of descriptors; it exports ${list(Object.keys(exported))}.`,
    );
  }
  if (exported.module !== undefined && typeof exported.module.load !== 'function') {
    throw new EngineError(
      'PLUGIN_EXPORTS',
      `The \`module\` that the plugin "${name}" exports is no inversify ContainerModule.`,
    );
  }
  for (const node of exported.nodes) checkNode(name, node);
  return {
    name,
    nodes: exported.nodes,
    ...(exported.module === undefined ? {} : { module: exported.module }),
  };
}

/** The file to import: looked for from the working folder, then beside this package. */
async function findEntry(name: string): Promise<string> {
  const isPath = name.startsWith('.') || isAbsolute(name);
  const target = isPath ? resolve(name) : name;
  for (const from of [process.cwd(), packageRoot()]) {
    try {
      return createRequire(join(from, 'package.json')).resolve(target);
    } catch {
      // Not to be found from here: an ESM-only package, or none. Both are looked into below.
    }
    const found = await esmEntry(isPath ? target : join(from, 'node_modules', name));
    if (found !== undefined) return found;
  }
  throw new EngineError('PLUGIN_NOT_FOUND', `The plugin "${name}" cannot be found from ${process.cwd()}.`);
}

/** Packages that export `import` only are invisible to require.resolve. */
async function esmEntry(folder: string): Promise<string | undefined> {
  try {
    const require = createRequire(join(folder, 'package.json'));
    const manifest = require('./package.json') as { exports?: unknown; main?: string };
    const entry = join(folder, importTarget(manifest.exports) ?? manifest.main ?? 'index.js');
    await access(entry);
    return entry;
  } catch {
    return undefined;
  }
}

function importTarget(exported: unknown): string | undefined {
  if (typeof exported === 'string') return exported;
  if (typeof exported !== 'object' || exported === null) return undefined;
  const conditions = exported as Record<string, unknown>;
  return importTarget(conditions['.'] ?? conditions.import ?? conditions.node ?? conditions.default);
}

function checkNode(plugin: string, node: AnyNodeDescriptor): void {
  try {
    checkDescriptor(node);
    if (typeof node.create !== 'function')
      throw new TypeError(`node type "${node.type}" has no create function`);
  } catch (cause) {
    throw new EngineError(
      'PLUGIN_NODE',
      `A descriptor of the plugin "${plugin}" is malformed: ${reason(cause)}`,
      {
        cause,
      },
    );
  }
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
