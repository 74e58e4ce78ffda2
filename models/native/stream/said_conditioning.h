#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../core/arena.h"
#include "../core/config.h"

namespace sashimi {

/// What was said of one conditioning input, from the frame of the playhead on, and how much of it the stepping thread has not
/// been told. Frame k lies in row k modulo the capacity. Belongs to the reader of a stream; allocates once, in `init`.
class SaidConditioning {
 public:
  /// Keeps `num_frames` frames. False when there is no memory.
  bool init(const InputConfig& input, size_t num_frames) {
    input_ = input;
    capacity_ = num_frames;
    memory_ = AlignedBlock(num_frames * input.dim * sizeof(float));
    rows_ = reinterpret_cast<float*>(memory_.data());
    return rows_ != nullptr;
  }

  /// `frames` (num_frames, dim) from frame `first_frame` on, instead of what was said of these and later ones. `position` is the
  /// next sample that is read. Returns how many are not kept, because they lie beyond the capacity.
  size_t say(int64_t first_frame, const float* frames, size_t num_frames, uint64_t position) {
    const uint64_t now = position / input_.hop;
    const auto over = first_frame < static_cast<int64_t>(now) ? static_cast<int64_t>(now) - first_frame : 0;
    if (num_frames == 0 || first_frame >= static_cast<int64_t>(now + capacity_)) return num_frames;
    // Of the frames that are over, the last may still hold.
    const size_t skipped = std::min(static_cast<size_t>(over), num_frames - 1);
    const uint64_t first = over > 0 ? now : static_cast<uint64_t>(first_frame);
    if (has_frames_ && first > end_) hold_until(first, now);
    const uint64_t wanted = first + (num_frames - skipped);
    end_ = std::min(wanted, now + capacity_);
    for (uint64_t frame = first; frame < end_; ++frame) {
      std::memcpy(row(frame), frames + (skipped + (frame - first)) * input_.dim, input_.dim * sizeof(float));
    }
    untold_ = std::min(untold_, first);
    has_frames_ = true;
    return static_cast<size_t>(wanted - end_);
  }

  bool is_told() const { return untold_ == kNone; }
  /// The first frame that the thread is to be told of, where the next sample to be read is `position`.
  uint64_t first_untold(uint64_t position) const { return std::max(untold_, position / input_.hop); }
  /// From that frame on, at least one: the last frame holds when all are over.
  size_t num_untold(uint64_t position) const {
    const uint64_t first = first_untold(position);
    return end_ > first ? static_cast<size_t>(end_ - first) : 1;
  }
  /// Writes them.
  void copy_untold(uint64_t position, float* to) {
    const uint64_t first = first_untold(position);
    for (size_t i = 0; i < num_untold(position); ++i, to += input_.dim) {
      std::memcpy(to, row(std::min(first + i, end_ - 1)), input_.dim * sizeof(float));
    }
  }
  void set_told() { untold_ = kNone; }

  /// Nothing was said.
  void forget() {
    untold_ = kNone;
    has_frames_ = false;
  }

 private:
  static constexpr uint64_t kNone = ~uint64_t{0};

  float* row(uint64_t frame) { return rows_ + frame % capacity_ * input_.dim; }

  /// The last frame said holds up to `frame`, so that no frame from `now` on is missing.
  void hold_until(uint64_t frame, uint64_t now) {
    const float* const last = row(end_ - 1);
    untold_ = std::min(untold_, std::max(end_, now));
    for (uint64_t k = std::max(end_, now); k < frame; ++k) std::memmove(row(k), last, input_.dim * sizeof(float));
  }

  InputConfig input_;
  size_t capacity_ = 0;
  AlignedBlock memory_;
  float* rows_ = nullptr;
  uint64_t end_ = 0;         ///< After the last frame said.
  uint64_t untold_ = kNone;  ///< From this frame on.
  bool has_frames_ = false;
};

}  // namespace sashimi
