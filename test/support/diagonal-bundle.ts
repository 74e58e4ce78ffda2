import { modeSlots } from '../../models/bundle/layout.js';
import { type Bundle, sealBundle, type Tensor } from '../../models/index.js';

/**
 * The model of an S4 bundle whose layers all have modes, as one of S4D that has them as its coefficients: so any
 * stepper shows what the diagonal form sounds like, whatever it does with S4 itself.
 */
export function diagonalBundle({ manifest, tensors }: Bundle): Bundle {
  const { architecture } = manifest;
  const renamed = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    if (/\.s4\.(trained\..*|ssm\.[abcpq])$/.test(name)) continue;
    renamed.set(name.replace('.ssm.modes.', '.ssm.'), tensor);
  }
  const { modeSlots: _, ...ssm } = architecture.ssm;
  const asS4d = { ...ssm, kind: 's4d' as const, conjugatePairs: modeSlots(architecture) };
  return sealBundle({ ...manifest, architecture: { ...architecture, ssm: asS4d } }, renamed).bundle;
}
