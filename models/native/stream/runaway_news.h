#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "watchdog_judge.h"

namespace sashimi {

/// How often a source ran away, by cause, since it was made, and at which frame it did so last.
struct RunawayCounts {
  uint64_t of[kNumRunawayCauses] = {};
  uint64_t last_frame = 0;
};

/// Runaways on their way from the stepping thread to the reader, which hears of them when it has read that far: what is
/// ahead of it may still be stepped again, and differently. Wait-free for the writer, and for the reader while it does
/// not write, which is all but a few nanoseconds of an hour.
class RunawayNews {
 public:
  /// Stepping thread.
  void publish(const RunawayCounts& counts) {
    sequence_.fetch_add(1, std::memory_order_acq_rel);
    for (size_t i = 0; i < kNumRunawayCauses; ++i) of_[i].store(counts.of[i], std::memory_order_release);
    last_frame_.store(counts.last_frame, std::memory_order_release);
    sequence_.fetch_add(1, std::memory_order_release);
  }

  /// Reader, which has read `position` frames of the stream that plays: the counts up to there, never fewer than before.
  const RunawayCounts& heard(uint64_t position) {
    RunawayCounts now;
    const uint32_t before = sequence_.load(std::memory_order_acquire);
    for (size_t i = 0; i < kNumRunawayCauses; ++i) now.of[i] = of_[i].load(std::memory_order_acquire);
    now.last_frame = last_frame_.load(std::memory_order_acquire);
    // Half-written news is told at the next look.
    if (before % 2 != 0 || sequence_.load(std::memory_order_acquire) != before) return heard_;
    if (now.last_frame > position) return heard_;
    for (size_t i = 0; i < kNumRunawayCauses; ++i) heard_.of[i] = std::max(heard_.of[i], now.of[i]);
    return heard_;
  }

 private:
  std::atomic<uint32_t> sequence_{0};
  std::atomic<uint64_t> of_[kNumRunawayCauses] = {};
  std::atomic<uint64_t> last_frame_{0};
  RunawayCounts heard_;  ///< Reader's own.
};

}  // namespace sashimi
