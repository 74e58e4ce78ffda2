/** A performance as a Standard MIDI file, for programs that play such. */
import { type Performance, performanceEvents } from './midi-file.js';

/** A tick is a millisecond: 500 in a quarter of half a second. */
const TICKS_PER_QUARTER = 500;
const TICKS_PER_SECOND = 1000;

/** Format 0, channel 1. Times are rounded to milliseconds; the file ends `endSeconds` after its beginning. */
export function encodeMidiFile(performance: Performance, endSeconds = performance.seconds): Uint8Array {
  const track: number[] = [];
  let now = 0;
  const put = (seconds: number, bytes: readonly number[]): void => {
    const tick = Math.max(now, Math.round(seconds * TICKS_PER_SECOND));
    track.push(...variable(tick - now), ...bytes);
    now = tick;
  };
  for (const { seconds, type, pitch, velocity } of performanceEvents(performance)) {
    if (type === 'note-on') put(seconds, [0x90, pitch, Math.max(1, Math.round(127 * velocity))]);
    else if (type === 'note-off') put(seconds, [0x80, pitch, 64]);
    else put(seconds, [0xb0, 64, velocity > 0 ? 127 : 0]);
  }
  put(endSeconds, [0xff, 0x2f, 0]);
  const header = [0, 0, 0, 1, ...uint(TICKS_PER_QUARTER, 2)];
  return Uint8Array.from([...chunk('MThd', header), ...chunk('MTrk', track)]);
}

function chunk(tag: string, content: number[]): number[] {
  return [...Buffer.from(tag, 'latin1'), ...uint(content.length, 4)].concat(content);
}

function uint(value: number, numBytes: number): number[] {
  return Array.from({ length: numBytes }, (_, i) => Math.floor(value / 256 ** (numBytes - 1 - i)) % 256);
}

function variable(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift(0x80 + (rest % 128));
  return bytes;
}
