#pragma once

#include "napi_support.h"

namespace sashimi::node {

/// probe(): { instructionSet, macsPerSecond, int16MacsPerSecond, readRates: { bytes, bytesPerSecond }[] }, smallest
/// set first.
napi_value probe(napi_env env, napi_callback_info info);

}  // namespace sashimi::node
