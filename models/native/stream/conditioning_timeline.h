#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../core/arena.h"
#include "conditioning_queue.h"

namespace sashimi {

/// Which row of one conditioning input holds at which sample of a stream: what is said of the time to come, and what was in
/// force as far back as anybody may step again. A row begins with its frame, or inside it when it came too late for that.
/// Belongs to the stepping thread; allocates once, in `init`.
class ConditioningTimeline {
 public:
  static constexpr uint64_t kNever = ~uint64_t{0};

  /// Keeps `num_rows` rows, and lends those of at most `max_samples` samples at once. False when there is no memory.
  bool init(const InputConfig& input, size_t num_rows, size_t max_samples) {
    input_ = input;
    capacity_ = num_rows;
    starts_memory_ = AlignedBlock(num_rows * sizeof(uint64_t));
    rows_memory_ = AlignedBlock(num_rows * input.dim * sizeof(float));
    lent_memory_ = AlignedBlock((max_samples / input.hop + 2) * input.dim * sizeof(float));
    return starts_memory_.data() && rows_memory_.data() && lent_memory_.data();
  }

  /// The input is dropped for ever.
  void restart() {
    count_ = 0;
    has_given_up_ = false;
  }
  /// Whether there was no room for a row since the start.
  bool has_given_up() const { return has_given_up_; }

  /// The first sample before `written` where `set` would make something different; kNever when there is none.
  uint64_t first_change(const SaidFrames& said, uint64_t earliest, uint64_t written) {
    const uint64_t last_frame = said.first_frame + said.num_frames - 1;
    const auto start_of = [&](uint64_t frame) { return std::max(frame * input_.hop, earliest); };
    uint64_t frame = std::min(std::max(said.first_frame, earliest / input_.hop), last_frame);
    for (; frame <= last_frame && start_of(frame) < written; ++frame) {
      const uint64_t until = frame == last_frame ? written : std::min(written, start_of(frame + 1));
      const float* const row = said.rows + (frame - said.first_frame) * input_.dim;
      const uint64_t changed = first_difference(row, start_of(frame), until);
      if (changed != kNever) return changed;
    }
    return kNever;
  }
  /// Puts `said` in from sample `earliest` on, instead of all that is known of then and later. Returns the first sample before
  /// `written` where something is different now; kNever when nothing is. When full, the oldest row is given up: what is
  /// stepped again from before the next one is not what it was.
  uint64_t set(const SaidFrames& said, uint64_t earliest, uint64_t written) {
    const uint64_t changed = first_change(said, earliest, written);
    const uint64_t last_frame = said.first_frame + said.num_frames - 1;
    const uint64_t first = std::min(std::max(said.first_frame, earliest / input_.hop), last_frame);
    const auto row_of = [&](uint64_t frame) { return said.rows + (frame - said.first_frame) * input_.dim; };
    const auto start_of = [&](uint64_t frame) { return std::max(frame * input_.hop, earliest); };
    while (count_ > 0 && start(count_ - 1) >= start_of(first)) --count_;
    for (uint64_t frame = first; frame <= last_frame; ++frame) append(start_of(frame), row_of(frame));
    return changed;
  }

  /// How many of the `num_samples` from `sample` on can be stepped at once: a frame has one row, and dropped is none.
  size_t alike(uint64_t sample, size_t num_samples) const {
    size_t next = after(sample);
    const bool is_dropped = next == 0;
    for (; next < count_ && start(next) < sample + num_samples; ++next) {
      if (is_dropped || start(next) % input_.hop != 0) return static_cast<size_t>(start(next) - sample);
    }
    return num_samples;
  }
  /// The rows of the frames that these samples touch, which are alike: valid until the next call. Null when dropped.
  const float* lend(uint64_t sample, size_t num_samples) {
    size_t next = after(sample);
    if (next == 0) return nullptr;
    auto* const lent = reinterpret_cast<float*>(lent_memory_.data());
    const uint64_t first = sample / input_.hop;
    const uint64_t last = (sample + num_samples - 1) / input_.hop;
    for (uint64_t frame = first; frame <= last; ++frame) {
      while (next < count_ && start(next) <= std::max(sample, frame * input_.hop)) ++next;
      std::memcpy(lent + (frame - first) * input_.dim, row(next - 1), row_bytes());
    }
    return lent;
  }

  /// Nobody will ask about a sample before this one.
  void forget_before(uint64_t sample) {
    const size_t next = after(sample);
    if (next > 1) drop_first(next - 1);
  }

 private:
  size_t slot(size_t index) const { return (first_ + index) % capacity_; }
  uint64_t& start(size_t index) { return reinterpret_cast<uint64_t*>(starts_memory_.data())[slot(index)]; }
  uint64_t start(size_t index) const { return reinterpret_cast<const uint64_t*>(starts_memory_.data())[slot(index)]; }
  float* row(size_t index) { return reinterpret_cast<float*>(rows_memory_.data()) + slot(index) * input_.dim; }
  size_t row_bytes() const { return input_.dim * sizeof(float); }

  /// The first row that begins after `sample`; the one before it holds there, and 0 is dropped.
  size_t after(uint64_t sample) const {
    size_t low = 0;
    size_t high = count_;
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (start(middle) <= sample) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /// Where in [from, until) something else than `values` holds.
  uint64_t first_difference(const float* values, uint64_t from, uint64_t until) {
    size_t next = after(from);
    if (next == 0) return from;
    for (; next <= count_; ++next) {
      if (std::memcmp(row(next - 1), values, row_bytes()) != 0) return std::max(from, start(next - 1));
      if (next < count_ && start(next) >= until) break;
    }
    return kNever;
  }

  void append(uint64_t sample, const float* values) {
    if (count_ == capacity_) {
      drop_first(1);
      has_given_up_ = true;
    }
    start(count_++) = sample;
    std::memcpy(row(count_ - 1), values, row_bytes());
  }

  void drop_first(size_t num_rows) {
    first_ = slot(num_rows);
    count_ -= num_rows;
  }

  InputConfig input_;
  size_t capacity_ = 0;
  AlignedBlock starts_memory_;
  AlignedBlock rows_memory_;
  AlignedBlock lent_memory_;
  size_t first_ = 0;
  size_t count_ = 0;
  bool has_given_up_ = false;
};

}  // namespace sashimi
