/** NTP time tags to and from the system's wall clock. */
import type { TimeTag } from './wire.js';

/** Seconds from 1900-01-01 to 1970-01-01. */
const NTP_TO_UNIX_SECONDS = 2_208_988_800;
const TWO_POW_32 = 2 ** 32;

/**
 * Milliseconds since 1970. A double holds today's times to a quarter of a microsecond, an
 * eightieth of a frame. Tags whose top bit is clear belong to the era that begins in 2036.
 */
export function timeTagToUnixMs({ seconds, fraction }: TimeTag): number {
  const era = seconds < 0x8000_0000 ? TWO_POW_32 : 0;
  return (seconds + era - NTP_TO_UNIX_SECONDS) * 1000 + (fraction / TWO_POW_32) * 1000;
}

export function unixMsToTimeTag(unixMs: number): TimeTag {
  const wholeSeconds = Math.floor(unixMs / 1000);
  const fraction = Math.round((unixMs / 1000 - wholeSeconds) * TWO_POW_32);
  const carry = fraction === TWO_POW_32 ? 1 : 0;
  return {
    seconds: (wholeSeconds + carry + NTP_TO_UNIX_SECONDS) % TWO_POW_32,
    fraction: carry ? 0 : fraction,
  };
}
