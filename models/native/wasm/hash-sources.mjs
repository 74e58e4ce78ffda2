/** SHA-256 over everything that decides the bytes of sashimi.wasm: sources, headers, and how they are built. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = fileURLToPath(new URL('..', import.meta.url));
const isSource = (name) => /\.(cc|h|sh)$/.test(name);

export function hashSources() {
  const hash = createHash('sha256');
  for (const folder of ['core', 'kernels', 'wasm']) {
    for (const name of readdirSync(join(native, folder)).filter(isSource).sort()) {
      const text = readFileSync(join(native, folder, name), 'utf8').replaceAll('\r\n', '\n');
      hash.update(`${folder}/${name}\0${text}\0`);
    }
  }
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(hashSources());
