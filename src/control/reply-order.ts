/** How the engine answers a request: the token is the one of the request's `replyTo`. */
import type { ActionValue } from '../../graph/index.js';

export type ReplyOrder =
  | { readonly token: number; readonly ok: true; readonly results?: readonly ActionValue[] }
  | { readonly token: number; readonly ok: false; readonly code: string; readonly message: string };
