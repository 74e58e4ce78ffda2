import { join } from 'node:path';
import { loadBundle, writeBundle } from '../../../models/index.js';
import { forgeTensors } from '../../support/forge-weights.js';
import { assertModelError } from '../../support/model-errors.js';
import { withTemporaryFolder } from '../../support/temporary-folder.js';
import { tinyBundleParts } from '../../support/tiny-bundle.js';

describe('the diagonal form of an S4 block in a bundle', () => {
  for (const [missing, kept] of [
    ['a', 'c'],
    ['c', 'a'],
  ]) {
    const name = `blocks.center.0.s4.ssm.modes.${missing}`;
    const message = new RegExp(`modes\\.${missing} beside .*modes\\.${kept}`);

    it(`is not read without its tensor ${missing}`, () =>
      withTemporaryFolder(async (temporary) => {
        const folder = join(temporary, 'tiny');
        const { draft, tensors } = tinyBundleParts({ kind: 's4', hasModes: true });
        await writeBundle(folder, draft, tensors, '# Tiny\n');
        await forgeTensors(folder, (saved) => void saved.delete(name));
        await assertModelError(() => loadBundle(folder), 'MODEL_TENSOR_MISSING', message);
      }));

    it(`is not written without its tensor ${missing}`, () =>
      withTemporaryFolder(async (temporary) => {
        const { draft, tensors } = tinyBundleParts({ kind: 's4', hasModes: true });
        tensors.delete(name);
        const write = () => writeBundle(join(temporary, 'tiny'), draft, tensors, '');
        await assertModelError(write, 'MODEL_TENSOR_MISSING', message);
      }));
  }

  it('may be there in some blocks alone', () =>
    withTemporaryFolder(async (temporary) => {
      const { draft, tensors } = tinyBundleParts({ kind: 's4', hasModes: true });
      for (const part of ['a', 'c']) tensors.delete(`blocks.center.0.s4.ssm.modes.${part}`);
      await writeBundle(join(temporary, 'tiny'), draft, tensors, '');
      await loadBundle(join(temporary, 'tiny'));
    }));
});
