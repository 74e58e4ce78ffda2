#pragma once

#include <memory>

#include "backbone.h"
#include "sampling.h"

namespace sashimi {

/// Several streams of one model that step together, one pass over the weights for all. A voice's
/// samples do not depend on the others: they are those of a `Voice` of the same seed. Not
/// thread-safe. After `init` no method allocates, locks or enters the system.
class VoiceGroup {
 public:
  /// `weights`, `kernels` and `decode` (levels) must outlive the group. Allocates. False when there is no memory.
  bool init(const Weights& weights, const Kernels& kernels, const float* decode, size_t capacity);

  size_t capacity() const { return capacity_; }
  /// The voice of `slot` begins, at frame 0.
  void start(size_t slot, uint32_t seed);
  void stop(size_t slot) { slots_[slot].is_active = false; }
  bool is_active(size_t slot) const { return slots_[slot].is_active; }
  uint64_t frame(size_t slot) const { return slots_[slot].state.header().frame; }

  /// Steps every active voice by `num_frames`: outs[slot] (num_frames) receives amplitude; of the others it may be null.
  /// Null `conditionings` drop all inputs of all voices.
  void step_block(float* const* outs, size_t num_frames, const Sampling* samplings,
                  const Conditioning* conditionings = nullptr);

  size_t snapshot_bytes() const { return slots_[0].state.bytes(); }
  void snapshot(size_t slot, unsigned char* into) const { slots_[slot].state.snapshot(into); }
  /// The voice of `slot` goes on from there, started or not. False, and nothing changed, for another model's snapshot.
  bool restore(size_t slot, const unsigned char* from);

 private:
  struct Slot {
    VoiceState state;
    bool is_active = false;
  };

  const Weights* weights_ = nullptr;
  const Kernels* kernels_ = nullptr;
  const float* decode_ = nullptr;
  size_t capacity_ = 0;
  std::unique_ptr<Slot[]> slots_;
  std::unique_ptr<VoiceState*[]> stepping_;  ///< Voices whose token is to be consumed, then all active ones.
  std::unique_ptr<uint32_t[]> tokens_;
  Backbone backbone_;
  TokenDraw draw_;
};

}  // namespace sashimi
