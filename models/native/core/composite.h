#pragma once

#include <memory>
#include <vector>

#include "backbone.h"
#include "sampling.h"

namespace sashimi {

/// How the predictions of several states become one.
enum class Mixing : int32_t {
  mixture = 0,  ///< Weighted mean of the probabilities; weights of at least 0, divided by their sum.
  product = 1,  ///< Weighted sum of the logits, of any sign: guidance is the weights 1 - w and w.
};

/// One member: a state of a model. Members of the same `weights` step in one pass.
struct CompositeMember {
  const Weights* weights = nullptr;
  const Kernels* kernels = nullptr;
};

/// Several states in lockstep: all consume the same token, their predictions meet before the one
/// draw. Their models share the alphabet. Not thread-safe. After `init` no method allocates, locks
/// or enters the system.
class Composite {
 public:
  /// What `members` point at, and `decode` (levels), must outlive the composite. Allocates. False when there is no memory.
  bool init(const std::vector<CompositeMember>& members, const float* decode, Mixing mixing, uint32_t seed);

  size_t num_members() const { return members_.size(); }
  void reset(uint32_t seed);
  uint64_t frame() const { return members_[0].state->header().frame; }
  /// As Voice.
  const TokenDraw& draws() const { return draw_; }
  /// (num_members)
  void set_weights(const double* weights);
  /// Of two members: the weights 1 - blend and blend. Of a mixture, `blend` is limited to 0 to 1.
  void set_blend(double blend);
  /// (num_members): whether all conditioning of a member is dropped.
  void set_dropped(const bool* is_dropped);

  /// As Voice. Members that have conditioning inputs have the same.
  void step_block(float* out, size_t num_frames, const Sampling& sampling, uint8_t* ids,
                  const Conditioning& conditioning = {});
  /// As Voice; a row of `logits` is the mixed prediction.
  void force_block(const uint8_t* ids, size_t num_frames, float* logits, const Conditioning& conditioning = {});

  /// Keys the draws from now on.
  void reseed(uint32_t seed) { members_[0].state->header().seed = seed; }

  size_t snapshot_bytes() const;
  void snapshot(unsigned char* into) const;
  /// False, and nothing changed, when `from` is of other models.
  bool restore(const unsigned char* from);
  /// As Voice.
  bool restore(const unsigned char* from, uint64_t frame);
  /// As VoiceState, of all members: their tiers of one number belong together.
  bool is_aligned() const;
  size_t ranges(SnapshotRange* into) const;

 private:
  /// The members of one model.
  struct Ensemble {
    const Weights* weights = nullptr;
    const Kernels* kernels = nullptr;
    std::vector<std::unique_ptr<VoiceState>> states;
    std::vector<VoiceState*> stepping;  ///< The same, as the backbone wants them.
    std::vector<uint32_t> tokens;
    Backbone backbone;
  };
  struct Member {
    size_t ensemble;
    size_t row;  ///< Among the states of its ensemble.
    VoiceState* state;
    bool is_dropped = false;
  };

  void begin(const Conditioning& conditioning);
  void consume(uint32_t token);
  const Real* predict();
  bool is_alone(size_t k) const;
  void mix_probabilities();
  void mix_logits();

  std::vector<Ensemble> ensembles_;
  std::vector<Member> members_;
  std::vector<double> weights_;
  const float* decode_ = nullptr;
  Mixing mixing_ = Mixing::mixture;
  size_t levels_ = 0;
  TokenDraw draw_;
  alignas(64) Real logits_[kMaxLevels] = {};
  alignas(64) double probabilities_[kMaxLevels] = {};
  alignas(64) double sums_[kMaxLevels] = {};
};

}  // namespace sashimi
