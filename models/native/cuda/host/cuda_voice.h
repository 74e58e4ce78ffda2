#pragma once

#include "../../core/sashimi_voice.h"
#include "cuda_group.h"

namespace sashimi::cuda {

/// One stream of one model on a device, with the methods of sashimi::Voice. Not thread-safe: one caller at a time. After
/// `init` no method allocates.
class CudaVoice {
 public:
  /// Tallies of the draws, of the device and of the processor that took over.
  struct Draws {
    uint64_t bits;
    uint64_t faults;
    uint64_t surprise() const { return bits; }
    uint64_t faulty() const { return faults; }
  };

  /// A guarded voice keeps its state in host memory after every call, and goes on from there on this processor, with
  /// `kernels`, when the device fails: the call that finds it out gives the samples that it was asked for. `decode` must
  /// outlive it. Allocates. False without memory.
  bool init(std::shared_ptr<const CudaModel> model, const Kernels& kernels, const float* decode, uint32_t seed,
            bool is_guarded);

  void reset(uint32_t seed);
  uint64_t frame() const { return is_handed_over_ ? native_.frame() : group_.frame(0); }
  Draws draws() const;
  void step_block(float* out, size_t num_frames, const Sampling& sampling, uint8_t* ids, const Conditioning& conditioning = {});
  void force_block(const uint8_t* ids, size_t num_frames, Real* logits, const Conditioning& conditioning = {});
  size_t snapshot_bytes() const { return group_.snapshot_bytes(); }
  void snapshot(unsigned char* into) const;
  bool restore(const unsigned char* from);
  bool restore(const unsigned char* from, uint64_t frame);
  void reseed(uint32_t seed);
  bool is_aligned() const { return is_handed_over_ ? native_.is_aligned() : group_.is_aligned(0); }
  size_t ranges(SnapshotRange* into) const { return group_.ranges(into); }

  /// Null, or why the device failed. A guarded voice sounds on nevertheless.
  const char* fault() const { return group_.fault(); }
  bool is_handed_over() const { return is_handed_over_; }

 private:
  /// True when this processor has to do what was just asked for: the device failed.
  bool takes_over();
  void guard();

  CudaGroup group_;
  sashimi::Voice native_;
  std::vector<unsigned char> last_;  ///< The state that `native_` would go on from; empty for a voice without guard.
  bool is_handed_over_ = false;
};

}  // namespace sashimi::cuda
