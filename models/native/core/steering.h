#pragma once

#include "conditioning.h"
#include "sashimi_weights.h"

namespace sashimi {

/// Turns the conditioning of one voice into what is added to its tiers. A frame is projected when a tier first meets it in a
/// call; between calls nothing is remembered. Not thread-safe. After `init` no method allocates.
class Steering {
 public:
  /// `weights` must outlive it. Allocates. False when there is no memory.
  bool init(const Weights& weights);

  /// A call begins, at sample `frame` of the voice. What `conditioning` points at is borrowed until the next `begin`.
  void begin(const Conditioning& conditioning, uint64_t frame);
  /// Adds to `x` (padded), the input of tier `k` at sample `frame`, what steers it there: a sample of the call, and of one
  /// tier none before the last.
  void add(const Kernels& kernels, size_t k, uint64_t frame, Real* x);

 private:
  /// An input at one tier: the frame that is projected, of the samples from `from` on.
  struct Projected {
    uint64_t from;
    Real* values;  ///< (padded)
    bool is_there;
  };

  void layout(Arena& arena);
  Projected& projected(size_t k, size_t input) { return projected_[k * weights_->config().num_inputs + input]; }
  void project(const Kernels& kernels, size_t k, size_t input, uint64_t frame);

  const Weights* weights_ = nullptr;
  AlignedBlock block_;
  Conditioning conditioning_;
  uint64_t first_rows_[kMaxInputs] = {};  ///< Number of the frame that row 0 is.
  Projected* projected_ = nullptr;  ///< (tiers, inputs)
};

}  // namespace sashimi
