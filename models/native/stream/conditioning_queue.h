#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "../core/arena.h"

namespace sashimi {

/// Consecutive frames of one conditioning input, said for the stream that is the `generation`th since the start, instead of
/// all that was said before about these frames and later ones.
struct SaidFrames {
  uint32_t generation = 0;
  size_t input = 0;
  uint64_t first_frame = 0;
  size_t num_frames = 0;  ///< At least 1.
  uint64_t earliest = 0;  ///< Sample of the stream before which they do not apply.
  uint64_t read = 0;      ///< Number of the read after which they are handed over.
  float* rows = nullptr;  ///< (num_frames, dim)
  uint64_t end = 0;       ///< The queue's own: after the last row.
};

/// Frames of conditioning on their way from the reader of a stream to its stepping thread. What is staged is published all at
/// once, so that the thread never acts on half of what one tick said. Wait-free on both sides; allocates once.
class ConditioningQueue {
 public:
  /// When it is empty, as many as `max_values` can be staged, in up to kMaxRecords records.
  explicit ConditioningQueue(size_t max_values)
      : capacity_(2 * max_values), memory_(capacity_ * sizeof(float)), values_(reinterpret_cast<float*>(memory_.data())) {}

  /// Without it nothing else may be called.
  bool has_memory() const { return values_ != nullptr; }

  // The writer's side.

  /// Room for the rows of `frames`, of `num_values` in all, to be filled before they are published. Null when there is none.
  float* stage(const SaidFrames& frames, size_t num_values) {
    if (staged_ - taken_.load(std::memory_order_acquire) == kMaxRecords) return nullptr;
    // The rows of a record lie in one piece.
    const size_t place = static_cast<size_t>(end_ % capacity_);
    const uint64_t start = place + num_values > capacity_ ? end_ + (capacity_ - place) : end_;
    if (start + num_values - freed_.load(std::memory_order_acquire) > capacity_) return nullptr;
    SaidFrames& record = records_[staged_++ % kMaxRecords];
    record = frames;
    record.rows = values_ + start % capacity_;
    record.end = end_ = start + num_values;
    return record.rows;
  }
  void publish() {
    published_end_ = end_;
    published_.store(staged_, std::memory_order_release);
  }
  /// Forgets what is staged and not published.
  void unstage() {
    end_ = published_end_;
    staged_ = published_.load(std::memory_order_relaxed);
  }

  // The taker's side.

  /// The oldest record, or the one `ahead` after it; null when there is none. Valid until `pop`.
  const SaidFrames* peek(uint32_t ahead = 0) const {
    const uint32_t at = taken_.load(std::memory_order_relaxed);
    return published_.load(std::memory_order_acquire) - at <= ahead ? nullptr : &records_[(at + ahead) % kMaxRecords];
  }
  void pop() {
    const uint32_t at = taken_.load(std::memory_order_relaxed);
    freed_.store(records_[at % kMaxRecords].end, std::memory_order_release);
    taken_.store(at + 1, std::memory_order_release);
  }

 private:
  static constexpr size_t kMaxRecords = 256;

  const size_t capacity_;
  AlignedBlock memory_;
  float* const values_;
  SaidFrames records_[kMaxRecords];
  // The writer's own: after the last record and the last row, published or not. Values are counted since the start.
  uint32_t staged_ = 0;
  uint64_t end_ = 0;
  uint64_t published_end_ = 0;
  alignas(64) std::atomic<uint32_t> published_{0};
  alignas(64) std::atomic<uint32_t> taken_{0};
  std::atomic<uint64_t> freed_{0};
};

}  // namespace sashimi
