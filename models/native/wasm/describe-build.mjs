/**
 * Prints what sashimi.wasm is made of, as JSON: a SHA-256 over everything that decides its bytes (sources,
 * headers, how they are built), and the compiler, which is the argument.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = fileURLToPath(new URL('..', import.meta.url));
const hash = createHash('sha256');
for (const folder of ['core', 'kernels', 'wasm']) {
  const names = readdirSync(join(native, folder)).filter((name) => /\.(cc|h|sh)$/.test(name));
  for (const name of names.sort()) {
    const text = readFileSync(join(native, folder, name), 'utf8').replaceAll('\r\n', '\n');
    hash.update(`${folder}/${name}\0${text}\0`);
  }
}
console.log(JSON.stringify({ sources: hash.digest('hex'), compiler: process.argv[2] }, null, 2));
