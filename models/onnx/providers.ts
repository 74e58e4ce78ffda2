/** Where ONNX Runtime computes. Which of them a machine has depends on its system and on the build of onnxruntime-node. */
export type OnnxProvider = 'cpu' | 'webgpu' | 'cuda' | 'coreml' | 'dml';

export const ONNX_PROVIDERS: readonly OnnxProvider[] = ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'];
