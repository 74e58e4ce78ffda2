#pragma once

#include "voice_state.h"

namespace sashimi {

/// The model between token and prediction, over columns: one frame of several voices, or many
/// frames of one. Holds scratch only; the voices' states are passed in. Not thread-safe. After
/// `init` no method allocates, locks or enters the system.
class Backbone {
 public:
  /// For at most `max_voices` voices at once, `max_frames` frames each. `weights` and `kernels` must
  /// outlive it. Allocates. False when there is no memory.
  bool init(const Weights& weights, const Kernels& kernels, size_t max_voices, size_t max_frames);

  /// Takes `tokens` (num_voices, num_frames) in as those that the voices consume from their `frame` on, steered as each
  /// voice's `steering` says, advancing the voices; `features` of each voice become those of its last frame. A voice's numbers depend neither on the voices beside it nor on how its frames are divided into calls.
  void consume(VoiceState* const* voices, size_t num_voices, const uint32_t* tokens, size_t num_frames);

  /// Predictions after the frames of the last `consume`: row c is column c = voice * num_frames + frame.
  void predict_columns(size_t first, size_t count);
  /// Predictions from the `features` of voices, one row each.
  void predict(VoiceState* const* voices, size_t num_voices);
  /// (padded levels) of row `c`, at most as many rows as columns. Valid until the next predict.
  Real* logits(size_t c) { return logits_ + c * weights_->decoder().out; }

  size_t max_frames() const { return max_frames_; }

 private:
  /// Activations of one tier, a column per frame that it runs.
  struct Tier {
    size_t columns = 0;
    Real* x = nullptr;        ///< (columns, padded), the residual stream.
    /// Inputs of the blocks on the way down, in order, (columns, padded) each; of a tier without such
    /// blocks the input of its blocks on the way up.
    Real* skips = nullptr;
    Real* windows = nullptr;  ///< (columns of the tier below, pool * padded), full windows.
    Real* queued = nullptr;   ///< (columns of the tier below, pool * padded), what that tier gives back.
    Run* runs = nullptr;      ///< (voices): which columns are whose.
    uint64_t* frames = nullptr;  ///< (voices): frames that the voice's tier has run before.
  };

  void layout(Arena& arena);
  size_t tier_columns(size_t k) const;
  void steer(VoiceState* const* voices, size_t num_voices, size_t k);
  size_t fill_windows(VoiceState* const* voices, size_t num_voices, size_t k);
  void take_queues(VoiceState* const* voices, size_t num_voices, size_t k, bool is_refilled);
  void run_pairs(VoiceState* const* voices, size_t num_voices, size_t k);
  void run_down_pairs(VoiceState* const* voices, size_t num_voices, size_t k);
  void run_mirrored_pairs(VoiceState* const* voices, size_t num_voices, size_t k);
  void run_s4(const PairWeights& pair, size_t layer, size_t k, size_t num_voices);
  void run_ff(const PairWeights& pair, size_t k);
  void matmul(const Matrix& matrix, Epilogue epilogue, const Real* x, Real* y, size_t columns);

  const Weights* weights_ = nullptr;
  const Kernels* kernels_ = nullptr;
  size_t max_voices_ = 0;
  size_t max_frames_ = 0;
  AlignedBlock scratch_;
  Tier tiers_[kMaxPools + 1];
  Real* normed_ = nullptr;
  Real* wide_ = nullptr;    ///< Output of the state spaces, inside of the feed-forward.
  Real* halves_ = nullptr;  ///< Value and gate of the GLU.
  Real* features_ = nullptr;
  Real* logits_ = nullptr;
  ActivationCodes codes_;
};

}  // namespace sashimi
