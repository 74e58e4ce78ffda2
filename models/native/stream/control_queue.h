#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "../core/sampling.h"

namespace sashimi {

/// From frame `frame` of the stream that is the `generation`th since the start, `sampling`, and none
/// of what was said before about later frames.
struct ControlPoint {
  uint32_t generation = 0;
  uint64_t frame = 0;
  Sampling sampling;
};

/// Control points on their way from the reader of a stream to its stepping thread. Points gather until
/// they are published, all at once, so that the thread never acts on half of what one tick said.
/// Wait-free on both sides, no allocation. When the thread takes nothing for long, the last point is kept.
class ControlQueue {
 public:
  static constexpr size_t kCapacity = 256;

  // The poster's side.

  void stage(const ControlPoint& point) {
    const uint32_t used = staged_ - taken_.load(std::memory_order_acquire);
    has_spilt_ = has_spilt_ || used == kCapacity;
    if (has_spilt_) {
      spilt_ = point;
    } else {
      points_[staged_++ % kCapacity] = point;
    }
  }

  /// Nothing that gathered applies before `earliest`.
  void publish(uint64_t earliest) {
    uint32_t at = published_.load(std::memory_order_relaxed);
    if (has_spilt_ && staged_ - taken_.load(std::memory_order_acquire) < kCapacity) {
      points_[staged_++ % kCapacity] = spilt_;
      has_spilt_ = false;
    }
    if (at == staged_) return;
    for (; at != staged_; ++at) {
      uint64_t& frame = points_[at % kCapacity].frame;
      if (frame < earliest) frame = earliest;
    }
    published_.store(staged_, std::memory_order_release);
  }

  /// Forgets what gathered and is not published.
  void unstage() {
    staged_ = published_.load(std::memory_order_relaxed);
    has_spilt_ = false;
  }

  // The taker's side.

  /// The oldest point; null when there is none. Valid until `pop`.
  const ControlPoint* peek() const {
    const uint32_t at = taken_.load(std::memory_order_relaxed);
    return at == published_.load(std::memory_order_acquire) ? nullptr : &points_[at % kCapacity];
  }
  void pop() { taken_.store(taken_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

 private:
  ControlPoint points_[kCapacity];
  uint32_t staged_ = 0;  ///< Poster's own: after the last point, published or not.
  bool has_spilt_ = false;
  ControlPoint spilt_;
  alignas(64) std::atomic<uint32_t> published_{0};
  alignas(64) std::atomic<uint32_t> taken_{0};
};

}  // namespace sashimi
