import { type StatusReply, statusFields } from '../../src/cli/ask-status.js';
import type { OscClient } from '../../src/osc/index.js';

/** What a running engine says of itself. Rejects with OSC_TIMEOUT. */
export async function engineStatus(client: OscClient, timeoutMs = 5000): Promise<StatusReply> {
  return statusFields((await client.request('/status', [], '/status.reply', timeoutMs)).args);
}
