import { loadOnnxRuntime } from '../../models/onnx/run/runtime.js';

/** The calling test is skipped, and its title says why, without the optional package onnxruntime-node. */
export async function needsOnnxRuntime(context: Mocha.Context): Promise<void> {
  try {
    await loadOnnxRuntime();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (context.test) context.test.title += ` (skipped: ${reason.slice(0, 80)})`;
    context.skip();
  }
}
