#pragma once

#include "../../core/sashimi_voice.h"
#include "guarded_voice.h"

namespace sashimi::cuda {

/// One stream of one model on a device, with the methods of sashimi::Voice.
class CudaVoice : public GuardedVoice<sashimi::Voice> {
 public:
  /// `decode` must outlive it; `kernels` are those of the stand-in of a guarded voice. Allocates. False without memory.
  bool init(std::shared_ptr<const CudaModel> model, const Kernels& kernels, const float* decode, uint32_t seed,
            bool is_guarded) {
    const Weights& weights = model->weights();
    if (!device_.init({std::move(model)}, Mixing::none, seed)) return false;
    if (is_guarded && !native_.init(weights, kernels, decode, seed)) return false;
    return begin(seed, is_guarded);
  }
};

}  // namespace sashimi::cuda
