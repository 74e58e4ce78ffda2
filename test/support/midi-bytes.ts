/** Pieces of Standard MIDI Files, well-formed or not. */

/** `MThd`, and the tracks as they are. */
export function midiBytes(
  tracks: readonly (readonly number[])[],
  { format = 0, division = 500 }: { format?: number; division?: number } = {},
): Uint8Array {
  return Uint8Array.from([
    ...chunk('MThd', [0, format, 0, tracks.length, division >> 8, division & 0xff]),
    ...tracks.flatMap((track) => chunk('MTrk', track)),
  ]);
}

export function chunk(tag: string, content: readonly number[], size = content.length): number[] {
  return [...Buffer.from(tag, 'latin1'), ...uint32(size), ...content];
}

export const END_OF_TRACK: readonly number[] = [0, 0xff, 0x2f, 0];

function uint32(value: number): number[] {
  return [value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff];
}
