import assert from 'node:assert/strict';
import { openStream } from '../../../models/stream/open.js';
import { needsOnnxRuntime } from '../../support/onnx-runtime.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { inlineSamples, readAll, tinyOptions } from '../stream/streams.js';

describe('a live stream of the onnx stepper', () => {
  const folder = useTempFolder();

  it('gives the samples of an inline one, and says its provider', async function () {
    await needsOnnxRuntime(this);
    const options = await tinyOptions(folder.path('bundle'));
    const opened = await openStream({ ...options, stepper: 'onnx', provider: 'cpu', mode: 'threaded' });
    assert.match(opened.stepper.instructionSet, /^cpu, onnxruntime /);
    const samples = await readAll(opened.stream, 500);
    await opened.stream.close();
    assert.deepEqual(samples, await inlineSamples(options, 'onnx', 500));
  });
});
