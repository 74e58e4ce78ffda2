#pragma once

#include "lane.h"

namespace sashimi {

/// Two lanes of the same stream: one is heard, the other is free for a second version of what has
/// not been heard yet. The writer makes that version while the reader still plays the first, and
/// the reader goes over to it where it has caught up.
///
/// Who owns which lane is one number on either side, the count of versions so far, whose last bit
/// names the lane. The writer starts a version only on the lane that the reader has left: `offered_`
/// and `adopted_` are equal. So no frame is ever written while it may be read.
class LanePair {
 public:
  explicit LanePair(size_t min_frames) : lanes_{Lane(min_frames), Lane(min_frames)} {}

  bool has_memory() const { return lanes_[0].has_memory() && lanes_[1].has_memory(); }

  // The writer's side.

  /// Appends to the newest version.
  void append(const float* from, size_t count) {
    lanes_[version_ & 1U].append(from, count);
    head_.store(head_.load(std::memory_order_relaxed) + count, std::memory_order_seq_cst);
  }
  /// Whether the reader has gone over to the newest version, so that another may begin.
  bool can_begin() const { return adopted_.load(std::memory_order_acquire) == version_; }
  /// Begins a version whose first frame is `start`, equal to the old one before `changed`. It knows what was handed over up to the read
  /// `known`, the old one up to that before `said`.
  void begin(uint64_t start, uint64_t changed, uint64_t said, uint64_t known) {
    know(said - 1);
    ++version_;
    know(known);
    lanes_[version_ & 1U].restart(start);
    changed_.store(changed, std::memory_order_relaxed);
    said_.store(said, std::memory_order_relaxed);
    head_.store(start, std::memory_order_seq_cst);
    offered_.store(version_, std::memory_order_release);
  }

  /// While the reader looks at neither lane: empties the newest version; its next frame is the one at `position`.
  void restart(uint64_t position) {
    lanes_[version_ & 1U].restart(position);
    head_.store(position, std::memory_order_seq_cst);
  }

  /// The newest version knows all that was handed over up to this read, and nothing after it.
  void know(uint64_t read) { known_[version_ & 1U].store(read, std::memory_order_release); }

  // The reader's side.

  /// The newest version, begun if not finished.
  uint32_t offered() const { return offered_.load(std::memory_order_acquire); }
  /// The reader has left the lane of the version before.
  void adopt(uint32_t version) { adopted_.store(version, std::memory_order_release); }
  /// Only of an offered version that is not adopted yet: its first frame that differs, and as `begin` says.
  uint64_t changed() const { return changed_.load(std::memory_order_relaxed); }
  uint64_t said() const { return said_.load(std::memory_order_relaxed); }
  /// Of the adopted version, as of now: what it has got to know since a frame was written made no difference to that.
  uint64_t known(uint32_t version) const { return known_[version & 1U].load(std::memory_order_acquire); }
  const Lane& lane(uint32_t version) const { return lanes_[version & 1U]; }
  /// All frames before `position` may be overwritten.
  void take(uint64_t position) { taken_.store(position, std::memory_order_seq_cst); }

  // Both sides.

  /// Position after the last frame of the newest version. Goes back when a version begins.
  uint64_t head() const { return head_.load(std::memory_order_seq_cst); }
  /// Position of the next frame to read.
  uint64_t taken() const { return taken_.load(std::memory_order_seq_cst); }

 private:
  Lane lanes_[2];
  uint32_t version_ = 0;  ///< Writer's own.
  std::atomic<uint64_t> changed_{0};
  std::atomic<uint64_t> said_{0};
  std::atomic<uint64_t> known_[2] = {};
  alignas(64) std::atomic<uint32_t> offered_{0};
  std::atomic<uint64_t> head_{0};
  alignas(64) std::atomic<uint32_t> adopted_{0};
  std::atomic<uint64_t> taken_{0};
};

}  // namespace sashimi
