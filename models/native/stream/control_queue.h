#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "../core/sampling.h"
#include "hand_over.h"

namespace sashimi {

/// From frame `frame` of the stream that is the `generation`th since the start, `sampling`, and none
/// of what was said before about later frames.
struct ControlPoint {
  uint32_t generation = 0;
  uint64_t frame = 0;
  Sampling sampling;
  uint64_t read = 0;      ///< The queue's own: of `publish`.
  uint64_t earliest = 0;  ///< The queue's own: of `publish`.
};

/// Control points on their way from the reader of a stream to its stepping thread. Points gather until
/// they are published, all at once, so that the thread never acts on half of what one tick said.
/// Wait-free on both sides, no allocation. When the thread takes nothing for long, the last point is kept.
class ControlQueue {
 public:
  static constexpr size_t kCapacity = 1024;

  // The poster's side.

  /// False when there is no room, so that it waits for a later `publish`, or for a later point that is kept instead.
  bool stage(const ControlPoint& point) {
    const uint32_t used = staged_ - taken_.load(std::memory_order_acquire);
    has_spilt_ = has_spilt_ || used == kCapacity;
    if (has_spilt_) {
      spilt_ = point;
    } else {
      points_[staged_++ % kCapacity] = point;
    }
    return !has_spilt_;
  }

  bool has_staged() const { return has_spilt_ || staged_ != published_.load(std::memory_order_relaxed); }
  /// Nothing that gathered applies before `earliest`. `read`: the number of the read after which it is handed over.
  void publish(uint64_t earliest, uint64_t read) {
    uint32_t at = published_.load(std::memory_order_relaxed);
    if (has_spilt_ && staged_ - taken_.load(std::memory_order_acquire) < kCapacity) {
      points_[staged_++ % kCapacity] = spilt_;
      has_spilt_ = false;
    }
    if (at == staged_) return;
    for (; at != staged_; ++at) {
      ControlPoint& point = points_[at % kCapacity];
      if (point.frame < earliest) point.frame = earliest;
      point.earliest = earliest;
      point.read = read;
    }
    published_.store(staged_, std::memory_order_release);
  }

  /// Forgets what gathered and is not published.
  void unstage() {
    staged_ = published_.load(std::memory_order_relaxed);
    has_spilt_ = false;
  }

  // The taker's side. Of streams: of one that is reset, and of the one that begins then.

  /// Takes what is of streams before `generation` out of the way. Of the oldest point of this one, when it was handed over before
  /// `said`, makes `said` that; false otherwise.
  bool look(uint32_t generation, HandOver& said) {
    const ControlPoint* point = peek();
    for (; point && static_cast<int32_t>(point->generation - generation) < 0; point = peek()) pop();
    if (!point || point->generation != generation || point->read >= said.read) return false;
    said = {point->read, point->earliest};
    return true;
  }

  /// The oldest point, or the one `ahead` after it; null when there is none. Valid until `pop`.
  const ControlPoint* peek(uint32_t ahead = 0) const {
    const uint32_t at = taken_.load(std::memory_order_relaxed);
    return published_.load(std::memory_order_acquire) - at <= ahead ? nullptr : &points_[(at + ahead) % kCapacity];
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
