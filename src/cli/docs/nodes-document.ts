import type { AnyNodeDescriptor } from '../../../graph/index.js';
import { sections } from '../node-texts.js';
import { markdownTable } from './markdown.js';

/** docs/nodes.md, whole. */
export function nodesDocument(nodes: readonly AnyNodeDescriptor[]): string {
  const lines = [
    '# Nodes',
    '',
    'Every node type with its settings (fixed in the patch), params (live, at `/node/ID/PARAM`), actions',
    '(`/node/ID/ACTION`) and ports. Made from the descriptors by `npm run docs`; a test holds it against them.',
  ];
  for (const node of nodes) {
    lines.push('', `## ${node.type}`, '', `${node.summary} (${node.role})`);
    for (const [heading, rows] of sections(node)) {
      const table = rows.map(([name, value, meaning]) => [`\`${name}\``, value, meaning]);
      lines.push('', ...markdownTable([heading.toLowerCase(), 'values', 'meaning'], table));
    }
  }
  return `${lines.join('\n')}\n`;
}
