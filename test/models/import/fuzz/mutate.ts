/** Damage to bytes: bit flips, truncations, splices, and numbers that mean the most. */
import type { Specimen } from './corpus.js';

type Random = () => number;

/** A damaged file: its raw bytes, or one of its parts before it is sealed with checksums that fit. */
export function mutant(specimens: readonly Specimen[], random: Random): Uint8Array {
  const specimen = pick(specimens, random);
  const isRaw = random() < 0.25;
  if (isRaw) return damage(specimen.assemble(specimen.parts), donor(specimens, random), random);
  const at = random() < 0.75 ? 0 : 1;
  const parts = [...specimen.parts];
  parts[at] = damage(parts[at]!, donor(specimens, random), random);
  return specimen.assemble(parts);
}

function donor(specimens: readonly Specimen[], random: Random): Uint8Array {
  return pick(specimens, random).parts[0]!;
}

function damage(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let damaged: Uint8Array = Uint8Array.from(bytes);
  for (let rounds = 1 + below(4, random); rounds > 0; rounds--) {
    damaged = pick(KINDS, random)(damaged, other, random);
  }
  return damaged;
}

type Damage = (bytes: Uint8Array, other: Uint8Array, random: Random) => Uint8Array;

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];

const KINDS: readonly Damage[] = [
  function flipBits(bytes, _, random) {
    for (let i = 1 + below(8, random); i > 0 && bytes.length > 0; i--) {
      const at = below(bytes.length, random);
      bytes[at] = bytes[at]! ^ (1 << below(8, random));
    }
    return bytes;
  },
  function writeExtremes(bytes, _, random) {
    const at = below(bytes.length, random);
    bytes.fill(pick(EXTREMES, random), at, at + 1 + below(8, random));
    return bytes;
  },
  function truncate(bytes, _, random) {
    return bytes.slice(0, below(bytes.length + 1, random));
  },
  function cutOut(bytes, _, random) {
    const [from, to] = span(bytes, random);
    return join(bytes.subarray(0, from), bytes.subarray(to));
  },
  function repeat(bytes, _, random) {
    const [from, to] = span(bytes, random);
    const piece = bytes.subarray(from, Math.min(to, from + 512));
    return join(
      bytes.subarray(0, to),
      ...Array.from({ length: below(20, random) }, () => piece),
      bytes.subarray(to),
    );
  },
  function splice(bytes, other, random) {
    const [from, to] = span(other, random);
    const at = below(bytes.length + 1, random);
    return join(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(at));
  },
];

function span(bytes: Uint8Array, random: Random): [number, number] {
  const from = below(bytes.length + 1, random);
  return [from, Math.min(bytes.length, from + below(2048, random))];
}

function join(...pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces));
}

function below(limit: number, random: Random): number {
  return Math.floor(random() * limit);
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[below(items.length, random)]!;
}
