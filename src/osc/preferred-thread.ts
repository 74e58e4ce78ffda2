/** Preference for the calling thread over ordinary ones, where the system grants it. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Below real time, above what else runs on the machine: work for a packet is bounded, and senders have limits. */
const niceness = -10;

/** On Linux niceness is of a thread, and threads that it starts later inherit it. False when refused or not on Linux; never throws. */
export function preferThread(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').pop()), niceness);
    return true;
  } catch {
    return false;
  }
}
