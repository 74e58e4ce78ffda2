#pragma once

#include <vector>

#include "../../core/conditioning.h"
#include "../../core/sampling.h"
#include "../../core/snapshot_range.h"
#include "post.h"

namespace sashimi::cuda {

/// Voices of one model on a device that step together, each in a slot: VoiceGroup of ../../core/voice_group.h, and what a single
/// voice does besides. A block of threads steps up to kMaxSlots of them. Not thread-safe: one caller at a time. After `init` no
/// method allocates. When the device fails, `fault` says so, nothing throws, and what is given from then on is silence.
class CudaGroup {
 public:
  /// Allocates. False without memory.
  bool init(std::shared_ptr<const CudaModel> model, size_t capacity);

  size_t capacity() const { return capacity_; }
  /// Voices of a block of threads.
  size_t slots_per_block() const { return slots_; }
  const Config& config() const { return model_->weights().config(); }

  /// The voice of `slot` begins, at frame 0.
  void start(size_t slot, uint32_t seed);
  void stop(size_t slot) { voices_[slot].is_active = false; }
  bool is_active(size_t slot) const { return voices_[slot].is_active; }
  uint64_t frame(size_t slot) const { return voices_[slot].frame; }

  /// Steps every active voice by `num_frames`: outs[slot] (num_frames) receives amplitude, ids[slot] tokens where there are any.
  void step_block(float* const* outs, size_t num_frames, const Sampling* samplings, const Conditioning* conditionings,
                  uint8_t* const* ids = nullptr);
  /// The voice of `slot` consumes `ids`; `logits` (num_frames, levels) where not null.
  void force_block(size_t slot, const uint8_t* ids, size_t num_frames, float* logits, const Conditioning& conditioning);

  /// Those of the native stepper: either goes on from the other's.
  size_t snapshot_bytes() const { return shape_.bytes(); }
  void snapshot(size_t slot, unsigned char* into) const;
  /// False, and nothing changed, for another model's snapshot; with `frame` as VoiceState::restore.
  bool restore(size_t slot, const unsigned char* from);
  bool restore(size_t slot, const unsigned char* from, uint64_t frame);
  void reseed(size_t slot, uint32_t seed);
  /// As VoiceState.
  bool is_aligned(size_t slot) const;
  size_t ranges(SnapshotRange* into) const { return shape_.ranges(into); }


  /// Tallies of a slot, as TokenDraw has them.
  uint64_t surprise(size_t slot) const { return tally(slot).surprise; }
  uint64_t faulty(size_t slot) const { return tally(slot).faulty; }

  /// Null, or why the device failed.
  const char* fault() const { return post_.fault(); }

 private:
  /// Frames of an order: the host takes one's samples while the kernel makes the next's.
  static constexpr size_t kOrderFrames = 64;

  /// What the host knows of a voice's header.
  struct Voice {
    uint64_t frame = 0;
    uint64_t consumed = 0;
    bool is_forced = false;
    bool is_active = false;
  };

  /// What an order's slot has in host memory that the device sees; there is one for every order of a mailbox.
  struct Exchange {
    size_t out = 0;
    size_t ids = 0;
    size_t logits = 0;
    size_t rows[kMaxInputs] = {};
    size_t bytes = 0;
  };

  /// One stretch of a block's frames.
  struct Stretch {
    size_t first;
    size_t count;
  };

  void lay_out_exchange();
  uint32_t block_of(size_t slot) const { return static_cast<uint32_t>(slot / slots_); }
  size_t exchange_of(size_t slot, uint32_t order) const;
  const Tally& tally(size_t slot) const { return post_.tally(block_of(slot), static_cast<uint32_t>(slot % slots_)); }
  Order& empty_order(uint32_t block, OrderKind kind, size_t num_frames);
  SlotOrder& of_slot(Order& order, size_t slot) const { return order.slots[slot % slots_]; }
  void carry_out(uint32_t block) const;
  void lend_rows(SlotOrder& order, size_t slot, size_t at, const Conditioning& conditioning, Stretch stretch);
  void advance(size_t slot, size_t num_frames);
  void post_steps(uint32_t block, Stretch stretch, const Sampling* samplings, const Conditioning* conditionings);
  void take_steps(uint32_t block, uint32_t order, Stretch stretch, float* const* outs, uint8_t* const* ids);

  std::shared_ptr<const CudaModel> model_;
  VoiceState shape_;  ///< A state of this model, for its layout.
  size_t capacity_ = 0;
  size_t slots_ = 0;
  uint32_t blocks_ = 0;
  std::vector<Voice> voices_;
  Exchange exchange_;
  // What the kernel uses, before what makes it end.
  DeviceMemory states_;
  DeviceMemory memory_;
  MappedMemory mapped_;
  MappedMemory staged_;  ///< A snapshot on its way.
  mutable Post post_;
};

}  // namespace sashimi::cuda
