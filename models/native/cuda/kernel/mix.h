#pragma once

#include "mathematics.h"
#include "near.h"

/// Makes one prediction of those of all voices of a block: ../../core/composite.h is the definition. It takes the place of that of
/// the first slot, from which is drawn.
namespace sashimi::cuda {

class Mix {
 public:
  SASHIMI_DEVICE Mix(Block& block, uint32_t levels, uint32_t num_members)
      : block_(block), near_(block), levels_(levels), num_members_(num_members) {}

  SASHIMI_DEVICE void run(Mixing mixing) {
    if (mixing == Mixing::product) add_logits();
    else add_probabilities();
    block_.once([&] {
      near_.active().count = 1;
      near_.active().slots[0] = 0;
    });
  }

 private:
  SASHIMI_DEVICE float* logits_of(uint32_t slot) const { return near_.logits(slot); }
  SASHIMI_DEVICE double weight_of(uint32_t slot) const { return near_.shared().order.slots[slot].weight; }

  SASHIMI_DEVICE void add_logits() {
    block_.tasks(levels_, [&](uint32_t id) {
      double sum = 0.0;
      for (uint32_t slot = 0; slot < num_members_; ++slot) {
        sum = sum + weight_of(slot) * static_cast<double>(logits_of(slot)[id]);
      }
      logits_of(0)[id] = static_cast<float>(sum);
    });
  }

  /// The member that has all weight; `num_members` when several have some.
  SASHIMI_DEVICE uint32_t alone() const {
    uint32_t found = num_members_;
    for (uint32_t slot = 0; slot < num_members_; ++slot) {
      if (weight_of(slot) == 0.0) continue;
      if (found != num_members_) return num_members_;
      found = slot;
    }
    return found;
  }

  SASHIMI_DEVICE void add_probabilities() {
    // What one member alone predicts stays as it is to the last bit.
    const uint32_t only = alone();
    if (only < num_members_) {
      block_.tasks(only == 0 ? 0 : levels_, [&](uint32_t id) { logits_of(0)[id] = logits_of(only)[id]; });
      return;
    }
    block_.warps(num_members_, [&](const Warp& warp, uint32_t slot) {
      const float* logits = logits_of(slot);
      const float peak = warp.largest(levels_, [&](uint32_t id) { return logits[id]; });
      warp.once([&] { near_.draws(slot).peak = peak; });
    });
    block_.tasks(num_members_ * levels_, [&](uint32_t i) {
      DrawScratch& at = near_.draws(i / levels_);
      at.weights[i % levels_] = draw_weight(logits_of(i / levels_)[i % levels_], at.peak, 1.0);
    });
    block_.tasks(num_members_ * kSumBlocks, [&](uint32_t i) {
      DrawScratch& at = near_.draws(i / kSumBlocks);
      const uint32_t block = i % kSumBlocks;
      double sum = 0.0;
      for (uint32_t id = block * kSumBlock; id < (block + 1) * kSumBlock && id < levels_; ++id) sum = sum + at.weights[id];
      at.id_sums[block] = sum;
    });
    block_.tasks(num_members_, [&](uint32_t slot) {
      DrawScratch& at = near_.draws(slot);
      double total = 0.0;
      for (uint32_t block = 0; block * kSumBlock < levels_; ++block) total = total + at.id_sums[block];
      at.share = quotient(weight_of(slot), total);
    });
    block_.tasks(levels_, [&](uint32_t id) {
      double sum = 0.0;
      for (uint32_t slot = 0; slot < num_members_; ++slot) {
        const DrawScratch& at = near_.draws(slot);
        sum = sum + at.share * at.weights[id];
      }
      logits_of(0)[id] = static_cast<float>(logarithm(sum));
    });
  }

  Block& block_;
  const Near near_;
  const uint32_t levels_;
  const uint32_t num_members_;
};

SASHIMI_APART void mix_apart(Block& block, uint32_t levels, uint32_t num_members, Mixing mixing) {
  Mix(block, levels, num_members).run(mixing);
}

}  // namespace sashimi::cuda
