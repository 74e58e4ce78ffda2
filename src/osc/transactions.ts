/** The edits of one packet, by the time at which they are due: those that are due together are done together, or not at all. */
import type { EditRequest } from '../control/messages.js';
import type { TimeTag } from './wire.js';

/** When a message applies. */
export interface Due {
  readonly timeTag: TimeTag;
  readonly frame: number;
  readonly delayMs: number;
}

export interface Transaction {
  readonly edits: { readonly address: string; readonly edit: EditRequest }[];
  /** One of its messages was refused already. */
  isBroken: boolean;
}

export class Transactions {
  private readonly byDue = new Map<Due, Transaction>();

  /** `due` is one object for all that shares a time. */
  of(due: Due): Transaction {
    let transaction = this.byDue.get(due);
    if (transaction === undefined) {
      transaction = { edits: [], isBroken: false };
      this.byDue.set(due, transaction);
    }
    return transaction;
  }

  entries(): Iterable<[Due, Transaction]> {
    return this.byDue;
  }
}
