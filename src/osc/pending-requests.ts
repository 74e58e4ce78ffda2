/** Requests the engine has not answered yet, and the `/sync`s that wait for them. */
import type { Sender } from './rate-limit.js';

export const MAX_PENDING = 4096;
export const MAX_PENDING_PER_SENDER = 1024;
export const MAX_WAITING_SYNCS = 256;
/** After this an unanswered request is told as failed. */
export const ANSWER_WITHIN_MS = 30_000;

export interface PendingRequest {
  readonly sender: Sender;
  readonly address: string;
  readonly expiresMs: number;
  /** Applies at a later time: a `/sync` does not wait for it. */
  readonly isTimed: boolean;
}

export class PendingRequests {
  private nextToken = 1;
  /** In the order of their tokens. */
  private readonly byToken = new Map<number, PendingRequest>();
  private waiting: { readonly upTo: number; readonly settled: () => void }[] = [];

  /** The token of the request's `replyTo`; undefined when too many are open, of this sender or of all. */
  open(sender: Sender, address: string, nowMs: number, delayMs: number): number | undefined {
    if (this.byToken.size >= MAX_PENDING || sender.pending >= MAX_PENDING_PER_SENDER) return undefined;
    sender.pending++;
    const token = this.nextToken++;
    const expiresMs = nowMs + delayMs + ANSWER_WITHIN_MS;
    this.byToken.set(token, { sender, address, expiresMs, isTimed: delayMs > 0 });
    return token;
  }

  /** The request answered; undefined when it was answered already or has expired. */
  close(token: number): PendingRequest | undefined {
    const request = this.byToken.get(token);
    if (request === undefined) return undefined;
    request.sender.pending--;
    this.byToken.delete(token);
    return request;
  }

  expire(nowMs: number): readonly PendingRequest[] {
    const expired: PendingRequest[] = [];
    for (const [token, request] of this.byToken) {
      if (request.expiresMs > nowMs) continue;
      expired.push(request);
      request.sender.pending--;
      this.byToken.delete(token);
    }
    return expired;
  }

  /** Calls `settled` when all that is open now is closed, perhaps at once; false when too many wait. */
  whenSettled(settled: () => void): boolean {
    if (this.waiting.length >= MAX_WAITING_SYNCS) return false;
    this.waiting.push({ upTo: this.nextToken, settled });
    this.settle();
    return true;
  }

  /** To be called after the answers of closed and expired requests were sent. */
  settle(): void {
    if (this.waiting.length === 0) return;
    let oldest = Number.POSITIVE_INFINITY;
    for (const [token, request] of this.byToken)
      if (!request.isTimed) {
        oldest = token;
        break;
      }
    const due = this.waiting.filter(({ upTo }) => upTo <= oldest);
    this.waiting = this.waiting.filter(({ upTo }) => upTo > oldest);
    for (const { settled } of due) settled();
  }
}
