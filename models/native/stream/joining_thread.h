#pragma once

#include <pthread.h>

namespace sashimi {

/// A thread that ends before its owner does. Tells when the system has none to give, where std::thread throws:
/// this library is built without exceptions.
class JoiningThread {
 public:
  JoiningThread() = default;
  ~JoiningThread() { join(); }
  JoiningThread(const JoiningThread&) = delete;
  JoiningThread& operator=(const JoiningThread&) = delete;

  /// Once. Whether `run(argument)` is under way.
  bool start(void* (*run)(void*), void* argument) {
    is_running_ = pthread_create(&thread_, nullptr, run, argument) == 0;
    return is_running_;
  }
  /// Waits for its end. Idempotent.
  void join() {
    if (is_running_) pthread_join(thread_, nullptr);
    is_running_ = false;
  }

 private:
  pthread_t thread_{};
  bool is_running_ = false;
};

}  // namespace sashimi
