// Compiled with the flags of kernels/kernels_avx2.cc.
#include "probe_impl.h"

SASHIMI_PROBE_LOOPS(kAvx2Probe, "x86-64-avx2");
