#pragma once

#include "../../core/composite.h"
#include "guarded_voice.h"

namespace sashimi::cuda {

/// Several models on a device in lockstep, with the methods of sashimi::Composite.
class CudaComposite : public GuardedVoice<sashimi::Composite> {
 public:
  /// `models` and `members`, 1 to DeviceVoice::kMaxMembers, tell of the same, there and here. What they point at, and `decode`,
  /// must outlive it. Allocates. False without memory.
  bool init(const std::vector<std::shared_ptr<const CudaModel>>& models, const std::vector<CompositeMember>& members,
            const float* decode, sashimi::Mixing mixing, uint32_t seed, bool is_guarded) {
    const Mixing on_device = mixing == sashimi::Mixing::mixture ? Mixing::mixture : Mixing::product;
    if (!device_.init(models, on_device, seed)) return false;
    if (is_guarded && !native_.init(members, decode, mixing, seed)) return false;
    return begin(seed, is_guarded);
  }

  size_t num_members() const { return device_.num_members(); }
  /// As Composite.
  void set_weights(const double* weights) {
    device_.set_weights(weights);
    if (is_guarded()) native_.set_weights(weights);
  }
  void set_blend(double blend) {
    device_.set_blend(blend);
    if (is_guarded()) native_.set_blend(blend);
  }
  void set_dropped(const bool* is_dropped) {
    device_.set_dropped(is_dropped);
    if (is_guarded()) native_.set_dropped(is_dropped);
  }
};

}  // namespace sashimi::cuda
