#include "thread_priority.h"

#include <pthread.h>
#include <sched.h>

namespace sashimi {

namespace {

/// Below JACK's and PipeWire's own threads, which must preempt a model.
constexpr int kPriority = 15;

bool set_policy(int policy, int priority) {
  sched_param param{};
  param.sched_priority = priority;
  return pthread_setschedparam(pthread_self(), policy, &param) == 0;
}

}  // namespace

bool enter_realtime() { return set_policy(SCHED_FIFO, kPriority); }

void leave_realtime() { set_policy(SCHED_OTHER, 0); }

}  // namespace sashimi
