#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sashimi {

/// In the order of LAPSE_KINDS in models/stream.ts, which says what each is.
enum class LapseKind : uint32_t { late, overdue, delay, steer, postponed, dry, lost };

/// Where a stream was not what it would have been with a thread that takes no time. Reads are numbered, positions counted, since the
/// start of the stream or its last reset.
struct Lapse {
  LapseKind kind = LapseKind::lost;
  uint64_t read = 0;
  uint64_t frame = 0;
  uint64_t frames = 0;
};

/// The lapses of a stream, for its reader: its own, and those of the stepping thread. Wait-free on both sides, no allocation. When
/// nobody takes any, the oldest are given up, and that is told as one.
class LapseLog {
 public:
  // The reader's side.

  void add(const Lapse& lapse) {
    if (end_ - first_ == kCapacity) {
      ++first_;
      is_incomplete_ = true;
    }
    lapses_[end_++ % kCapacity] = lapse;
  }
  /// What the thread has told of the stream `generation`. Its reads are counted from `first_read` on.
  void gather(uint32_t generation, uint64_t first_read) {
    uint32_t at = taken_.load(std::memory_order_relaxed);
    for (; at != told_.load(std::memory_order_acquire); ++at) {
      const Told& told = waiting_[at % kMaxTold];
      if (told.generation != generation) continue;
      Lapse lapse = told.lapse;
      lapse.read -= first_read;
      add(lapse);
    }
    taken_.store(at, std::memory_order_release);
    if (is_thread_incomplete_.exchange(false, std::memory_order_acq_rel)) is_incomplete_ = true;
  }
  /// The oldest that was not taken; false without one.
  bool take(Lapse& lapse) {
    if (is_incomplete_) {
      is_incomplete_ = false;
      lapse = Lapse{};
      return true;
    }
    if (first_ == end_) return false;
    lapse = lapses_[first_++ % kCapacity];
    return true;
  }
  /// Another stream begins.
  void clear() {
    first_ = end_;
    is_incomplete_ = false;
  }

  // The stepping thread's side. Reads are counted since the stream was opened.

  void tell(uint32_t generation, const Lapse& lapse) {
    const uint32_t at = told_.load(std::memory_order_relaxed);
    if (at - taken_.load(std::memory_order_acquire) == kMaxTold) {
      is_thread_incomplete_.store(true, std::memory_order_release);
      return;
    }
    waiting_[at % kMaxTold] = {generation, lapse};
    told_.store(at + 1, std::memory_order_release);
  }

 private:
  static constexpr size_t kCapacity = 128;
  static constexpr uint32_t kMaxTold = 128;

  struct Told {
    uint32_t generation = 0;
    Lapse lapse;
  };

  Lapse lapses_[kCapacity];
  uint64_t first_ = 0;
  uint64_t end_ = 0;
  bool is_incomplete_ = false;
  Told waiting_[kMaxTold];
  alignas(64) std::atomic<uint32_t> told_{0};
  std::atomic<bool> is_thread_incomplete_{false};
  alignas(64) std::atomic<uint32_t> taken_{0};
};

}  // namespace sashimi
