#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "../core/arena.h"

namespace sashimi {

/// Frames by their position, which counts frames since the start and never wraps. One thread
/// appends, one reads what was appended; neither waits. The memory is allocated once, by the
/// constructor. Whoever appends sees to it that no frame is overwritten which may still be read.
class Lane {
 public:
  /// Holds at least `min_frames`.
  explicit Lane(size_t min_frames)
      : mask_(power_of_two(min_frames) - 1),
        memory_((mask_ + 1) * sizeof(float)),
        frames_(reinterpret_cast<float*>(memory_.data())) {}

  /// Without it nothing else may be called.
  bool has_memory() const { return frames_ != nullptr; }

  /// Writer, while nobody reads this lane: empties it; its next frame is the one at `position`.
  void restart(uint64_t position) {
    start_.store(position, std::memory_order_relaxed);
    written_.store(position, std::memory_order_release);
  }

  /// Writer.
  void append(const float* from, size_t count) {
    const uint64_t at = written_.load(std::memory_order_relaxed);
    for (size_t i = 0; i < count; ++i) frames_[(at + i) & mask_] = from[i];
    written_.store(at + count, std::memory_order_release);
  }

  /// Frames from `position` on; 0 when the lane begins after it.
  size_t ready_from(uint64_t position) const {
    if (position < start()) return 0;
    const uint64_t written = written_.load(std::memory_order_acquire);
    return written > position ? static_cast<size_t>(written - position) : 0;
  }
  /// Position of the first frame.
  uint64_t start() const { return start_.load(std::memory_order_relaxed); }
  /// Reader; the frame is one of `ready_from`.
  float at(uint64_t position) const { return frames_[position & mask_]; }

 private:
  static size_t power_of_two(size_t at_least) {
    size_t size = 1;
    while (size < at_least) size *= 2;
    return size;
  }

  const size_t mask_;
  AlignedBlock memory_;
  float* const frames_;
  // Published together with the lane itself: see LanePair.
  std::atomic<uint64_t> start_{0};
  // On a line of its own, so that the two sides do not slow each other down.
  alignas(64) std::atomic<uint64_t> written_{0};
};

}  // namespace sashimi
