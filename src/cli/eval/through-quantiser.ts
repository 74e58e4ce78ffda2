import { type Bundle, DeEmphasis, decodeTable, encodeSound } from '../../../models/index.js';

/** A sound as a model could say it at its best. */
export function throughQuantiser({ manifest }: Bundle, sound: Float32Array): Float32Array {
  const table = decodeTable(manifest.quantiser);
  const said = Float32Array.from(encodeSound(manifest, sound), (token) => table[token]!);
  new DeEmphasis(manifest).apply(said, said.length);
  return said;
}
