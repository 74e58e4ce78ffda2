/** Where things are in a checkout. `cache` holds what the set-up remembers; git ignores it. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const inRoot = (...parts) => path.join(root, ...parts);
export const cache = inRoot('.cache');
export const entry = inRoot('dist', 'src', 'cli', 'main.js');
