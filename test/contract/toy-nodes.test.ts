/** The contract suite itself, over nodes whose answer is known: the good ones pass. */
import { counter, late, level, scale, stereo, sum } from '../graph/toy-nodes.js';
import { nodeContract } from './node-contract.js';

for (const node of [level, stereo, scale, sum, late, counter]) nodeContract(node);
