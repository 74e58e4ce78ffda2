#pragma once

#include <stdint.h>

/// The phases of block.h on a GPU, for clang without any header of a CUDA toolkit, and for nvcc.
#if defined(__clang__)
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define SASHIMI_LAUNCH_BOUNDS __attribute__((launch_bounds(256, 1)))
#else
#define SASHIMI_LAUNCH_BOUNDS __launch_bounds__(256, 1)
#endif

#define SASHIMI_DEVICE __device__ __attribute__((always_inline)) inline
/// A function that has registers of its own: what its caller needs later is out of the way.
#define SASHIMI_APART __device__ __attribute__((noinline)) inline
#define SASHIMI_PRAGMA(text) _Pragma(#text)
#define SASHIMI_UNROLL(count) SASHIMI_PRAGMA(unroll count)

/// Of a block: what its launch asks for.
extern __shared__ __attribute__((aligned(16))) unsigned char sashimi_memory[];

namespace sashimi::cuda {

// Roundings are named, so that no flag of a compiler changes them. (As PTX in the text they would keep clang from
// unrolling loops.)
#if defined(__clang__)
SASHIMI_DEVICE float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
SASHIMI_DEVICE float square_root(float x) { return __nvvm_sqrt_rn_f(x); }
SASHIMI_DEVICE float quotient(float a, float b) { return __nvvm_div_rn_f(a, b); }
SASHIMI_DEVICE double quotient(double a, double b) { return __nvvm_div_rn_d(a, b); }
#else
SASHIMI_DEVICE float fused(float a, float b, float c) { return __fmaf_rn(a, b, c); }
SASHIMI_DEVICE float square_root(float x) { return __fsqrt_rn(x); }
SASHIMI_DEVICE float quotient(float a, float b) { return __fdiv_rn(a, b); }
SASHIMI_DEVICE double quotient(double a, double b) { return __ddiv_rn(a, b); }
#endif

/// 1 or 0, which a count takes in one instruction; 0 where one of them is no number.
SASHIMI_DEVICE float one_if_greater(float a, float b) {
  float one;
  asm("set.gt.f32.f32 %0, %1, %2;" : "=f"(one) : "f"(a), "f"(b));
  return one;
}
SASHIMI_DEVICE float one_if_not_less(float a, float b) {
  float one;
  asm("set.ge.f32.f32 %0, %1, %2;" : "=f"(one) : "f"(a), "f"(b));
  return one;
}

template <class To, class From>
SASHIMI_DEVICE To same_bits(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  __builtin_memcpy(&to, &from, sizeof to);
  return to;
}
SASHIMI_DEVICE uint32_t bits_of(float x) { return same_bits<uint32_t>(x); }
SASHIMI_DEVICE float float_of(uint32_t bits) { return same_bits<float>(bits); }
SASHIMI_DEVICE uint64_t bits_of(double x) { return same_bits<uint64_t>(x); }
SASHIMI_DEVICE double double_of(uint64_t bits) { return same_bits<double>(bits); }

/// Several numbers at once, on so many bytes.
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

/// An address that was kept in memory, of which the compiler cannot know that it is one of device memory.
template <class T>
SASHIMI_DEVICE T* in_device_memory(T* address) {
#if defined(__clang__)
  uint64_t place;
  asm("cvta.to.global.u64 %0, %1;" : "=l"(place) : "l"(address));
  return (T*)reinterpret_cast<__attribute__((address_space(1))) T*>(place);
#else
  __builtin_assume(__isGlobal(address));
  return address;
#endif
}

/// Weights: never written while a kernel runs, so that the compiler may read ahead of what it writes.
#if defined(__clang__)
using Float4 = float __attribute__((ext_vector_type(4)));
SASHIMI_DEVICE float read_number(const float* from) { return __nvvm_ldg_f(from); }
SASHIMI_DEVICE Quad read_quad(const float* from) {
  return same_bits<Quad>(__nvvm_ldg_f4(reinterpret_cast<const Float4*>(from)));
}
#else
SASHIMI_DEVICE float read_number(const float* from) { return __ldg(from); }
SASHIMI_DEVICE Quad read_quad(const float* from) { return same_bits<Quad>(__ldg(reinterpret_cast<const float4*>(from))); }
#endif
/// What comes by once a frame, and shall not drive from the first cache what is needed more often.
SASHIMI_DEVICE Words4 read_passing_words4(const void* from) {
  Words4 words;
  asm("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
      : "=r"(words.v[0]), "=r"(words.v[1]), "=r"(words.v[2]), "=r"(words.v[3]) : "l"(from));
  return words;
}
SASHIMI_DEVICE Words2 read_passing_words2(const void* from) {
  Words2 words;
  asm("ld.global.nc.L1::no_allocate.v2.u32 {%0, %1}, [%2];" : "=r"(words.v[0]), "=r"(words.v[1]) : "l"(from));
  return words;
}
SASHIMI_DEVICE float read_passing_number(const float* from) {
  float value;
  asm("ld.global.nc.L1::no_allocate.f32 %0, [%1];" : "=f"(value) : "l"(from));
  return value;
}
/// The same of what kernels write.
SASHIMI_DEVICE float read_passing_state(const float* from) {
  float value;
  asm volatile("ld.global.L1::no_allocate.f32 %0, [%1];" : "=f"(value) : "l"(from));
  return value;
}

/// Reads before it stay before it: the assembler would put each where it is needed, and wait there for one after the other.
SASHIMI_DEVICE void all_asked_for() {
  uint32_t lanes;
  asm volatile("activemask.b32 %0;\n\tbar.warp.sync %0;" : "=r"(lanes) : : "memory");
}

/// A word that the host has written since this kernel began.
SASHIMI_DEVICE uint32_t read_host_word(const uint32_t* from) {
  uint32_t value;
  asm volatile("ld.relaxed.sys.global.u32 %0, [%1];" : "=r"(value) : "l"(from) : "memory");
  return value;
}

SASHIMI_DEVICE Quad read_host_quad(const float* from) {
  const auto* words = reinterpret_cast<const uint32_t*>(from);
  Quad four;
  for (uint32_t k = 0; k < 4; ++k) four.v[k] = float_of(read_host_word(words + k));
  return four;
}

/// Of host memory, and of what the host reads.
SASHIMI_DEVICE uint32_t acquire(const uint32_t* from) {
  uint32_t value;
  asm volatile("ld.acquire.sys.global.u32 %0, [%1];" : "=r"(value) : "l"(from) : "memory");
  return value;
}
SASHIMI_DEVICE void release(uint32_t* to, uint32_t value) {
  asm volatile("st.release.sys.global.u32 [%0], %1;" : : "l"(to), "r"(value) : "memory");
}
SASHIMI_DEVICE uint64_t nanoseconds() {
  uint64_t value;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(value) : : "memory");
  return value;
}
SASHIMI_DEVICE uint64_t microseconds() { return nanoseconds() / 1000; }

