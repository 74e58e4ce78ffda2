#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/arena.h"

namespace sashimi {

/// The latest snapshots of a source, by position, each overwriting the oldest. Belongs to the stepping
/// thread. Allocates once, when constructed, and touches all of it, so that no page is missing later.
class SnapshotRing {
 public:
  SnapshotRing(size_t num_slots, size_t bytes)
      : num_slots_(num_slots),
        bytes_(bytes),
        positions_memory_(num_slots * sizeof(uint64_t)),
        memory_(num_slots * bytes),
        positions_(reinterpret_cast<uint64_t*>(positions_memory_.data())) {}

  /// Without it nothing else may be called, apart from `num_bytes`.
  bool has_memory() const { return positions_memory_.data() && memory_.data(); }

  bool is_empty() const { return count_ == 0; }
  size_t num_bytes() const { return num_slots_ * bytes_; }
  uint64_t oldest() const { return positions_[slot(0)]; }
  uint64_t newest() const { return positions_[slot(count_ - 1)]; }
  const unsigned char* newest_bytes() const { return memory_.data() + slot(count_ - 1) * bytes_; }
  size_t num_slots() const { return num_slots_; }
  /// Below `num_slots`: the memory of the newest one.
  size_t newest_slot() const { return slot(count_ - 1); }

  /// Whether the next push would leave no snapshot at or before `position`.
  bool would_lose(uint64_t position) const { return count_ == num_slots_ && positions_[slot(1)] > position; }

  /// Memory for the state before the frame at `position`, later than all others.
  unsigned char* push(uint64_t position) {
    if (count_ == num_slots_) {
      first_ = (first_ + 1) % num_slots_;
    } else {
      ++count_;
    }
    positions_[slot(count_ - 1)] = position;
    return memory_.data() + slot(count_ - 1) * bytes_;
  }

  /// Drops all after `position`, and at least one is kept.
  void keep_until(uint64_t position) {
    while (count_ > 1 && newest() > position) --count_;
  }
  void clear() { count_ = 0; }

 private:
  size_t slot(size_t index) const { return (first_ + index) % num_slots_; }

  const size_t num_slots_;
  const size_t bytes_;
  AlignedBlock positions_memory_;
  AlignedBlock memory_;
  uint64_t* const positions_;
  size_t first_ = 0;
  size_t count_ = 0;
};

}  // namespace sashimi
