#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "../core/arena.h"
#include "hand_over.h"
#include "state_command.h"

namespace sashimi {

/// The kept states of a run-ahead stream, and the commands for them: its reader says commands and looks at what was kept, its
/// stepping thread (StateSource) does them. Samples are counted since the start of the stream or its last reset. Wait-free
/// on both sides; allocates once, when constructed.
class StreamStates {
 public:
  static constexpr uint64_t kNever = ~uint64_t{0};

  /// `look_ahead_frames` as in RunAheadOptions.
  StreamStates(size_t num_slots, size_t state_bytes, size_t look_ahead_frames)
      : num_slots_(num_slots),
        state_bytes_(state_bytes),
        stride_(align_up(state_bytes, kAlignment)),
        settled_frames_(2 * look_ahead_frames),
        memory_(num_slots * stride_),
        kept_at_(new std::atomic<uint64_t>[num_slots]()) {}

  /// Without it nothing else may be called.
  bool has_memory() const { return memory_.data() != nullptr; }
  size_t num_slots() const { return num_slots_; }
  size_t state_bytes() const { return state_bytes_; }

  // The reader's side. `position` is the next sample that it reads.

  /// False, and nothing is said, when too many wait or a slot is none.
  bool say(const StateCommand& command) {
    if (command.a >= num_slots_ || command.b >= num_slots_) return false;
    if (staged_ - taken_.load(std::memory_order_acquire) == kMaxWaiting) return false;
    waiting_[staged_++ % kMaxWaiting].command = command;
    return true;
  }
  bool has_staged() const { return staged_ != published_.load(std::memory_order_relaxed); }
  /// Hands what was said to the thread, all at once. It applies to no sample before `position`.
  /// `read`: the number of the read after which it is handed over.
  void publish(uint32_t generation, uint64_t position, uint64_t read) {
    uint32_t at = published_.load(std::memory_order_relaxed);
    if (at == staged_) return;
    for (; at != staged_; ++at) {
      waiting_[at % kMaxWaiting].generation = generation;
      waiting_[at % kMaxWaiting].frame = position;
      waiting_[at % kMaxWaiting].read = read;
    }
    published_.store(staged_, std::memory_order_release);
  }
  /// Forgets what was said and is not published.
  void forget() { staged_ = published_.load(std::memory_order_relaxed); }
  /// Whether the state in a slot is there and will not be written again: no version that is stepped begins before it.
  bool is_kept(size_t slot, uint64_t position) const {
    if (slot >= num_slots_) return false;
    const uint64_t kept_at = kept_at_[slot].load(std::memory_order_acquire);
    return kept_at == kFilled || (kept_at != 0 && position + 1 >= kept_at + settled_frames_);
  }
  /// Of a slot that is kept.
  void copy(size_t slot, unsigned char* into) const { std::memcpy(into, state(slot), state_bytes_); }
  /// Of a slot that no command names which was not read.
  void fill(size_t slot, const unsigned char* from) {
    std::memcpy(state(slot), from, state_bytes_);
    kept_at_[slot].store(kFilled, std::memory_order_release);
  }

  // The stepping thread's side. Commands are numbered since the start of the stream or its last reset.

