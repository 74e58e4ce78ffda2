/** The status of a running engine, over OSC: the fields of `/status.reply` by name. */
import { COUNTER_FIELDS, STATUS_FIELDS } from '../control/index.js';
import { createOscClient } from '../osc/index.js';

export type StatusReply = Readonly<Record<string, number | string | boolean>>;

/** Rejects with OSC_TIMEOUT when nobody answers. */
export async function askStatus(host: string, port: number, timeoutMs: number): Promise<StatusReply> {
  const client = await createOscClient({ host, port });
  try {
    const reply = await client.request('/status', [], '/status.reply', timeoutMs);
    const names = [...Object.keys(STATUS_FIELDS), ...Object.keys(COUNTER_FIELDS)];
    return Object.fromEntries(
      names.flatMap((name, i) => {
        const arg = reply.args[i];
        return arg === undefined ? [] : [[name, plain(arg)]];
      }),
    );
  } finally {
    await client.close();
  }
}

function plain(arg: { readonly type: string; readonly value?: unknown }): number | string | boolean {
  if (arg.type === 'T' || arg.type === 'F') return arg.type === 'T';
  return typeof arg.value === 'string' ? arg.value : Number(arg.value);
}
