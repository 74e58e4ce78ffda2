/** The status of a running engine, over OSC: `/status.reply` is names and values in turn. */
import { createOscClient, type OscMessage } from '../osc/index.js';

export type StatusReply = Readonly<Record<string, number | string | boolean>>;

/** Rejects with OSC_TIMEOUT when nobody answers. */
export async function askStatus(host: string, port: number, timeoutMs: number): Promise<StatusReply> {
  const client = await createOscClient({ host, port });
  try {
    const { args } = await client.request('/status', [], '/status.reply', timeoutMs);
    return statusFields(args);
  } finally {
    await client.close();
  }
}

/** By name. */
export function statusFields(args: OscMessage['args']): StatusReply {
  const status: Record<string, number | string | boolean> = {};
  for (let i = 0; i + 1 < args.length; i += 2) status[String(plain(args[i]!))] = plain(args[i + 1]!);
  return status;
}

function plain(arg: { readonly type: string; readonly value?: unknown }): number | string | boolean {
  if (arg.type === 'T' || arg.type === 'F') return arg.type === 'T';
  return typeof arg.value === 'string' ? arg.value : Number(arg.value);
}