/// The same of device memory, which blocks write for each other. `look` promises nothing of anything else.
SASHIMI_DEVICE uint32_t look(const uint32_t* from) {
  uint32_t value;
  asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(from) : "memory");
  return value;
}
/// Until `counter`, which wraps around, is at `value` or past it: then all is there that was written before it was told. What has not come
/// after two seconds never will: the kernel fails, and the driver says so.
SASHIMI_DEVICE void await(const uint32_t* counter, uint32_t value) {
  const uint64_t began = nanoseconds();
  while (static_cast<int32_t>(look(counter) - value) < 0) {
    if (nanoseconds() - began > 2'000'000'000ULL) asm volatile("trap;");
  }
  asm volatile("fence.acq_rel.gpu;" : : : "memory");
}
/// What a block tells others.
struct Telling {
  uint32_t* counter;
  uint32_t value;
};

/// While there is nothing to do.
SASHIMI_DEVICE void rest() { asm volatile("nanosleep.u32 200;" : : : "memory"); }

/// Of four numbers from the `first` on, of those there are `count`.
SASHIMI_DEVICE float sum_of(Quad four, uint32_t first, uint32_t count) {
  for (uint32_t k = 0; k < 4; ++k) four.v[k] = first + k < count ? four.v[k] : 0.0F;
  return (four.v[0] + four.v[1]) + (four.v[2] + four.v[3]);
}

/// 32 threads.
class Warp {
 public:
  SASHIMI_DEVICE Warp(uint32_t index, uint32_t lane) : index_(index), lane_(lane) {}

  /// In its block.
  SASHIMI_DEVICE uint32_t index() const { return index_; }

  /// f(i) for i in [0, count).
  template <class F>
  SASHIMI_DEVICE void each(uint32_t count, const F& f) const {
    for (uint32_t i = lane_; i < count; i += 32) f(i);
  }

  /// f(lane) of every lane.
  template <class F>
  SASHIMI_DEVICE void each_lane(const F& f) const {
    f(lane_);
  }

  /// Four sums for each of kColumns over groups of `lanes` lanes, 4 to 16, that lie side by side: part(lane, numbers, early(lane)) makes
  /// the addends of a lane, (kColumns, 4); lanes are added half of the group apart, then a quarter, and so on, and each keeps one of the four,
  /// in_group / (lanes / 4). then(lane, sums, others, early): that one for each column, and, if `has_others`, the one that is two further on or
  /// back. What `early` reads is on its way while `between()` is done.
  template <uint32_t kColumns, class Early, class Between, class Part, class Then>
  SASHIMI_DEVICE void gather(uint32_t lanes, bool has_others, const Early& early, const Between& between, const Part& part,
                             const Then& then) const {
    const auto read = early(lane_);
    between();
    Numbers<4 * kColumns> addends;
    part(lane_, addends, read);
    const bool is_upper = (lane_ & lanes / 2) != 0;
    const bool is_odd = (lane_ & lanes / 4) != 0;
    Numbers<kColumns> sums;
    Numbers<kColumns> others;
    for (uint32_t c = 0; c < kColumns; ++c) {
      const float* four = addends.v + 4 * c;
      const float even = (is_upper ? four[2] : four[0]) + exchanged(is_upper ? four[0] : four[2], lanes / 2);
      const float odd = (is_upper ? four[3] : four[1]) + exchanged(is_upper ? four[1] : four[3], lanes / 2);
      sums.v[c] = (is_odd ? odd : even) + exchanged(is_odd ? even : odd, lanes / 4);
    }
    // 16 lanes are the most. Without a loop, whose end each turn would wait for.
    if (lanes >= 8) {
      for (uint32_t c = 0; c < kColumns; ++c) sums.v[c] = sums.v[c] + exchanged(sums.v[c], lanes / 8);
    }
    if (lanes >= 16) {
      for (uint32_t c = 0; c < kColumns; ++c) sums.v[c] = sums.v[c] + exchanged(sums.v[c], 1);
    }
    if (has_others) {
      for (uint32_t c = 0; c < kColumns; ++c) others.v[c] = exchanged(sums.v[c], lanes / 2);
    }
    then(lane_, sums, others, read);
  }

  /// The sum of `count` numbers, of which f(q) gives four from 4 q on: lane l of eight adds up f(l), f(l + 8), ..., which are kTurns
  /// where that is not 0, all of them full; then lanes are added 4, 2, 1 apart. So a warp makes it four times, which costs nothing and
  /// saves two exchanges.
  template <uint32_t kTurns, class F>
  SASHIMI_DEVICE float sum_by_eight(uint32_t count, const F& f) const {
    float total = 0.0F;
    if constexpr (kTurns == 0) {
SASHIMI_UNROLL(1)
      for (uint32_t quad = lane_ % 8; 4 * quad < count; quad += 8) total = total + sum_of(f(quad), 4 * quad, count);
    } else {
      for (uint32_t turn = 0; turn < kTurns; ++turn) total = total + sum_of(f(lane_ % 8 + turn * 8), 0, 4);
    }
    for (uint32_t apart = 4; apart > 0; apart /= 2) total = total + exchanged(total, apart);
    return total;
  }

  /// then(lane, early(lane)) in every lane: what `early` reads is on its way while `between()` is done.
  template <class Early, class Between, class Then>
  SASHIMI_DEVICE void meanwhile(const Early& early, const Between& between, const Then& then) const {
    const auto read = early(lane_);
    between();
    then(lane_, read);
  }

  /// The largest of f(i) that is a number, i in [0, count), at most 256 of them; -infinity without any. `f` may be asked for more, and
  /// what it says of that is not taken.
  template <class F>
  SASHIMI_DEVICE float largest(uint32_t count, const F& f) const {
    float best = float_of(0xFF800000U);
    for (uint32_t turn = 0; turn < 8; ++turn) {
      const uint32_t i = lane_ + turn * 32;
      const float value = f(i);
      best = i < count && value > best ? value : best;
    }
    for (uint32_t apart = 16; apart > 0; apart /= 2) {
      const float other = exchanged(best, apart);
      best = other > best ? other : best;
    }
    return best;
  }

  /// The first i in [0, count) that `f` is true of, at most kTurns * 32 of them; `count` when there is none. As above of more.
  template <uint32_t kTurns = 8, class F>
  SASHIMI_DEVICE uint32_t first(uint32_t count, const F& f) const {
    uint32_t found = count;
    for (uint32_t turn = 0; turn < kTurns; ++turn) {
      const uint32_t i = lane_ + turn * 32;
      const bool is_it = f(i);
      found = i < found && is_it ? i : found;
    }
    for (uint32_t apart = 16; apart > 0; apart /= 2) {
      const uint32_t other = bits_of(exchanged(float_of(found), apart));
      found = other < found ? other : found;
    }
    return found;
  }

  /// f() by one of its threads.
  template <class F>
  SASHIMI_DEVICE void once(const F& f) const {
    if (lane_ == 0) f();
  }

 private:
  SASHIMI_DEVICE static float exchanged(float value, uint32_t apart) {
    float other;
    asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 31, 0xffffffff;" : "=f"(other) : "f"(value), "r"(apart));
    return other;
  }

  uint32_t index_;
  uint32_t lane_;
};

/// What each thread of a block has for itself.
template <class T>
class OfThreads {
 public:
  SASHIMI_DEVICE T& at(const Warp&, uint32_t) { return own_; }
  SASHIMI_DEVICE const T& at(const Warp&, uint32_t) const { return own_; }

 private:
  T own_;
};

class Block {
 public:
  SASHIMI_DEVICE uint32_t index() const {
    uint32_t value;
    asm("mov.u32 %0, %%ctaid.x;" : "=r"(value));
    return value;
  }

  SASHIMI_DEVICE unsigned char* memory() const { return sashimi_memory; }

  template <class F>
  SASHIMI_DEVICE void tasks(uint32_t count, const F& f) const {
    for (uint32_t i = thread(); i < count; i += kWarps * 32) f(i);
    barrier();
  }

  template <class F>
  SASHIMI_DEVICE void warps(uint32_t count, const F& f) const {
    const Warp warp(warp_index(), thread() % 32);
    for (uint32_t i = warp.index(); i < count; i += kWarps) f(warp, i);
    barrier();
  }

  template <class F>
  SASHIMI_DEVICE void each_warp(const F& f) const {
    f(Warp(warp_index(), thread() % 32));
    barrier();
  }

  template <class F>
  SASHIMI_DEVICE void each_thread(const F& f) const {
    f(Warp(warp_index(), thread() % 32), thread() % 32);
  }

  template <class F>
  SASHIMI_DEVICE void once(const F& f) const {
    if (thread() == 0) f();
    barrier();
  }

  /// Tells what f() says, by one thread, after all that was written by any so far.
  template <class F>
  SASHIMI_DEVICE void tell(const F& f) const {
    if (thread() == 0) {
      const Telling telling = f();
      asm volatile("fence.acq_rel.gpu;\n\tst.relaxed.gpu.global.u32 [%0], %1;" : : "l"(telling.counter), "r"(telling.value) : "memory");
    }
    barrier();
  }

  /// What all threads wrote so far comes before what any of them releases from now on.
  SASHIMI_DEVICE void publish() const {
    asm volatile("fence.acq_rel.sys;" : : : "memory");
    barrier();
  }

 private:
  SASHIMI_DEVICE static uint32_t thread() {
    uint32_t value;
    asm("mov.u32 %0, %%tid.x;" : "=r"(value));
    return value;
  }
  /// Asked of one lane, so that the compiler knows that all have the same.
  SASHIMI_DEVICE static uint32_t warp_index() {
    uint32_t value;
    asm("shfl.sync.idx.b32 %0, %1, 0, 31, 0xffffffff;" : "=r"(value) : "r"(thread() / 32));
    return value;
  }
  SASHIMI_DEVICE static void barrier() { asm volatile("bar.sync 0;" : : : "memory"); }
};

}  // namespace sashimi::cuda
