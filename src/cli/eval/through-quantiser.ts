import { type Bundle, decodeTable, deEmphasised, encode, preEmphasised } from '../../../models/index.js';
import { Dice } from '../../eval/dice.js';

/**
 * A sound as a model could say it at its best. noiseRms: of the white noise that training had under everything, after
 * emphasis; drawn with seed 0.
 */
export function throughQuantiser({ manifest }: Bundle, sound: Float32Array, noiseRms = 0): Float32Array {
  const dice = new Dice(0);
  const most = Math.sqrt(3) * noiseRms;
  const heard = preEmphasised(manifest, sound).map((x) => x + most * (2 * dice.next() - 1));
  const table = decodeTable(manifest.quantiser);
  const said = Float32Array.from(encode(manifest.quantiser, heard), (token) => table[token]!);
  return deEmphasised(manifest, said);
}
