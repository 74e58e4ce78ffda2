#pragma once

#include "../kernels/kernels.h"

namespace sashimi {

/// How a token is drawn. The same words as `Sampling` in models/stepper.ts.
struct Sampling {
  double temperature = 1.0;  ///< 0 is greedy.
  double top_p = 1.0;        ///< 1 is off.
  uint32_t top_k = 0;        ///< 0 is off.
  double blend = 0.0;        ///< Of two members of a composite: the weight of the second. Single voices have no use for it.
};

/// Philox4x32-10 (Salmon et al., SC11): `counter` (4) becomes the random block.
void philox4x32(uint32_t counter[4], uint32_t key0, uint32_t key1);

/// The uniform number of one frame, in (0, 1); models/sampling/philox.ts is the definition.
double frame_uniform(uint32_t seed, uint64_t frame);

/// Draws tokens; models/sampling/draw.ts is the definition. Holds only scratch and two tallies, no randomness.
class TokenDraw {
 public:
  /// The id drawn from a row of `levels` logits (at most kMaxLevels) with the uniform number u.
  uint32_t draw(const Kernels& kernels, const Real* logits, size_t levels, const Sampling& sampling, double u);

  /// Of all draws, in 1/256 bit: `surprise` in models/stepper.ts.
  uint64_t surprise() const { return surprise_; }
  /// Draws from logits of which the largest, or what was summed of them, was no finite number.
  uint64_t faulty() const { return faulty_; }

 private:
  static constexpr size_t kBlock = 16;  ///< Weights that are summed one after the other.

  double sum_blocks(size_t levels);
  bool tally(double ratio);
  size_t find(double target, size_t levels) const;
  void keep_best(const Kernels& kernels, const Real* logits, size_t levels, Real peak, const Sampling& sampling);
  bool keep_nucleus(const Real* logits, size_t levels, Real peak, double top_p);
  void rank(const Real* logits, size_t levels, Real peak);
  void sort_ranks(const Real* logits, size_t count);

  uint64_t surprise_ = 0;
  uint64_t faulty_ = 0;
  alignas(64) double weights_[kMaxLevels];
  double block_sums_[kMaxLevels / kBlock];
  double kept_[kMaxLevels];        ///< 1 or 0, by id: a factor costs no mispredicted branch.
  uint16_t distance_[kMaxLevels];  ///< Of a logit below the peak, in sort buckets.
  uint8_t ranks_[kMaxLevels];      ///< Ids, best first.
  uint8_t swap_[kMaxLevels];
};

}  // namespace sashimi
