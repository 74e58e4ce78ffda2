#pragma once

#include <stdint.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <thread>

#include "companions.h"

/// The phases of block.h on the host: the same code, so the same numbers to the last bit, since every rounding is
/// written. Tasks of a phase run in an order that changes from phase to phase, or on several threads, so that one which
/// relies on another gives itself away: by other numbers under another seed, or to the thread sanitizer.
#define SASHIMI_DEVICE inline
#define SASHIMI_APART inline
#define SASHIMI_UNROLL(count)

namespace sashimi::cuda {

inline float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline float square_root(float x) { return __builtin_sqrtf(x); }
inline float quotient(float a, float b) { return a / b; }
inline double quotient(double a, double b) { return a / b; }

inline float one_if_greater(float a, float b) { return a > b ? 1.0F : 0.0F; }
inline float one_if_not_less(float a, float b) { return a >= b ? 1.0F : 0.0F; }

template <class To, class From>
To same_bits(From from) {
  To to;
  static_assert(sizeof to == sizeof from);
  std::memcpy(&to, &from, sizeof to);
  return to;
}
inline uint32_t bits_of(float x) { return same_bits<uint32_t>(x); }
inline float float_of(uint32_t bits) { return same_bits<float>(bits); }
inline uint64_t bits_of(double x) { return same_bits<uint64_t>(x); }
inline double double_of(uint64_t bits) { return same_bits<double>(bits); }

struct alignas(16) Quad {
  float v[4];
};
struct alignas(16) Words4 {
  uint32_t v[4];
};
struct alignas(8) Words2 {
  uint32_t v[2];
};
template <uint32_t kCount>
struct Numbers {
  float v[kCount];
};
template <class T>
T* in_device_memory(T* address) {
  return address;
}
inline float read_number(const float* from) { return *from; }
inline Quad read_quad(const float* from) { return *reinterpret_cast<const Quad*>(from); }
inline Words4 read_passing_words4(const void* from) { return *static_cast<const Words4*>(from); }
inline Words2 read_passing_words2(const void* from) { return *static_cast<const Words2*>(from); }
inline float read_passing_number(const float* from) { return *from; }
inline float read_passing_state(const float* from) { return *from; }

inline void all_asked_for() {}

inline uint32_t acquire(const uint32_t* from) { return __atomic_load_n(from, __ATOMIC_ACQUIRE); }
inline void release(uint32_t* to, uint32_t value) { __atomic_store_n(to, value, __ATOMIC_RELEASE); }
inline uint32_t read_host_word(const uint32_t* from) { return *from; }
inline Quad read_host_quad(const float* from) { return *reinterpret_cast<const Quad*>(from); }

inline uint32_t look(const uint32_t* from) { return acquire(from); }
inline uint64_t microseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}
inline void await(const uint32_t* counter, uint32_t value) {
  const uint64_t began = microseconds();
  while (static_cast<int32_t>(acquire(counter) - value) < 0) {
    std::this_thread::yield();
    if (microseconds() - began < 60'000'000) continue;
    std::fputs("a block of a team waits for what does not come\n", stderr);
    std::abort();
  }
}
struct Telling {
  uint32_t* counter;
  uint32_t value;
};
inline float sum_of(Quad four, uint32_t first, uint32_t count) {
  for (uint32_t k = 0; k < 4; ++k) four.v[k] = first + k < count ? four.v[k] : 0.0F;
  return (four.v[0] + four.v[1]) + (four.v[2] + four.v[3]);
}
inline void rest() { std::this_thread::sleep_for(std::chrono::microseconds(20)); }

class Warp {
 public:
  explicit Warp(uint32_t index) : index_(index) {}
  uint32_t index() const { return index_; }

  template <class F>
  void each(uint32_t count, const F& f) const {
    for (uint32_t i = 0; i < count; ++i) f(i);
  }

  template <class F>
  void each_lane(const F& f) const {
    for (uint32_t lane = 0; lane < 32; ++lane) f(lane);
  }

  template <uint32_t kColumns, class Early, class Between, class Part, class Then>
  void gather(uint32_t lanes, bool has_others, const Early& early, const Between& between, const Part& part, const Then& then) const {
    Numbers<4 * kColumns> all[32];
    decltype(early(0U)) read[32];
    for (uint32_t lane = 0; lane < 32; ++lane) read[lane] = early(lane);
    between();
    for (uint32_t lane = 0; lane < 32; ++lane) part(lane, all[lane], read[lane]);
    for (uint32_t apart = lanes / 2; apart > 0; apart /= 2) {
      Numbers<4 * kColumns> sums[32];
      for (uint32_t lane = 0; lane < 32; ++lane) {
        for (uint32_t n = 0; n < 4 * kColumns; ++n) sums[lane].v[n] = all[lane].v[n] + all[lane ^ apart].v[n];
      }
      std::memcpy(all, sums, sizeof all);
    }
    for (uint32_t lane = 0; lane < 32; ++lane) {
      const uint32_t kept = lane % lanes / (lanes / 4);
      Numbers<kColumns> sums;
      Numbers<kColumns> others;
      for (uint32_t c = 0; c < kColumns; ++c) {
        sums.v[c] = all[lane].v[4 * c + kept];
        others.v[c] = has_others ? all[lane].v[4 * c + (kept ^ 2U)] : std::numeric_limits<float>::quiet_NaN();
      }
      then(lane, sums, others, read[lane]);
    }
  }

