#pragma once

#include "block.h"
#include "voices.h"

namespace sashimi::cuda {

/// The block's memory. On a GPU all of it is reached from one symbol, so that the compiler knows that it is shared memory.
class Near {
 public:
  SASHIMI_DEVICE explicit Near(Block& block) : block_(block) {}

  SASHIMI_DEVICE Shared& shared() const { return at<Shared>(0); }
  SASHIMI_DEVICE Columns& columns(uint32_t tier) const { return shared().columns[tier]; }
  SASHIMI_DEVICE Columns& active() const { return columns(kActive); }
  SASHIMI_DEVICE const Plan& plan(uint32_t ensemble) const { return at<const Plan>(shared().ensembles[ensemble].plan_at); }
  SASHIMI_DEVICE const Plan& plan_of_slot(uint32_t slot) const { return plan(shared().slots[slot].ensemble); }
  SASHIMI_DEVICE const PhasePlan& phase(uint32_t phases_at, uint32_t index) const {
    return at<const PhasePlan>(phases_at + index * static_cast<uint32_t>(sizeof(PhasePlan)));
  }
  SASHIMI_DEVICE DrawScratch& draws(uint32_t slot) const {
    return at<DrawScratch>(shared().draws_at + slot * static_cast<uint32_t>(sizeof(DrawScratch)));
  }
  SASHIMI_DEVICE float* scratch(uint32_t slot) const { return &at<float>(place_of_scratch(slot)); }
  /// In bytes, for `at`.
  SASHIMI_DEVICE uint32_t place_of_scratch(uint32_t slot) const { return shared().scratch_at + slot * shared().scratch_bytes; }
  SASHIMI_DEVICE float* logits(uint32_t slot) const { return scratch(slot) + shared().slots[slot].logits_at; }

  template <class T>
  SASHIMI_DEVICE T& at(uint32_t place) const {
    return *reinterpret_cast<T*>(block_.memory() + place);
  }

 private:
  Block& block_;
};

}  // namespace sashimi::cuda
