#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/sampling.h"

namespace sashimi {

inline bool is_same(const Sampling& a, const Sampling& b) {
  return a.temperature == b.temperature && a.top_p == b.top_p && a.top_k == b.top_k && a.blend == b.blend;
}

/// Which control values hold at which position: what is planned, and what was in force as far back as
/// anybody may step again. Belongs to the stepping thread; allocates nothing.
class ControlTimeline {
 public:
  static constexpr uint64_t kNever = ~uint64_t{0};
  static constexpr size_t kCapacity = 512;

  explicit ControlTimeline(const Sampling& initial) { restart(0, initial); }

  /// `sampling` for ever.
  void restart(uint64_t position, const Sampling& sampling) {
    first_ = 0;
    count_ = 1;
    at(0) = {position, sampling};
    has_given_up_ = false;
  }
  /// Whether there was no room for a value since the start.
  bool has_given_up() const { return has_given_up_; }

  /// The first position before `written` where `set` would make something different; kNever when there is none.
  uint64_t first_change(uint64_t position, const Sampling& sampling, uint64_t written) const {
    if (position >= written) return kNever;
    size_t index = count_;
    bool is_changed = false;
    for (; index > 1 && at(index - 1).position >= position; --index) {
      is_changed = is_changed || at(index - 1).position < written;
    }
    return is_changed || !is_same(at(index - 1).sampling, sampling) ? position : kNever;
  }
  /// `sampling` from `position` on; what was said about later positions is forgotten. Returns the first position
  /// before `written` where something is different now; kNever when nothing is. When full, the last value but this
  /// one is given up: the one before holds in its place, since a value must not come before its position.
  uint64_t set(uint64_t position, const Sampling& sampling, uint64_t written) {
    bool is_changed = false;
    while (count_ > 1 && at(count_ - 1).position >= position) {
      is_changed = is_changed || at(count_ - 1).position < written;
      --count_;
    }
    uint64_t changed = position;
    if (!is_same(at(count_ - 1).sampling, sampling)) {
      is_changed = is_changed || position < written;
      if (position <= at(count_ - 1).position) {
        at(0).sampling = sampling;
      } else {
        if (count_ == kCapacity) {
          changed = at(--count_).position;
          has_given_up_ = true;
          is_changed = is_changed || changed < written;
        }
        at(count_++) = {position, sampling};
      }
    }
    return is_changed ? changed : kNever;
  }

  /// What holds at `position`, which is none that was forgotten.
  const Sampling& in_force(uint64_t position) const { return at(index_of(position)).sampling; }
  /// The last thing said.
  const Sampling& last() const { return at(count_ - 1).sampling; }
  /// The first position after `position` where something changes; kNever when nothing does.
  uint64_t next_change(uint64_t position) const {
    const size_t next = index_of(position) + 1;
    return next < count_ ? at(next).position : kNever;
  }

  /// Nobody will ask about a position before this one.
  void forget_before(uint64_t position) {
    const size_t gone = index_of(position);
    first_ = (first_ + gone) % kCapacity;
    count_ -= gone;
  }

 private:
  struct Point {
    uint64_t position;
    Sampling sampling;
  };

  Point& at(size_t index) { return points_[(first_ + index) % kCapacity]; }
  const Point& at(size_t index) const { return points_[(first_ + index) % kCapacity]; }
  size_t index_of(uint64_t position) const {
    size_t index = count_ - 1;
    while (index > 0 && at(index).position > position) --index;
    return index;
  }

  Point points_[kCapacity] = {};
  size_t first_ = 0;
  size_t count_ = 0;  ///< At least 1.
  bool has_given_up_ = false;
};

}  // namespace sashimi
