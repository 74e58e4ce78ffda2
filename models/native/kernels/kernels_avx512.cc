// Compiled with -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma; nothing outside the table
// may be called before dispatch.cc has asked the processor.
#include "kernels_impl.h"

SASHIMI_KERNEL_TABLE(kAvx512Kernels, "x86-64-avx512");
