import { Command } from 'commander';
import type { AnyNodeDescriptor } from '../../../graph/index.js';
import { CliError } from '../errors.js';
import { collect } from '../option-values.js';
import { out, printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';

const examples = `
Examples:
  sashimi nodes                 every node type in one line
  sashimi nodes granulate       its settings, params, actions and ports
  sashimi nodes --json          the descriptors, for machines`;

interface NodesFlags {
  readonly json?: boolean;
  readonly plugin: readonly string[];
}

export function nodesCommand(): Command {
  return new Command('nodes')
    .summary('list the node types and their params')
    .description('Lists the node types that a patch can use, with settings, params, actions and ports.')
    .argument('[TYPE]', 'only this one, in detail')
    .option('--json', 'for machines')
    .option('--plugin <NAME>', 'npm package that adds node types; may be repeated', collect, [])
    .addHelpText('after', examples)
    .action(async (type: string | undefined, flags: NodesFlags) => {
      const nodes = choose(await knownNodes(flags.plugin), type);
      if (flags.json) return printJson({ nodes });
      if (type === undefined) return printOverview(nodes);
      for (const node of nodes) await printDetails(node);
    });
}

async function knownNodes(plugins: readonly string[]): Promise<readonly AnyNodeDescriptor[]> {
  const { createNodeRegistry, loadPlugins } = await import('../../container/index.js');
  return createNodeRegistry(await loadPlugins(plugins)).descriptors;
}

function choose(nodes: readonly AnyNodeDescriptor[], type: string | undefined): readonly AnyNodeDescriptor[] {
  if (type === undefined) return nodes;
  const found = nodes.filter((node) => node.type === type);
  if (found.length > 0) return found;
  throw new CliError('CLI_USAGE', `There is no node type "${type}".`, {
    remedy: '`sashimi nodes` lists the types; --plugin NAME adds those of a package.',
  });
}

function printOverview(nodes: readonly AnyNodeDescriptor[]): void {
  const rows = nodes.map((node) => [node.type, node.role, node.summary]);
  for (const line of textTable(rows)) printLine(line);
  printLine(out.style('dim', '`sashimi nodes TYPE` shows one in detail.'));
}

async function printDetails(node: AnyNodeDescriptor): Promise<void> {
  const { sections } = await import('../node-texts.js');
  printLine(`${out.style('bold', node.type)} (${node.role})`);
  printLine(node.summary);
  for (const [heading, rows] of sections(node)) {
    printLine();
    printLine(out.style('bold', heading));
    for (const line of textTable(rows)) printLine(`  ${line}`);
  }
}
