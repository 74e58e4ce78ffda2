/** Real-time priority for the calling thread, where the system grants it. */
import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';

/** Above the models' threads (15), below JACK's and PipeWire's own. */
const priority = 20;

/**
 * Asks for SCHED_FIFO for this thread alone: the collector threads and the main thread stay as they are.
 * Threads that this one starts later do not inherit it. False when refused, or not on Linux; never throws.
 */
export function enterRealTime(): boolean {
  return setScheduling(['--reset-on-fork', '--fifo', '--pid', String(priority)]);
}

/** Back to the ordinary scheduling: for a graph that is too slow, so that it cannot take the machine with it. */
export function leaveRealTime(): boolean {
  return setScheduling(['--other', '--pid', '0']);
}

function setScheduling(how: readonly string[]): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const tid = readlinkSync('/proc/thread-self').split('/').pop()!;
    const chrt = spawnSync('chrt', [...how, tid], { stdio: 'ignore', timeout: 2000 });
    return chrt.status === 0;
  } catch {
    return false;
  }
}
