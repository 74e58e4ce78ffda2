/** npm run fuzz:checkpoints -- --minutes 10 [--seed 1] */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.js';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } },
});
const seed = values.seed === undefined ? Date.now() % 1_000_000_007 : Number(values.seed);
process.stdout.write(`Fuzzing the importer for ${values.minutes} minutes, from seed ${seed}.\n`);
const { summary, faults } = await fuzz(Number(values.minutes) * 60, seed);
if (summary) process.stdout.write(`${JSON.stringify(summary, undefined, 2)}\n`);
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length > 0 ? 1 : 0;
