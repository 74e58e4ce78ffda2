#include "kernels_impl.h"

#if defined(__x86_64__)
SASHIMI_KERNEL_TABLE(kBaselineKernels, "x86-64-sse2");
#elif defined(__aarch64__)
SASHIMI_KERNEL_TABLE(kBaselineKernels, "arm64-neon");
#elif defined(__wasm_simd128__)
SASHIMI_KERNEL_TABLE(kBaselineKernels, "wasm-simd128");
#else
SASHIMI_KERNEL_TABLE(kBaselineKernels, "portable");
#endif
