#pragma once

#include <algorithm>
#include <cstddef>

namespace sashimi {

/// Whether control changes reach back to the playhead.
enum class Rollback : int {
  off = 0,          ///< The source has no snapshots, or nobody asked for it.
  ready = 1,        ///< They do.
  no_headroom = 2,  ///< Stepping is too slow to step again: they apply at the write head.
};

/// Measures how fast a source steps and judges whether there is time to step again. Slow to give back
/// what it took away, so that a load near the bound does not flap. Belongs to the stepping thread.
class HeadRoom {
 public:
  /// Rolling back needs `min_speed` times real time, snapshots included; 0 asks for nothing.
  HeadRoom(bool is_possible, double min_speed, double snapshot_period_seconds)
      : min_speed_(min_speed),
        snapshot_period_seconds_(snapshot_period_seconds),
        state_(!is_possible       ? Rollback::off
               : min_speed <= 0.0 ? Rollback::ready
                                  : Rollback::no_headroom) {}

  /// `audio_seconds` were stepped in `took_seconds`.
  void stepped(double took_seconds, double audio_seconds) {
    step_load_ = smoothed(step_load_, took_seconds / audio_seconds, audio_seconds);
    untried_seconds_ += audio_seconds;
    judge(audio_seconds);
  }
  /// Whether a snapshot should be made only to see what it costs: there is no other news of that without rollback.
  bool wants_trial() const { return state_ == Rollback::no_headroom && untried_seconds_ >= kTrialSeconds; }
  /// A snapshot was made in `took_seconds`.
  void snapped(double took_seconds) {
    snapshot_seconds_ += (took_seconds - snapshot_seconds_) * kSnapshotShare;
    untried_seconds_ = 0.0;
  }

  Rollback state() const { return state_; }
  /// Share of real time that each frame takes once, with its share of a snapshot where there are any.
  double load() const { return state_ == Rollback::ready ? load_with_snapshots() : step_load_; }

 private:
  static constexpr double kLoadSeconds = 0.5;
  static constexpr double kSnapshotShare = 0.2;
  /// Of the first stretch is not judged: caches are cold.
  static constexpr double kFirstSeconds = 0.004;
  /// What is won back must be this much better than the bound, for so long.
  static constexpr double kMargin = 0.85;
  static constexpr double kCalmSeconds = 2.0;
  static constexpr double kTrialSeconds = 0.25;

  double load_with_snapshots() const { return step_load_ + snapshot_seconds_ / snapshot_period_seconds_; }

  /// A mean at first, then an exponential one.
  double smoothed(double value, double now, double seconds) {
    seen_seconds_ += seconds;
    return value + (now - value) * seconds / std::min(seen_seconds_, kLoadSeconds + seconds);
  }

  void judge(double audio_seconds) {
    if (state_ == Rollback::off || seen_seconds_ < kFirstSeconds) return;
    const double need = load_with_snapshots() * min_speed_;
    if (state_ == Rollback::ready) {
      if (need <= 1.0) return;
      state_ = Rollback::no_headroom;
      was_lost_ = true;
      calm_seconds_ = 0.0;
      return;
    }
    calm_seconds_ = need < kMargin ? calm_seconds_ + audio_seconds : 0.0;
    // At the start there is nothing to flap about: the first measure decides.
    if (calm_seconds_ > (was_lost_ ? kCalmSeconds : 0.0)) state_ = Rollback::ready;
  }

  const double min_speed_;
  const double snapshot_period_seconds_;
  double step_load_ = 0.0;
  double snapshot_seconds_ = 0.0;
  double seen_seconds_ = 0.0;
  double untried_seconds_ = kTrialSeconds;
  double calm_seconds_ = 0.0;
  bool was_lost_ = false;
  Rollback state_;
};

}  // namespace sashimi
