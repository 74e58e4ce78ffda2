#pragma once

#include <optional>
#include <vector>

#include "../../core/conditioning.h"
#include "../../core/sampling.h"
#include "../../core/snapshot_range.h"
#include "launch_shape.h"
#include "post.h"

namespace sashimi::cuda {

/// Voices of one model on a device that step together, each in a slot: VoiceGroup of ../../core/voice_group.h, and what a single
/// voice does besides. A block of threads steps up to kMaxSlots of them. Or the members of one composite, whose predictions meet
/// before one draw for all. Not thread-safe: one caller at a time. After `init` no method allocates, but reserve_marks. When the
/// device fails, `fault` says so, nothing throws, and what is given from then on is silence.
class CudaGroup {
 public:
  /// Voices of one model of a composite.
  struct Ensemble {
    std::shared_ptr<const CudaModel> model;
    size_t count;
  };

  /// Spread as `wanted`, or else as shape_of_launch has it. Allocates. False without memory.
  bool init(std::shared_ptr<const CudaModel> model, size_t capacity, std::optional<LaunchShape> wanted = std::nullopt);
  /// Slots in the order of `ensembles`, of one alphabet; at most kMaxEnsembles of these, and kMaxSlots slots. All slots are to be
  /// active when they step. The first one's seed keys the draws. Allocates. False without memory.
  bool init_composite(const std::vector<Ensemble>& ensembles, Mixing mixing);

  size_t capacity() const { return capacity_; }
  /// Voices of a block of threads.
  size_t slots_per_block() const { return slots_; }
  /// Blocks of threads that step the same voices.
  uint32_t team() const { return team_; }
  const Config& config(size_t slot = 0) const { return part_of(slot).model->weights().config(); }

  /// The voice of `slot` begins, at frame 0.
  void start(size_t slot, uint32_t seed);
  void stop(size_t slot) { voices_[slot].is_active = false; }
  bool is_active(size_t slot) const { return voices_[slot].is_active; }
  uint64_t frame(size_t slot) const { return voices_[slot].frame; }
  uint32_t seed(size_t slot) const { return voices_[slot].seed; }

  /// Steps every active voice by `num_frames`: outs[slot] (num_frames) receives amplitude, ids[slot] tokens where there are any.
  /// Of a composite only the first slot's, and `weights` are those of the members' predictions.
  void step_block(float* const* outs, size_t num_frames, const Sampling* samplings, const Conditioning* conditionings,
                  uint8_t* const* ids = nullptr, const double* weights = nullptr);
  /// The voice of `slot` consumes `ids`; `logits` (num_frames, levels) where not null.
  void force_block(size_t slot, const uint8_t* ids, size_t num_frames, float* logits, const Conditioning& conditioning) {
    force_slots(slot, 1, ids, num_frames, logits, &conditioning, nullptr);
  }
  /// All members of a composite do; a row of `logits` is the mixed prediction.
  void force_composite(const uint8_t* ids, size_t num_frames, float* logits, const Conditioning* conditionings,
                       const double* weights) {
    force_slots(0, capacity_, ids, num_frames, logits, conditionings, weights);
  }

  /// Those of the native stepper: either goes on from the other's.
  size_t snapshot_bytes(size_t slot = 0) const { return part_of(slot).shape.bytes(); }
  void snapshot(size_t slot, unsigned char* into) const;
  /// Whether `restore` would take it.
  bool accepts(size_t slot, const unsigned char* from, uint64_t frame) const { return part_of(slot).shape.accepts(from, frame); }
  /// False, and nothing changed, for another model's snapshot; with `frame` as VoiceState::restore.
  bool restore(size_t slot, const unsigned char* from);
  bool restore(size_t slot, const unsigned char* from, uint64_t frame);
  void reseed(size_t slot, uint32_t seed);
  /// As VoiceState.
  bool is_aligned(size_t slot) const;
  size_t ranges(size_t slot, SnapshotRange* into) const { return part_of(slot).shape.ranges(into); }

  // Of a group whose voices are one block's: states that stay on the device. What is said here is done in its order with all else,
  // and nobody waits for it.

  /// Room for the states of all slots, `count` times. Allocates. False without memory.
  bool reserve_marks(size_t count);
  /// Keeps them under `number`, in the place of what was kept there.
  void mark(size_t number);
  /// All slots go on from there.
  void return_to(size_t number);
  /// Bytes of the states of all slots, one after the other.
  size_t mark_bytes() const { return mark_bytes_; }
  /// Room for `send`. Allocates. False without memory.
  bool reserve_sent();
  /// They come to `sent`, before the end of the next call that waits.
  void send();
  const unsigned char* sent() const { return sent_.data(); }

  /// Of states that have crossed the bus, either way, so far.
  uint64_t state_bytes_crossed() const { return state_bytes_crossed_; }

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
    uint32_t seed = 0;
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

  /// The slots of a block that are of one model.
  struct Part {
    std::shared_ptr<const CudaModel> model;
    VoiceState shape;  ///< A state of this model, for its layout.
    size_t first = 0;  ///< Of a block.
    size_t count = 0;
    DeviceMemory states;
    DeviceMemory memory;
    Exchange exchange;
  };

  bool init_parts(const std::vector<Ensemble>& ensembles, Mixing mixing);
  static Exchange exchange_layout(const Config& config);
  const Part& part_of(size_t slot) const { return *parts_[part_numbers_[slot % slots_]]; }
  const Exchange& exchange_of(size_t slot) const { return part_of(slot).exchange; }
  uint32_t block_of(size_t slot) const { return static_cast<uint32_t>(slot / slots_); }
  size_t offset_of(size_t slot, uint32_t order) const;
  const Tally& tally(size_t slot) const { return post_.tally(block_of(slot), static_cast<uint32_t>(slot % slots_)); }
  Order& empty_order(uint32_t block, OrderKind kind, size_t num_frames);
  SlotOrder& of_slot(Order& order, size_t slot) const { return order.slots[slot % slots_]; }
  void set_out(uint32_t block) const;
  void carry_out(uint32_t block) const;
  void order_copies(OrderKind kind, size_t first, size_t count, uint64_t address);
  void force_slots(size_t first, size_t count, const uint8_t* ids, size_t num_frames, float* logits,
                   const Conditioning* conditionings, const double* weights);
  void lend_rows(SlotOrder& order, size_t slot, size_t at, const Conditioning& conditioning, Stretch stretch);
  void advance(size_t slot, size_t num_frames);
  void post_steps(uint32_t block, Stretch stretch, const Sampling* samplings, const Conditioning* conditionings,
                  const double* weights);
  void take_steps(uint32_t block, uint32_t order, Stretch stretch, float* const* outs, uint8_t* const* ids);

  size_t capacity_ = 0;
  size_t slots_ = 0;
  uint32_t blocks_ = 0;  ///< Or teams of them.
  uint32_t team_ = 1;
  std::vector<Voice> voices_;
  std::vector<Voice> marked_;  ///< (marks, slots)
  size_t mark_bytes_ = 0;
  size_t exchange_bytes_ = 0;  ///< Of a slot and an order, whatever the model.
  mutable uint64_t state_bytes_crossed_ = 0;
  // What the kernel uses, before what makes it end.
  std::vector<std::unique_ptr<Part>> parts_;
  size_t part_numbers_[kMaxSlots] = {};
  DeviceMemory ensembles_;
  DeviceMemory marks_;
  MappedMemory mapped_;
  MappedMemory staged_;  ///< A snapshot on its way.
  MappedMemory sent_;
  mutable Post post_;
};

}  // namespace sashimi::cuda