  /// The stream ends, of which `heard` samples were read. What was kept so late that it might have been kept anew, and what was
  /// still to be kept, was not: its slot is empty, whether the thread has come that far or not.
  void end(uint64_t heard) {
    for (size_t slot = 0; slot < num_slots_; ++slot) {
      const uint64_t kept_at = kept_at_[slot].load(std::memory_order_relaxed);
      if (kept_at != 0 && !is_kept(slot, heard)) empty(slot);
    }
    for (; first_ < end_; ++first_) {
      const Logged& logged = log_[first_ % kMaxKept];
      if (logged.done_at == kNever) give_up(logged.command);
    }
  }
  /// A stream begins. What was kept stays.
  void restart() {
    first_ = end_ = 0;
    for (size_t slot = 0; slot < num_slots_; ++slot) {
      if (kept_at_[slot].load(std::memory_order_relaxed) != 0) kept_at_[slot].store(kFilled, std::memory_order_release);
    }
  }
  /// Takes what is of streams before `generation` out of the way. Of the oldest command of this one, when it was handed over before
  /// `said`, makes `said` that; false otherwise.
  bool look(uint32_t generation, HandOver& said) {
    uint32_t at = taken_.load(std::memory_order_relaxed);
    const uint32_t published = published_.load(std::memory_order_acquire);
    for (; at != published && static_cast<int32_t>(waiting_[at % kMaxWaiting].generation - generation) < 0; ++at) {
      give_up(waiting_[at % kMaxWaiting].command);
    }
    taken_.store(at, std::memory_order_release);
    if (at == published) return false;
    const Said& oldest = waiting_[at % kMaxWaiting];
    if (oldest.generation != generation || oldest.read >= said.read) return false;
    said = {oldest.read, oldest.frame};
    return true;
  }
  /// Of what was handed over with `read`, the oldest. It applies from `earliest` on at the earliest. Returns the first sample before
  /// `written` where something would be different if all of it were taken; kNever when nothing would.
  uint64_t first_change(uint64_t read, uint64_t earliest, uint64_t written) const {
    const uint32_t at = taken_.load(std::memory_order_relaxed);
    if (at == published_.load(std::memory_order_acquire) || waiting_[at % kMaxWaiting].read != read) return kNever;
    const uint64_t frame = frame_for(waiting_[at % kMaxWaiting], earliest);
    return frame < written ? frame : kNever;
  }
  /// The same, and takes it. False, and there is more, when too many are done that might have to be done again.
  bool take(uint64_t read, uint64_t earliest, uint64_t written, uint64_t& changed) {
    uint32_t at = taken_.load(std::memory_order_relaxed);
    const uint32_t published = published_.load(std::memory_order_acquire);
    bool has_room = true;
    for (; at != published && waiting_[at % kMaxWaiting].read == read; ++at) {
      has_room = end_ - first_ < kMaxKept;
      if (!has_room) break;
      const uint64_t frame = frame_for(waiting_[at % kMaxWaiting], earliest);
      log_[end_++ % kMaxKept] = {frame, kNever, waiting_[at % kMaxWaiting].command};
      if (frame < written) changed = std::min(changed, frame);
    }
    taken_.store(at, std::memory_order_release);
    return has_room;
  }
  /// Frame from which the command `number` applies; kNever when there is none.
  uint64_t frame_of(uint64_t number) const { return number < end_ ? log_[number % kMaxKept].frame : kNever; }
  /// The command, which is done before the sample `frame`.
  const StateCommand& begin(uint64_t number, uint64_t frame) {
    log_[number % kMaxKept].done_at = frame;
    return log_[number % kMaxKept].command;
  }
  /// Nobody will step again from before this sample.
  void forget_before(uint64_t sample) {
    while (first_ < end_ && log_[first_ % kMaxKept].done_at < sample) ++first_;
  }

  bool has_state(size_t slot) const { return kept_at_[slot].load(std::memory_order_acquire) != 0; }
  const unsigned char* state(size_t slot) const { return memory_.data() + slot * stride_; }
  unsigned char* state(size_t slot) { return memory_.data() + slot * stride_; }
  /// The state before the sample `frame` was written into the slot.
  void kept(size_t slot, uint64_t frame) { kept_at_[slot].store(frame + 1, std::memory_order_release); }

 private:
  static constexpr size_t kMaxWaiting = 64;
  /// Done, but perhaps to be done again, or waiting.
  static constexpr uint64_t kMaxKept = 256;
  static constexpr uint64_t kFilled = ~uint64_t{0};

  struct Said {
    uint32_t generation = 0;
    uint64_t frame = 0;
    uint64_t read = 0;
    StateCommand command;
  };
  struct Logged {
    uint64_t frame = 0;
    uint64_t done_at = kNever;
    StateCommand command;
  };

  /// Unless the reader fills it in this moment.
  void empty(size_t slot) {
    uint64_t kept_at = kept_at_[slot].load(std::memory_order_relaxed);
    kept_at_[slot].compare_exchange_strong(kept_at, 0, std::memory_order_release, std::memory_order_relaxed);
  }
  /// It will never be done.
  void give_up(const StateCommand& command) {
    if (command.kind == StateCommandKind::keep) empty(command.a);
  }

  /// In their order, also where one was late and the next is not.
  uint64_t frame_for(const Said& said, uint64_t earliest) const {
    const uint64_t frame = std::max(said.frame, earliest);
    return end_ > first_ ? std::max(frame, log_[(end_ - 1) % kMaxKept].frame) : frame;
  }

  const size_t num_slots_;
  const size_t state_bytes_;
  const size_t stride_;
  const uint64_t settled_frames_;
  AlignedBlock memory_;
  const std::unique_ptr<std::atomic<uint64_t>[]> kept_at_;  ///< One more than the frame; 0 without a state.
  Said waiting_[kMaxWaiting];
  uint32_t staged_ = 0;  ///< Reader's own: after the last command, published or not.
  alignas(64) std::atomic<uint32_t> published_{0};
  alignas(64) std::atomic<uint32_t> taken_{0};
  // The stepping thread's own.
  Logged log_[kMaxKept];
  uint64_t first_ = 0;
  uint64_t end_ = 0;
};

}  // namespace sashimi
