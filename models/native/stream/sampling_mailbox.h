#pragma once

#include <atomic>
#include <cstdint>

#include "../core/sampling.h"

namespace sashimi {

/// The latest sampling values, from one writer to one reader, as a sequence lock over atomics.
/// `post` is wait-free. `take` gives up when it meets the writer at work, and the reader keeps
/// what it has until it asks again: a real-time reader must not spin on a writer that was
/// preempted half-way.
class SamplingMailbox {
 public:
  explicit SamplingMailbox(const Sampling& initial) { post(initial); }

  void post(const Sampling& sampling) {
    const uint32_t sequence = sequence_.load(std::memory_order_relaxed);
    sequence_.store(sequence + 1, std::memory_order_relaxed);
    // Who sees one of these also sees the odd sequence before it.
    temperature_.store(sampling.temperature, std::memory_order_release);
    top_p_.store(sampling.top_p, std::memory_order_release);
    top_k_.store(sampling.top_k, std::memory_order_release);
    sequence_.store(sequence + 2, std::memory_order_release);
  }

  /// Writes the latest values into `sampling`, or leaves it alone and returns false.
  bool take(Sampling& sampling) const {
    const uint32_t before = sequence_.load(std::memory_order_acquire);
    if (before & 1U) return false;
    const Sampling seen{temperature_.load(std::memory_order_acquire), top_p_.load(std::memory_order_acquire),
                        top_k_.load(std::memory_order_acquire)};
    if (sequence_.load(std::memory_order_relaxed) != before) return false;
    sampling = seen;
    return true;
  }

 private:
  std::atomic<uint32_t> sequence_{0};
  std::atomic<double> temperature_{1.0};
  std::atomic<double> top_p_{1.0};
  std::atomic<uint32_t> top_k_{0};
};

}  // namespace sashimi
