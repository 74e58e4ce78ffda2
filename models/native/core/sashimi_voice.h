#pragma once

#include "backbone.h"
#include "sampling.h"

namespace sashimi {

/// One stream of one model. All that it remembers lies in one block, which is the snapshot.
/// Not thread-safe: whoever calls a voice owns it, one caller at a time. After `init` no method
/// allocates, locks or enters the system.
class Voice {
 public:
  /// `weights`, `kernels` and `decode` (levels, amplitude of every token) must outlive the voice.
  /// Allocates. False when there is no memory.
  bool init(const Weights& weights, const Kernels& kernels, const float* decode, uint32_t seed);

  void reset(uint32_t seed) { state_.reset(seed); }
  uint64_t frame() const { return state_.header().frame; }
  /// Tells how surprising the tokens were that this voice drew.
  const TokenDraw& draws() const { return draw_; }

  /// Draws `num_frames` tokens into `out` (amplitude) and, where not null, `ids`. Without conditioning all inputs are dropped.
  void step_block(float* out, size_t num_frames, const Sampling& sampling, uint8_t* ids,
                  const Conditioning& conditioning = {});
  /// Consumes `ids`, many frames at a time as matrix products; row t of `logits` (num_frames, levels), where
  /// not null, is the prediction after ids[t]. Ids must be below `levels`. The state is the one that single steps give.
  void force_block(const uint8_t* ids, size_t num_frames, Real* logits, const Conditioning& conditioning = {});

  size_t snapshot_bytes() const { return state_.bytes(); }
  void snapshot(unsigned char* into) const { state_.snapshot(into); }
  /// False, and nothing changed, when `from` is of another shape of model.
  bool restore(const unsigned char* from) { return state_.restore(from); }
  /// As frame `frame`; refused, too, unless it is congruent to the snapshot's own modulo the pools of all tiers.
  bool restore(const unsigned char* from, uint64_t frame) { return state_.restore(from, frame); }
  /// Keys the draws from now on.
  void reseed(uint32_t seed) { state_.header().seed = seed; }
  /// As VoiceState.
  bool is_aligned() const { return state_.is_aligned(); }
  size_t ranges(SnapshotRange* into) const { return state_.ranges(into); }

 private:
  const Weights* weights_ = nullptr;
  const Kernels* kernels_ = nullptr;
  const float* decode_ = nullptr;
  VoiceState state_;
  Backbone backbone_;
  TokenDraw draw_;
};

}  // namespace sashimi
