import { ModelError } from '../errors.js';

const ENDINGS = ['a', 'c'] as const;

/** Throws MODEL_TENSOR_MISSING for a block with one tensor of its diagonal form and not the other. */
export function checkModePairs(tensors: ReadonlyMap<string, unknown>): void {
  for (const name of tensors.keys()) {
    const layer = name.match(/^(.*\.ssm\.modes\.)[ac]$/)?.[1];
    if (layer === undefined) continue;
    const missing = ENDINGS.find((ending) => !tensors.has(layer + ending));
    if (missing === undefined) continue;
    throw new ModelError(
      'MODEL_TENSOR_MISSING',
      `Expected tensor ${layer}${missing} beside ${name}: a block has both of them or none.`,
    );
  }
}
