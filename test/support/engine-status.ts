import { setTimeout as sleep } from 'node:timers/promises';
import { type StatusReply, statusFields } from '../../src/cli/ask-status.js';
import type { OscClient } from '../../src/osc/index.js';
import { PATIENCE_MS } from './patience.js';

/** What is sent while an engine is started again is lost. */
const askAgainMs = 3000;
const lookAgainMs = 20;

/** What a running engine says of itself. Rejects with OSC_TIMEOUT. */
export async function engineStatus(client: OscClient): Promise<StatusReply> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return statusFields((await client.request('/status', [], '/status.reply', askAgainMs)).args);
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
  }
}

/** Asks until it is so; the test's time limit ends it. */
export async function statusWhere(
  client: OscClient,
  isSo: (fields: StatusReply) => boolean,
): Promise<StatusReply> {
  for (;;) {
    const fields = await engineStatus(client);
    if (isSo(fields)) return fields;
    await sleep(lookAgainMs);
  }
}

/**
 * Waits until a restart would know what the engine's main thread knows now: that gathers for 20 ms, and hands it on from a timer,
 * which has run when the thread has answered twice after that.
 */
export async function handedOn(client: OscClient): Promise<void> {
  await sleep(50);
  for (let n = 0; n < 2; n++) await client.request('/preset/list', [], '/done', PATIENCE_MS);
}
