/**
 * OSC packets as values: every type of OSC 1.0 and 1.1, and the limits within which a packet
 * is looked at. `wire-decode.ts` and `wire-encode.ts` turn them from and into bytes.
 */

/** NTP format: seconds since 1900 and fractions of 2^-32 s, both uint32, kept exactly. */
export interface TimeTag {
  readonly seconds: number;
  readonly fraction: number;
}

/** Any seconds 0 with fraction 0 or 1: OSC says 1, some senders (liblo) write 0. */
export const IMMEDIATELY: TimeTag = { seconds: 0, fraction: 1 };

export function isImmediate(tag: TimeTag): boolean {
  return tag.seconds === 0 && tag.fraction <= 1;
}

/** One argument with its type tag. */
export type OscArg =
  /** int32, float32, float64 */
  | { readonly type: 'i' | 'f' | 'd'; readonly value: number }
  /** int64 */
  | { readonly type: 'h'; readonly value: bigint }
  /** string, symbol, one ASCII character */
  | { readonly type: 's' | 'S' | 'c'; readonly value: string }
  | { readonly type: 'b'; readonly value: Uint8Array }
  | { readonly type: 't'; readonly value: TimeTag }
  /** RGBA, most significant byte red: uint32 */
  | { readonly type: 'r'; readonly value: number }
  /** MIDI: port, status, data 1, data 2 */
  | { readonly type: 'm'; readonly value: readonly [number, number, number, number] }
  /** true, false, nil, impulse (infinitum in 1.0): no bytes of their own */
  | { readonly type: 'T' | 'F' | 'N' | 'I' }
  | { readonly type: '['; readonly value: readonly OscArg[] };

export interface OscMessage {
  readonly kind: 'message';
  readonly address: string;
  readonly args: readonly OscArg[];
}

export interface OscBundle {
  readonly kind: 'bundle';
  readonly timeTag: TimeTag;
  readonly elements: readonly OscPacket[];
}

export type OscPacket = OscMessage | OscBundle;

/** What one packet may cost, whatever its shape. */
export const WIRE_LIMITS = {
  maxPacketBytes: 65_535,
  maxMessages: 1024,
  /** Arguments of one message, those inside arrays counted. */
  maxArgs: 1024,
  /** Bundles inside bundles, the outermost counted. */
  maxBundleDepth: 8,
  maxArrayDepth: 8,
  maxAddressBytes: 255,
} as const;
