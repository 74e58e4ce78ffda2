#pragma once

namespace sashimi {

/// How the system schedules a stepping thread.
enum class Scheduling : int {
  normal = 0,      ///< Real-time priority was refused, or not asked for.
  realtime = 1,    ///< SCHED_FIFO was granted.
  overloaded = 2,  ///< Was real-time, gave it back: the model is slower than real time here.
};

/// Asks for real-time priority for the calling thread; true when it was granted.
bool enter_realtime();
/// Gives it back.
void leave_realtime();

}  // namespace sashimi
