// Compiled with -mavx2 -mfma; nothing outside the table may be called before dispatch.cc has
// asked the processor.
#include "kernels_impl.h"

SASHIMI_KERNEL_TABLE(kAvx2Kernels, "x86-64-avx2");
