import type { OnnxProvider } from '../providers.js';
import { hasCudaProvider, type RuntimeFolder } from './runtime-folder.js';

/** What to do where a provider that the build has cannot be used: the runtime's own message rarely says. */
export function providerRemedy(
  provider: OnnxProvider,
  folder: RuntimeFolder | undefined,
): string | undefined {
  const hint = 'sashimi gpu check says what this machine has.';
  if (provider === 'webgpu')
    return `Install a GPU's driver with Vulkan and the loader libvulkan1, or use --provider cpu; ${hint}`;
  if (provider !== 'cuda') return undefined;
  if (folder !== undefined && !hasCudaProvider(folder))
    return 'Run npm run gpu:install, which fetches the provider, a large library, or use --provider cpu.';
  return `Install NVIDIA's driver, CUDA 12 and cuDNN 9 where the loader finds them, or use --provider cpu; ${hint}`;
}
