// Compiled with the flags of kernels/kernels_baseline.cc.
#include "probe_impl.h"

SASHIMI_PROBE_LOOPS(kBaselineProbe, "baseline");
