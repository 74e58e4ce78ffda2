/**
 * Prints what sashimi.ptx is made of, as JSON: a SHA-256 over everything that decides its bytes (the kernel, how it is
 * built), and the compiler, which is the argument.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const hash = createHash('sha256');
const kernel = readdirSync(join(here, 'kernel')).filter((name) => !['emulation.h', 'companions.h'].includes(name));
for (const name of [...kernel.sort().map((file) => `kernel/${file}`), 'build.sh']) {
  const text = readFileSync(join(here, name), 'utf8').replaceAll('\r\n', '\n');
  hash.update(`${name}\0${text}\0`);
}
console.log(JSON.stringify({ sources: hash.digest('hex'), compiler: process.argv[2] }, null, 2));
