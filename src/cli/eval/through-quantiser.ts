import { type Bundle, decodeTable, encode } from '../../../models/index.js';

/** A sound as a model could say it at its best. */
export function throughQuantiser({ manifest }: Bundle, sound: Float32Array): Float32Array {
  const table = decodeTable(manifest.quantiser);
  return Float32Array.from(encode(manifest.quantiser, sound), (token) => table[token]!);
}
