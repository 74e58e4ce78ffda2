/** `npm run docs`: writes the documents that are made from the code. Their tests say when it is time. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../models/index.js';
import { nodeTypes } from '../../../nodes/index.js';
import { errorsDocument } from './errors-document.js';
import { nodesDocument } from './nodes-document.js';

const documents = { 'nodes.md': nodesDocument(nodeTypes), 'errors.md': errorsDocument() };
for (const [file, text] of Object.entries(documents)) writeFileSync(join(packageRoot(), 'docs', file), text);
