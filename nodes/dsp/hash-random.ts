/**
 * A random number for every (seed, index), in [0, 1): uniform, the same wherever and whenever it is asked for.
 * `seed` is a uint32; `index` any whole number below 2^53.
 */
export function hashRandom(seed: number, index: number): number {
  const high = Math.floor(index / 4294967296);
  let h = (seed ^ Math.imul(high, 0x85ebca6b)) >>> 0;
  h = scramble(h ^ 0x9e3779b9);
  h = scramble(h ^ (index >>> 0));
  return h / 4294967296;
}

/** A permutation of the uint32: multiply and xor-shift, three rounds. */
function scramble(x: number): number {
  let h = x >>> 0;
  h = Math.imul(h ^ (h >>> 17), 0xed5ad4bb);
  h = Math.imul(h ^ (h >>> 11), 0xac4c1b51);
  h = Math.imul(h ^ (h >>> 15), 0x31848bab);
  return (h ^ (h >>> 14)) >>> 0;
}
