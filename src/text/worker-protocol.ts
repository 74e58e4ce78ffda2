import type { ReadText, TextRequest } from '../../nodes/index.js';

export interface TextOrder {
  readonly id: number;
  readonly request: TextRequest;
}

/** In the order of the orders. */
export type TextReply =
  | { readonly id: number; readonly text: ReadText }
  | { readonly id: number; readonly failure: string };
