#pragma once

#include "sampling.h"
#include "sashimi_weights.h"

namespace sashimi {

/// One stream of one model. All that it remembers lies in one block, which is the snapshot.
/// Not thread-safe: whoever calls a voice owns it, one caller at a time. After `init` no method
/// allocates, locks or enters the system.
class Voice {
 public:
  /// `weights`, `kernels` and `decode` (levels, amplitude of every token) must outlive the voice.
  /// Allocates. False when there is no memory.
  bool init(const Weights& weights, const Kernels& kernels, const float* decode, uint32_t seed);

  void reset(uint32_t seed);
  uint64_t frame() const { return header_->frame; }

  /// Draws `num_frames` tokens into `out` (amplitude) and, where not null, `ids`.
  void step_block(float* out, size_t num_frames, const Sampling& sampling, uint8_t* ids);
  /// Consumes `ids`; row t of `logits` (num_frames, levels), where not null, is the prediction
  /// after ids[t]. Ids must be below `levels`.
  void force_block(const uint8_t* ids, size_t num_frames, float* logits);

  size_t snapshot_bytes() const { return state_.bytes(); }
  void snapshot(unsigned char* into) const;
  /// False, and nothing changed, when `from` is of another shape of model.
  bool restore(const unsigned char* from);

 private:
  /// Head of the state block.
  struct Header {
    uint64_t frame;      ///< Steps so far; keys the randomness.
    uint64_t consumed;   ///< Tokens that went through the backbone.
    uint32_t signature;
    uint32_t seed;
    uint32_t token;      ///< The one to consume next, unless is_forced.
    uint32_t is_forced;  ///< The last step was forced: its prediction has not been drawn from.
  };

  /// What one tier remembers between frames, pointing into the state block; activations, pointing
  /// into the scratch block.
  struct TierState {
    float* ssm;       ///< State spaces of the tier's pairs, one after the other.
    float* down_ssm;  ///< The same of the pairs on the way down; empty without them.
    float* window;    ///< (pool, padded): frames gathered for the tier below.
    float* queue;     ///< (pool, padded): frames that the tier below has made, zeros at first.
    float* x;         ///< (padded), scratch: the residual stream.
    /// Scratch: inputs (padded each) of the blocks on the way down, in order; of a tier without such
    /// blocks the input of its blocks on the way up.
    float* skips;
  };

  void layout(Arena& state, Arena& scratch);
  size_t ssm_floats(size_t tier) const;
  void consume(uint32_t token);
  void run_pairs(size_t tier);
  void run_down_pairs(size_t tier);
  void run_mirrored_pairs(size_t tier);
  void run_s4(const PairWeights& pair, size_t padded, float* ssm, float* x);
  void run_ff(const PairWeights& pair, float* x);
  void predict();

  const Weights* weights_ = nullptr;
  const Kernels* kernels_ = nullptr;
  const float* decode_ = nullptr;

  AlignedBlock state_;
  AlignedBlock scratch_;
  Header* header_ = nullptr;
  float* features_ = nullptr;  ///< Normalised output of the last frame, in the state block.
  TierState tiers_[kMaxPools + 1] = {};
  float* normed_ = nullptr;
  float* wide_ = nullptr;    ///< Output of the state space, inside of the feed-forward.
  float* halves_ = nullptr;  ///< Value and gate of the GLU.
  float* logits_ = nullptr;
  TokenDraw draw_;
};

}  // namespace sashimi
