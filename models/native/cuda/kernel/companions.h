#pragma once

#include <stdint.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace sashimi::cuda {

/// Threads that share the phases of an emulated block, for the thread sanitizer. Nothing orders what two of them do within a phase: a lock
/// that all take would, and hide from it what they should not share. Starting a thread for each phase would do as well, and took most of the time.
class Companions {
 public:
  /// `count` threads beside the one that calls `run`.
  explicit Companions(uint32_t count) {
    for (uint32_t t = 1; t <= count; ++t) threads_.emplace_back([this, t] { accompany(t); });
  }
  ~Companions() {
    call_ = nullptr;
    phase_.fetch_add(1, std::memory_order_release);
    for (std::thread& thread : threads_) thread.join();
  }
  Companions(const Companions&) = delete;
  Companions& operator=(const Companions&) = delete;

  /// work(t) by thread t of all, the caller as 0; back when all are done.
  template <class F>
  void run(const F& work) {
    work_ = &work;
    call_ = [](const void* of, uint32_t t) { (*static_cast<const F*>(of))(t); };
    busy_.store(static_cast<uint32_t>(threads_.size()), std::memory_order_relaxed);
    phase_.fetch_add(1, std::memory_order_release);
    work(0);
    wait([this] { return busy_.load(std::memory_order_acquire) == 0; });
  }

 private:
  void accompany(uint32_t t) {
    for (uint32_t done = 0;; ++done) {
      wait([this, done] { return phase_.load(std::memory_order_acquire) != done; });
      if (!call_) return;
      call_(work_, t);
      busy_.fetch_sub(1, std::memory_order_release);
    }
  }

  /// A phase is short; between orders a block has nothing to do.
  template <class F>
  static void wait(const F& is_so) {
    for (uint32_t looks = 0; !is_so(); ++looks) {
      if (looks < 1'000) std::this_thread::yield();
      else std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

  std::vector<std::thread> threads_;
  std::atomic<uint32_t> phase_{0};
  std::atomic<uint32_t> busy_{0};  ///< Companions that have not done the phase.
  const void* work_ = nullptr;
  void (*call_)(const void* work, uint32_t t) = nullptr;
};

}  // namespace sashimi::cuda
