// Compiled with the flags of kernels/kernels_avx512.cc.
#include "probe_impl.h"

SASHIMI_PROBE_LOOPS(kAvx512Probe, "x86-64-avx512");
