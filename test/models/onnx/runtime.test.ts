import { loadOnnxRuntime } from '../../../models/onnx/run/runtime.js';
import { assertModelError } from '../../support/model-errors.js';

describe('loading ONNX Runtime', () => {
  it('tells that the package is missing', async () => {
    await assertModelError(() => loadOnnxRuntime('onnxruntime-not-there'), 'MODEL_ONNX', /not-there/);
  });
});
