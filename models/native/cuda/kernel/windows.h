#pragma once

#include "stage.h"
#include "team.h"

namespace sashimi::cuda {

/// How frames come into a tier: what conditioning adds to them, and the windows that they fill for the tier below.
class Windows : public Stage {
 public:
  SASHIMI_DEVICE Windows(Block& block, uint32_t ensemble) : Stage(block, ensemble), team_(block) {}

  /// Where the full windows of tier `k` are in the scratch.
  SASHIMI_DEVICE uint32_t window_of(uint32_t k) const { return plan().windows_at + (k & 1U) * plan().window_floats; }

  SASHIMI_DEVICE void embed(uint32_t slot, uint32_t h) {
    const float* row = plan().embedding + voice_of(slot).token * plan().tiers[0].padded;
    enter(slot, 0, h, steered(slot, 0, h, read_number(row + h)));
  }

  /// x and what the inputs add to channel `h` of tier `k`.
  SASHIMI_DEVICE float steered(uint32_t slot, uint32_t k, uint32_t h, float x) const {
    const TierPlan& tier = plan().tiers[k];
    const Slot& voice = voice_of(slot);
    for (uint32_t i = 0; i < plan().num_inputs; ++i) {
      const float* rows = near_.shared().order.slots[slot].rows[i];
      if (!rows) {
        x = x + read_number(tier.inputs[i].dropped + h);
        continue;
      }
      float* projected = memory_of(slot) + tier.projected_at + i * tier.padded + h;
      if (voice.inputs[i].is_fresh >> k & 1U) *projected = project(slot, i, tier, h);
      x = x + *projected;
    }
    return x;
  }

  /// x is channel `h` of a new frame of tier `k`.
  SASHIMI_DEVICE void enter(uint32_t slot, uint32_t k, uint32_t h, float x) {
    const TierPlan& tier = plan().tiers[k];
    near_.scratch(slot)[tier.x_at + h] = tier.pool == 0 || tier.has_down_pairs ? x : filled(slot, k, h, x);
  }

  /// Puts x into the window for the tier below, and adds what that tier gave back for it before. A window that is full is
  /// what the tier below takes in.
  SASHIMI_DEVICE float filled(uint32_t slot, uint32_t k, uint32_t h, float x) {
    const TierPlan& tier = plan().tiers[k];
    const Slot& voice = voice_of(slot);
    float* state = state_of(slot);
    float* window = state + tier.window_at + h;
    const uint32_t place = voice.places[k];
    const float back = state[tier.queue_at + place * tier.padded + h];
    if (voice.depth > k) {
      float* full = (team_.hands_on(plan(), k) ? memory_of(slot) + tier.handed_at : near_.scratch(slot) + window_of(k)) + h;
      for (uint32_t s = 0; s < place; ++s) full[s * tier.padded] = window[s * tier.padded];
      full[place * tier.padded] = x;
    }
    window[place * tier.padded] = x;
    return back + x;
  }

 private:
  SASHIMI_DEVICE float project(uint32_t slot, uint32_t i, const TierPlan& tier, uint32_t h) const {
    const uint32_t dim = plan().inputs[i].dim;
    const float* row = memory_of(slot) + plan().inputs[i].rows_at + voice_of(slot).inputs[i].row * dim;
    const float* columns = tier.inputs[i].columns + h;
    float sum = 0.0F;
SASHIMI_UNROLL(8)
    for (uint32_t d = 0; d < dim; ++d) {
      if (row[d] != 0.0F) sum = fused(read_number(columns + d * tier.padded), row[d], sum);
    }
    return sum;
  }

  Team team_;
};

}  // namespace sashimi::cuda
