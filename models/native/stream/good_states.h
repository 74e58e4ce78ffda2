#pragma once

#include <cstddef>
#include <cstdint>

namespace sashimi {

/// Which of the kept states of a source are good, and which one it goes back to: models/watchdog/good-states.ts says how, and
/// is its twin. Time is counted in windows since the source began. Only the table, without the states, trivially
/// copyable: a snapshot of the source has it, and the states that it tells of are all still there when it is restored,
/// because none is written over within a second of having been in use.
class GoodStates {
 public:
  static constexpr size_t kNumSlots = 10 + 1;
  static constexpr size_t kInitial = kNumSlots;  ///< In the place of a slot: the state at the beginning.

  /// At the end of window number `now` - 1 nothing was wrong for `calm_windows`. The slot in which the state of this
  /// moment is to be kept; kInitial when it need not be.
  size_t calm(int64_t now, uint32_t calm_windows) {
    if (calm_windows >= kTrustWindows) good_until_ = now - kTrustWindows;
    if (calm_windows == 0 || now - last_kept_ < kKeepWindows) return kInitial;
    last_kept_ = now;
    newest_ = (newest_ + 1) % kNumSlots;
    count_ = count_ + 1 < kNumSlots ? count_ + 1 : kNumSlots - 1;
    taken_at_[newest_] = now;
    return newest_;
  }

  /// The slot from which the source goes on at `now`.
  size_t go_back(int64_t now) {
    forget_after(good_until_);
    if (now - went_back_at_ < kRelapseWindows) {
      forget_after(went_back_to_ - 1);
      const size_t half = (count_ + 1) / 2;
      while (count_ > half) forget_newest();
    }
    went_back_at_ = now;
    went_back_to_ = count_ == 0 ? -1 : taken_at_[newest_];
    last_kept_ = now;
    return count_ == 0 ? kInitial : newest_;
  }

 private:
  static constexpr int64_t kKeepWindows = 16;
  static constexpr int64_t kTrustWindows = 32;
  static constexpr int64_t kRelapseWindows = 160;

  void forget_after(int64_t window) {
    while (count_ > 0 && taken_at_[newest_] > window) forget_newest();
  }
  void forget_newest() {
    newest_ = (newest_ + kNumSlots - 1) % kNumSlots;
    --count_;
  }

  int64_t taken_at_[kNumSlots] = {};
  size_t newest_ = 0;
  size_t count_ = 0;
  int64_t good_until_ = -1;
  int64_t last_kept_ = 0;
  int64_t went_back_at_ = -kRelapseWindows;
  int64_t went_back_to_ = -1;
};

}  // namespace sashimi
