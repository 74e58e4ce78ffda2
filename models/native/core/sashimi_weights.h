#pragma once

#include "../kernels/kernels.h"
#include "arena.h"
#include "config.h"
#include "model_data.h"

namespace sashimi {

/// One (S4 block, FF block) pair of a tier, as the step needs it.
struct PairWeights {
  Norm s4_norm;
  StateSpace ssm;
  Matrix s4_out;  ///< With GLU: `padded` value rows, then `padded` gate rows.
  Norm ff_norm;
  Matrix ff_in;
  Matrix ff_out;
};

struct TierWeights {
  size_t width = 0;
  size_t padded = 0;                  ///< `width` rounded up to kLanes: the length of every activation.
  PairWeights* pairs = nullptr;       ///< (num_layers)
  PairWeights* down_pairs = nullptr;  ///< (num_layers), before the pool of a unet; else null
  /// To the tier below; null pointers in the deepest. Input and output of the pools are ordered
  /// by frame first (frame * padded + channel), so that windows and queues are plain rows.
  Matrix down;
  Matrix up;
  Projection inputs[kMaxInputs];  ///< Of the conditioning inputs, in their order.
};

/// All weights of one model in the layout of the kernels: read-only once loaded, shared by
/// every voice and thread. Owns one block of memory.
class Weights {
 public:
  /// Copies what it needs out of `data`. Returns null, or the sentence that says what is wrong.
  const char* load(const Config& config, const ModelData& data);

  const Config& config() const { return config_; }
  const TierWeights& tier(size_t k) const { return tiers_[k]; }
  /// Row of the embedding, padded like an activation of tier 0.
  const Real* embedding(uint32_t token) const { return embedding_ + token * tiers_[0].padded; }
  const Norm& final_norm() const { return final_norm_; }
  const Matrix& decoder() const { return decoder_; }
  size_t bytes() const { return block_.bytes(); }
  /// The block that all of them lie in.
  const unsigned char* data() const { return block_.data(); }

  /// Longest input of any matrix: what the codes of a column need.
  size_t widest_input() const { return widest_input_; }
  /// Layers whose state space runs as diagonal, and as diagonal plus rank one.
  size_t diagonal_layers() const { return diagonal_layers_; }
  size_t rank_one_layers() const { return rank_one_layers_; }

 private:
  Config config_;
  AlignedBlock block_;
  TierWeights tiers_[kMaxPools + 1];
  const Real* embedding_ = nullptr;
  Norm final_norm_;
  Matrix decoder_;
  size_t widest_input_ = 0;
  size_t diagonal_layers_ = 0;
  size_t rank_one_layers_ = 0;

  class Loader;
};

}  // namespace sashimi
