#pragma once

#include "cuda_group.h"

namespace sashimi::cuda {

/// One stream on a device, of one model or of several that step in lockstep: what sashimi::Voice and sashimi::Composite are on
/// this processor, with their snapshots. Not thread-safe: one caller at a time. After `init` no method allocates, but
/// reserve_marks. When the device fails, `fault` says so, and what is given from then on is silence.
class DeviceVoice {
 public:
  static constexpr size_t kMaxMembers = 4;

  /// 1 to kMaxMembers, of one alphabet; without mixing there is one. Allocates. False without memory.
  bool init(const std::vector<std::shared_ptr<const CudaModel>>& members, Mixing mixing, uint32_t seed);

  size_t num_members() const { return num_members_; }
  /// As Composite.
  void set_weights(const double* weights);
  void set_blend(double blend);
  void set_dropped(const bool* is_dropped);

  void reset(uint32_t seed);
  void reseed(uint32_t seed) { group_.reseed(0, seed); }
  uint64_t frame() const { return group_.frame(0); }
  uint32_t seed() const { return group_.seed(0); }
  void step_block(float* out, size_t num_frames, const Sampling& sampling, uint8_t* ids, const Conditioning& conditioning);
  void force_block(const uint8_t* ids, size_t num_frames, float* logits, const Conditioning& conditioning);
  uint64_t surprise() const { return group_.surprise(0); }
  uint64_t faulty() const { return group_.faulty(0); }

  size_t snapshot_bytes() const;
  void snapshot(unsigned char* into) const;
  bool restore(const unsigned char* from);
  bool restore(const unsigned char* from, uint64_t frame);
  bool is_aligned() const;
  size_t ranges(SnapshotRange* into) const;
  /// Writes into the header of every member's state that `token` was drawn last, and into that of the first the seed.
  void set_drawn(unsigned char* snapshot, uint32_t token, uint32_t seed) const;

  /// As CudaGroup: states that stay on the device.
  bool reserve_marks(size_t count) { return group_.reserve_marks(count); }
  void mark(size_t number) { group_.mark(number); }
  void return_to(size_t number) { group_.return_to(number); }
  bool reserve_sent() { return group_.reserve_sent(); }
  void send() { group_.send(); }
  /// What was sent last, as a snapshot.
  void receive(unsigned char* snapshot) const;
  uint64_t state_bytes_crossed() const { return group_.state_bytes_crossed(); }

  const char* fault() const { return group_.fault(); }
  /// The member with the conditioning inputs, when any has them.
  const Config& steered() const;

 private:
  template <class F>
  bool for_members(const F& f) const;
  bool is_composite() const { return mixing_ != Mixing::none; }

  size_t num_members_ = 0;
  size_t slots_[kMaxMembers] = {};  ///< Of a member: those of one model follow each other.
  Mixing mixing_ = Mixing::none;
  double weights_[kMaxSlots] = {};  ///< By slot.
  bool is_dropped_[kMaxSlots] = {};
  CudaGroup group_;
};

}  // namespace sashimi::cuda
