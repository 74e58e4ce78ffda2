#pragma once

#include "../../addon/napi_support.h"

namespace sashimi::node {

/// openCuda(ptx: string, library?: string): a CudaDevice, or the sentence that says why there is none. Its TypeScript side is
/// cuda-device.ts.
napi_value open_cuda(napi_env env, napi_callback_info info);

}  // namespace sashimi::node
