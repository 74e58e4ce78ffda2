/** One set-up at a time per checkout: a lock file with the owner's process id. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cache } from './paths.js';
import { say } from './say.js';

const file = path.join(cache, 'bootstrap.lock');

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The process that holds the lock in `path`; undefined when none does any more. */
function ownerOf(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (pid > 0) return isAlive(pid) ? pid : undefined;
    return Date.now() - statSync(lock).mtimeMs < 5000 ? 0 : undefined; // just made, its id not written yet
  } catch {
    return undefined;
  }
}

function tryTake() {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** Moves a dead owner's lock away. Another waiter may have been quicker and hold a live one by now: that goes back. */
function removeDeadLock() {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const owner = ownerOf(aside);
  if (owner === undefined) rmSync(aside, { force: true });
  else renameSync(aside, file);
}

/** Runs `work` while no other process of this checkout does. */
export async function withLock(work) {
  mkdirSync(cache, { recursive: true });
  let told = false;
  while (!tryTake()) {
    const owner = ownerOf(file);
    if (owner === undefined) {
      removeDeadLock();
      continue;
    }
    if (!told && owner > 0) say(`Waiting for the set-up that process ${owner} is doing ...`);
    told ||= owner > 0;
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