  template <uint32_t kTurns, class F>
  float sum_by_eight(uint32_t count, const F& f) const {
    float lanes[8] = {};
    for (uint32_t quad = 0; 4 * quad < count; ++quad) lanes[quad % 8] = lanes[quad % 8] + sum_of(f(quad), 4 * quad, count);
    for (uint32_t apart = 4; apart > 0; apart /= 2) {
      for (uint32_t l = 0; l < apart; ++l) lanes[l] = lanes[l] + lanes[l + apart];
    }
    return lanes[0];
  }

  template <class Early, class Between, class Then>
  void meanwhile(const Early& early, const Between& between, const Then& then) const {
    decltype(early(0U)) read[32];
    for (uint32_t lane = 0; lane < 32; ++lane) read[lane] = early(lane);
    between();
    for (uint32_t lane = 0; lane < 32; ++lane) then(lane, read[lane]);
  }

  template <class F>
  float largest(uint32_t count, const F& f) const {
    float best = -std::numeric_limits<float>::infinity();
    for (uint32_t i = 0; i < count; ++i) {
      const float value = f(i);
      best = value > best ? value : best;
    }
    return best;
  }

  template <uint32_t = 8, class F>
  uint32_t first(uint32_t count, const F& f) const {
    for (uint32_t i = 0; i < count; ++i) {
      if (f(i)) return i;
    }
    return count;
  }

  template <class F>
  void once(const F& f) const {
    f();
  }

 private:
  uint32_t index_;
};

template <class T>
class OfThreads {
 public:
  T& at(const Warp& warp, uint32_t lane) { return all_[warp.index()][lane]; }
  const T& at(const Warp& warp, uint32_t lane) const { return all_[warp.index()][lane]; }

 private:
  T all_[kWarps][32];
};

/// How tasks are run.
struct EmulatedThreads {
  uint32_t seed = 1;   ///< Of the order of tasks; 0 is front to back.
  uint32_t count = 1;  ///< Threads that share a phase. More than one is for the thread sanitizer.
};

class Block {
 public:
  /// `memory` is the block's, on 16 bytes.
  Block(uint32_t index, unsigned char* memory, EmulatedThreads threads = {}) : index_(index), memory_(memory), threads_(threads) {
    if (threads.count > 1) companions_ = std::make_unique<Companions>(threads.count - 1);
  }

  uint32_t index() const { return index_; }
  unsigned char* memory() const { return memory_; }

  template <class F>
  void tasks(uint32_t count, const F& f) {
    run(count, f);
  }

  template <class F>
  void warps(uint32_t count, const F& f) {
    run(count, [&](uint32_t i) { f(Warp(i % kWarps), i); });
  }

  template <class F>
  void each_warp(const F& f) {
    run(kWarps, [&](uint32_t i) { f(Warp(i)); });
  }

  template <class F>
  void each_thread(const F& f) {
    for (uint32_t i = 0; i < kWarps * 32; ++i) f(Warp(i / 32), i % 32);
  }

  template <class F>
  void once(const F& f) {
    f();
  }

  template <class F>
  void tell(const F& f) {
    const Telling telling = f();
    release(telling.counter, telling.value);
  }

  void publish() {}

 private:
  /// i -> (first + i * step) mod count runs through all tasks when `step` and `count` have no divisor in common.
  struct Walk {
    uint32_t first;
    uint32_t step;
  };

  template <class F>
  void run(uint32_t count, const F& f) {
    if (count == 0) return;
    const Walk walk = next_walk(count);
    const auto share = [&](uint32_t from, uint32_t every) {
      for (uint32_t i = from; i < count; i += every) {
        f(static_cast<uint32_t>((walk.first + uint64_t{i} * walk.step) % count));
      }
    };
    if (!companions_ || count == 1) return share(0, 1);
    companions_->run([&](uint32_t t) { share(t, threads_.count); });
  }

  Walk next_walk(uint32_t count) {
    if (threads_.seed == 0) return {0, 1};
    random_ = random_ * 6364136223846793005ULL + threads_.seed * 2ULL + 1ULL;
    const auto random = static_cast<uint32_t>(random_ >> 33);
    uint32_t step = 1 + random % count;
    while (divisor(step, count) != 1) ++step;
    return {static_cast<uint32_t>(random_ >> 17) % count, step};
  }

  static uint32_t divisor(uint32_t a, uint32_t b) {
    while (b != 0) {
      const uint32_t rest = a % b;
      a = b;
      b = rest;
    }
    return a;
  }

  uint32_t index_;
  unsigned char* memory_;
  EmulatedThreads threads_;
  std::unique_ptr<Companions> companions_;
  uint64_t random_ = 0;
};

}  // namespace sashimi::cuda
