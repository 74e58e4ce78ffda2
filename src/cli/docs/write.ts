/** `npm run docs`: writes the documents that are made from the code. Their tests say when it is time. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../models/index.js';
import { nodeTypes } from '../../../nodes/index.js';
import { errorsDocument } from './errors-document.js';
import { nodesDocument } from './nodes-document.js';
import { withPredictedCost } from './predicted-cost.js';

const place = (file: string): string => join(packageRoot(), 'docs', file);
const documents = {
  'nodes.md': nodesDocument(nodeTypes),
  'errors.md': errorsDocument(),
  'performance.md': withPredictedCost(readFileSync(place('performance.md'), 'utf8')),
};
for (const [file, text] of Object.entries(documents)) writeFileSync(place(file), text);
