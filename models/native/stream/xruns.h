#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sashimi {

/// Why a read got fewer frames than it asked for.
enum class XrunCause : size_t {
  starting,   ///< The ring had never been full since the start or the last reset.
  overload,   ///< Stepping is slower than real time.
  preempted,  ///< The system did not run the stepping thread although it had to step.
  rollback,   ///< The thread was stepping again after a control change.
  burst,      ///< The reader itself was late and took more at once than the look-ahead holds.
};
constexpr size_t kNumXrunCauses = 5;

/// Counts short reads and finds their causes. The reader only counts; the stepping thread, which knows
/// how its time was spent, names the cause when it comes round.
class Xruns {
 public:
  /// Half of `look_ahead_seconds` lost to others makes them the cause.
  explicit Xruns(double look_ahead_seconds) : enough_seconds_(0.5 * look_ahead_seconds) {}

  /// Reader.
  void count() { total_.fetch_add(1, std::memory_order_release); }

  /// Any thread. The causes may lag behind the total by a sub-block.
  uint64_t total() const { return total_.load(std::memory_order_acquire); }
  uint64_t of(XrunCause cause) const {
    return causes_[static_cast<size_t>(cause)].load(std::memory_order_relaxed);
  }

  // The stepping thread's side.

  /// A new stream: the ring begins empty.
  void restarted() { has_been_full_ = false; }
  void rolled_back() { is_stepping_again_ = true; }
  /// The thread was ready to run and did not, for so long.
  void stalled(double seconds) { stalled_seconds_ += seconds > 0.0 ? seconds : 0.0; }
  void ring_is_full() {
    has_been_full_ = true;
    is_stepping_again_ = false;
    stalled_seconds_ = 0.0;
  }
  /// Names the cause of what the reader counted since the last call. `load` is the share of real time that stepping takes.
  void explain(double load) {
    const uint64_t total = total_.load(std::memory_order_acquire);
    if (total == explained_) return;
    causes_[static_cast<size_t>(cause(load))].fetch_add(total - explained_, std::memory_order_relaxed);
    explained_ = total;
  }

 private:
  XrunCause cause(double load) const {
    if (!has_been_full_) return load > 1.0 ? XrunCause::overload : XrunCause::starting;
    if (stalled_seconds_ > enough_seconds_) return XrunCause::preempted;
    if (is_stepping_again_) return XrunCause::rollback;
    return load > 0.9 ? XrunCause::overload : XrunCause::burst;
  }

  const double enough_seconds_;
  alignas(64) std::atomic<uint64_t> total_{0};
  alignas(64) std::atomic<uint64_t> causes_[kNumXrunCauses] = {};
  uint64_t explained_ = 0;
  double stalled_seconds_ = 0.0;  ///< Since the ring was last full.
  bool has_been_full_ = false;
  bool is_stepping_again_ = false;
};

}  // namespace sashimi
