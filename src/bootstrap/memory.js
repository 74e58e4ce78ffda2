/** What the set-up remembers between starts: a small JSON file, written whole and renamed into place. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cache } from './paths.js';

const file = path.join(cache, 'bootstrap.json');

export function recall() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/** Merges `changes` into what is remembered. Call with the set-up lock held. */
export function remember(changes) {
  mkdirSync(cache, { recursive: true });
  const next = `${file}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify({ ...recall(), ...changes }, null, 2)}\n`);
  renameSync(next, file);
}
