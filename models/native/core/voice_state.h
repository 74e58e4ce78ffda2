#pragma once

#include "sashimi_weights.h"
#include "snapshot_range.h"
#include "steering.h"

namespace sashimi {

/// Head of a voice's state block.
struct VoiceHeader {
  uint64_t frame;      ///< Steps so far; keys the randomness.
  uint64_t consumed;   ///< Tokens that went through the backbone.
  uint32_t signature;
  uint32_t seed;
  uint32_t token;      ///< The one to consume next, unless is_forced.
  uint32_t is_forced;  ///< The last step was forced: its prediction has not been drawn from.
};

/// All that one stream of one model remembers, in one block, which is its snapshot; and what steers it during a call.
class VoiceState {
 public:
  /// What one tier remembers between frames.
  struct Tier {
    Real* window = nullptr;  ///< (pool, padded): frames gathered for the tier below.
    Real* queue = nullptr;   ///< (pool, padded): frames that the tier below has made, zeros at first.
  };

  /// `weights` must outlive it. Allocates. False when there is no memory.
  bool init(const Weights& weights, uint32_t seed);
  /// Frame 0 and silence.
  void reset(uint32_t seed);

  VoiceHeader& header() { return *header_; }
  const VoiceHeader& header() const { return *header_; }
  /// (padded) Normalised output of the last frame.
  Real* features() { return features_; }
  Tier& tier(size_t k) { return tiers_[k]; }
  /// State space of pair `i` of tier `k`, on the way up or down.
  Real* ssm(size_t k, size_t i) { return ssm_[k][i]; }
  Real* down_ssm(size_t k, size_t i) { return down_ssm_[k][i]; }
  Steering& steering() { return steering_; }

  size_t bytes() const { return block_.bytes(); }
  void snapshot(unsigned char* into) const;
  /// Whether `from` is a snapshot of this model.
  bool accepts(const unsigned char* from) const;
  /// And whether it can go on as frame `frame`: congruent to its own modulo the pools of all tiers.
  bool accepts(const unsigned char* from, uint64_t frame) const;
  /// False, and nothing changed, when it is not.
  bool restore(const unsigned char* from);
  bool restore(const unsigned char* from, uint64_t frame);

  /// All tiers have just run, and the chunks of all layers are at their start: only here memories of tiers may be exchanged.
  bool is_aligned() const;
  /// Where a snapshot has the memory of the tiers. Writes the ranges where `into` is not null; returns how many there are.
  size_t ranges(SnapshotRange* into) const;

 private:
  void layout(Arena& arena);

  const Weights* weights_ = nullptr;
  AlignedBlock block_;
  VoiceHeader* header_ = nullptr;
  Real* features_ = nullptr;
  Tier tiers_[kMaxPools + 1];
  Real* ssm_[kMaxPools + 1][kMaxLayers] = {};
  Real* down_ssm_[kMaxPools + 1][kMaxLayers] = {};
  Steering steering_;
};

}  // namespace sashimi
