/** Answers the requests that the engine's main thread does. A newcomer writes a command in src/control/commands and its handler here. */
import type { ActionValue } from '../../../graph/index.js';
import type { EngineRequest, ReplyOrder, RequestAddress } from '../../control/index.js';
import { describeError } from '../../engine/errors.js';

/**
 * Does a request whose arguments are those that its command declares. Resolves with the results that `/done` carries;
 * rejects with a coded error, and nothing has changed then.
 */
export type RequestHandler = (
  args: readonly ActionValue[],
) => Promise<readonly ActionValue[] | undefined> | readonly ActionValue[] | undefined;

export type RequestHandlers<A extends RequestAddress = RequestAddress> = Readonly<Record<A, RequestHandler>>;

export interface RequestDeskPorts {
  reply(order: ReplyOrder): void;
  /** A request that nobody waits for has failed. */
  failed(code: string, message: string): void;
}

export class RequestDesk {
  constructor(
    private readonly handlers: RequestHandlers,
    private readonly ports: RequestDeskPorts,
  ) {}

  /** Never rejects. */
  async take({ command, args, replyTo }: EngineRequest): Promise<void> {
    try {
      const results = await this.handlers[command](args);
      if (replyTo === undefined) return;
      this.ports.reply({ token: replyTo.token, ok: true, ...(results !== undefined && { results }) });
    } catch (error) {
      const { code, message } = describeError(error, 'ENGINE_REQUEST');
      if (replyTo === undefined) this.ports.failed(code, message);
      else this.ports.reply({ token: replyTo.token, ok: false, code, message });
    }
  }
}
