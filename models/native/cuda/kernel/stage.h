#pragma once

#include "near.h"

namespace sashimi::cuda {

/// A voice at a frame of a tier. Looking it up takes several reads that wait for each other.
struct Here {
  uint32_t slot;
  uint32_t scratch_at;  ///< Bytes of the block's memory.
  uint32_t frames;      ///< That the tier has behind it, of these the lower bits.
  float* state;
};

/// What the phases of an ensemble have to do with: its plan, and its voices in the block's memory and in the device's.
class Stage {
 public:
  SASHIMI_DEVICE Stage(Block& block, uint32_t ensemble)
      : block_(block), near_(block), ensemble_(ensemble), plan_(near_.plan(ensemble)),
        phases_at_(near_.shared().ensembles[ensemble].phases_at) {}

 protected:
  SASHIMI_DEVICE const Plan& plan() const { return plan_; }
  SASHIMI_DEVICE Slot& voice_of(uint32_t slot) const { return near_.shared().slots[slot]; }
  SASHIMI_DEVICE float* state_of(uint32_t slot) const { return in_device_memory(voice_of(slot).state); }
  SASHIMI_DEVICE float* memory_of(uint32_t slot) const { return in_device_memory(voice_of(slot).memory); }
  SASHIMI_DEVICE Here here(uint32_t slot, uint32_t tier) const {
    const Slot& voice = voice_of(slot);
    return {slot, near_.place_of_scratch(slot), static_cast<uint32_t>(voice.tier_frames[tier]), in_device_memory(voice.state)};
  }
  SASHIMI_DEVICE float* scratch_of(const Here& voice) const { return &near_.at<float>(voice.scratch_at); }
  SASHIMI_DEVICE const PhasePlan& phase_at(uint32_t index) const { return near_.phase(phases_at_, index); }

  /// Warps that have a lane for each channel.
  SASHIMI_DEVICE static uint32_t warps_of(uint32_t padded) { return (padded + 31) / 32; }

  /// Which of stretches of `each` tasks, whose rest is left in `task`: without a division, for there are few.
  SASHIMI_DEVICE static uint32_t divide(uint32_t& task, uint32_t each) {
    uint32_t which = 0;
SASHIMI_UNROLL(1)
    for (; task >= each; ++which) task -= each;
    return which;
  }

  /// f(warp, slot, h, part) for all channels of all voices, `parts` times.
  template <class F>
  SASHIMI_DEVICE void each_channel(const PhasePlan& phase, const Columns& columns, uint32_t parts, const F& f) {
    const uint32_t padded = plan().tiers[phase.tier].padded;
    const uint32_t each = parts * warps_of(padded);
    block_.warps(columns.count * each, [&](const Warp& warp, uint32_t task) {
      const uint32_t slot = columns.slots[divide(task, each)];
      const uint32_t part = divide(task, warps_of(padded));
      each_lane(warp, task, padded, [&](uint32_t h) { f(warp, slot, h, part); });
    });
  }

  /// f(h) for the channels of one of warps_of(padded) stretches.
  template <class F>
  SASHIMI_DEVICE static void each_lane(const Warp& warp, uint32_t stretch, uint32_t padded, const F& f) {
    const uint32_t left = padded - stretch * 32;
    warp.each(left < 32 ? left : 32, [&](uint32_t lane) { f(stretch * 32 + lane); });
  }

  Block& block_;
  const Near near_;
  const uint32_t ensemble_;

 private:
  const Plan& plan_;
  const uint32_t phases_at_;
};

}  // namespace sashimi::cuda
