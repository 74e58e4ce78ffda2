#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../core/real.h"

#if defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

/// Vectors of the compiled instruction set through the compiler's own vector types: one source
/// for AVX-512, AVX2, SSE2, NEON and wasm. Only the product of int16 pairs needs a word of each
/// set's own. Everything has internal linkage, because each translation unit that includes this
/// is compiled with other machine flags.
namespace sashimi {
namespace {

#if defined(__AVX512F__)
constexpr size_t kVectorBytes = 64;
#elif defined(__AVX__)
constexpr size_t kVectorBytes = 32;
#else
constexpr size_t kVectorBytes = 16;
#endif
/// Vector registers that a kernel may fill with sums, leaving some for operands.
#if defined(__AVX512F__) || defined(__ARM_NEON)
constexpr size_t kSumRegisters = 24;
#else
constexpr size_t kSumRegisters = 12;
#endif
constexpr size_t kWidth = kVectorBytes / sizeof(Real);

#if defined(SASHIMI_FLOAT64)
using Integer = int64_t;
#else
using Integer = int32_t;
#endif
using Vec = Real __attribute__((vector_size(kVectorBytes), may_alias));
using Bits = Integer __attribute__((vector_size(kVectorBytes), may_alias));

inline Vec load(const Real* p) { return *reinterpret_cast<const Vec*>(p); }
inline void store(Real* p, Vec v) { *reinterpret_cast<Vec*>(p) = v; }
inline Vec splat(Real value) { return Vec{} + value; }

inline Vec select(Bits mask, Vec yes, Vec no) {
  return reinterpret_cast<Vec>((reinterpret_cast<Bits>(yes) & mask) | (reinterpret_cast<Bits>(no) & ~mask));
}
inline Vec min(Vec a, Vec b) { return select(a < b, a, b); }
inline Vec max(Vec a, Vec b) { return select(a > b, a, b); }
inline Vec absolute(Vec x) { return max(x, -x); }

/// `v` with its halves, quarters, eighths ... exchanged, kDistance lanes apart: a register's own shuffle, where a way
/// through memory would wait for the store.
template <size_t kDistance>
inline Vec exchange(Vec v) {
#if defined(__clang__)
  Vec exchanged{};
#pragma clang loop unroll(full)
  for (size_t i = 0; i < kWidth; ++i) exchanged[i] = v[i ^ kDistance];
  return exchanged;
#else
  Bits lanes{};
#pragma GCC unroll 16
  for (size_t i = 0; i < kWidth; ++i) lanes[i] = static_cast<Integer>(i ^ kDistance);
  return __builtin_shuffle(v, lanes);
#endif
}

/// Sum over the lanes, by halves.
template <size_t kDistance = kWidth / 2>
inline Real sum(Vec v) {
  v += exchange<kDistance>(v);
  if constexpr (kDistance > 1) return sum<kDistance / 2>(v);
  else return v[0];
}

/// The largest lane.
template <size_t kDistance = kWidth / 2>
inline Real largest_lane(Vec v) {
  v = max(exchange<kDistance>(v), v);
  if constexpr (kDistance > 1) return largest_lane<kDistance / 2>(v);
  else return v[0];
}

#if defined(SASHIMI_FLOAT64)

inline Vec exponential(Vec x) {
  for (size_t i = 0; i < kWidth; ++i) x[i] = __builtin_exp(x[i]);
  return x;
}

inline Vec error_function(Vec z) {
  for (size_t i = 0; i < kWidth; ++i) z[i] = __builtin_erf(z[i]);
  return z;
}

#else

/// exp(x) to 2 ulp for x in [-87, 88], clamped outside. Cody-Waite reduction, 2^n through the
/// exponent bits, degree 7.
inline Vec exponential(Vec x) {
  constexpr float kLog2e = 1.44269504F;
  constexpr float kLn2High = 0.693359375F;
  constexpr float kLn2Low = -2.12194440e-4F;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves the integer in the low bits
  x = min(max(x, splat(-87.0F)), splat(88.0F));
  const Vec shifted = x * kLog2e + kRound;
  const Vec n = shifted - kRound;
  const Vec r = (x - n * kLn2High) - n * kLn2Low;
  Vec p = splat(1.0F / 5040.0F);
  p = p * r + 1.0F / 720.0F;
  p = p * r + 1.0F / 120.0F;
  p = p * r + 1.0F / 24.0F;
  p = p * r + 1.0F / 6.0F;
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  const Bits exponent = reinterpret_cast<Bits>(shifted) << 23;
  return reinterpret_cast<Vec>(reinterpret_cast<Bits>(p) + exponent);
}

/// erf(z) within 4e-7: z P(z^2) / Q(z^2), fitted for the least absolute error on [-4, 4], where
/// erf is 1 to float precision.
inline Vec error_function(Vec z) {
  z = min(max(z, splat(-4.0F)), splat(4.0F));
  const Vec w = z * z;
  Vec p = splat(1.97491499e-6F);
  p = p * w + 2.88023801e-4F;
  p = p * w + 4.00297178e-3F;
  p = p * w + 5.34653999e-2F;
  p = p * w + 1.96233528e-1F;
  p = p * w + 1.12837898F;
  Vec q = splat(3.74808267e-5F);
  q = q * w + 1.21619174e-3F;
  q = q * w + 1.54430784e-2F;
  q = q * w + 1.16470004e-1F;
  q = q * w + 5.07238601e-1F;
  q = q * w + 1.0F;
  return z * p / q;
}

#endif

inline Vec sigmoid(Vec x) { return Real{1} / (Real{1} + exponential(-x)); }

/// The exact (erf) form of GELU.
inline Vec gelu(Vec x) {
  return Real{0.5} * x * (Real{1} + error_function(x * static_cast<Real>(0.70710678118654752)));
}

// Integer vectors, for weights of 8 and 4 bits: kIntegers sums of products of int16 pairs.

constexpr size_t kIntegers = kVectorBytes / sizeof(int32_t);
using Int32s = int32_t __attribute__((vector_size(kVectorBytes), may_alias));
using Int16s = int16_t __attribute__((vector_size(kVectorBytes), may_alias));
using Int8s = int8_t __attribute__((vector_size(kVectorBytes / 2), may_alias));
using Uint8s = uint8_t __attribute__((vector_size(kVectorBytes / 2), may_alias));
using Float32s = float __attribute__((vector_size(kVectorBytes), may_alias));

/// GCC makes four instructions of the conversion that is one in AVX-512 and AVX2.
inline Int16s widen(Int8s codes) {
#if defined(__AVX512BW__)
  return reinterpret_cast<Int16s>(_mm512_cvtepi8_epi16(reinterpret_cast<__m256i>(codes)));
#elif defined(__AVX2__)
  return reinterpret_cast<Int16s>(_mm256_cvtepi8_epi16(reinterpret_cast<__m128i>(codes)));
#else
  return __builtin_convertvector(codes, Int16s);
#endif
}

inline Int16s widen(Uint8s codes) {
#if defined(__AVX512BW__)
  return reinterpret_cast<Int16s>(_mm512_cvtepu8_epi16(reinterpret_cast<__m256i>(codes)));
#elif defined(__AVX2__)
  return reinterpret_cast<Int16s>(_mm256_cvtepu8_epi16(reinterpret_cast<__m128i>(codes)));
#else
  return __builtin_convertvector(codes, Int16s);
#endif
}

/// The lower halves of the lanes.
inline void store_narrow(int16_t* to, Int32s values) {
#if defined(__AVX512BW__)
  // Masked, because GCC 12 warns of the plain one's own header.
  _mm256_store_si256(reinterpret_cast<__m256i*>(to), _mm512_maskz_cvtepi32_epi16(0xFFFF, reinterpret_cast<__m512i>(values)));
#else
  using HalfWidth = int16_t __attribute__((vector_size(kVectorBytes / 2), may_alias));
  *reinterpret_cast<HalfWidth*>(to) = __builtin_convertvector(values, HalfWidth);
#endif
}

/// Lane i: sum + a[2i] b[2i] + a[2i + 1] b[2i + 1]. Exact: the caller sees to it that nothing overflows.
inline Int32s add_pair_products(Int32s sum, Int16s a, Int16s b) {
#if defined(__AVX512BW__)
  return sum + reinterpret_cast<Int32s>(
                   _mm512_madd_epi16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif defined(__AVX2__)
  return sum + reinterpret_cast<Int32s>(
                   _mm256_madd_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif defined(__SSE2__)
  return sum + reinterpret_cast<Int32s>(_mm_madd_epi16(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#elif defined(__ARM_NEON)
  const int32x4_t low = vmull_s16(vget_low_s16(reinterpret_cast<int16x8_t>(a)),
                                  vget_low_s16(reinterpret_cast<int16x8_t>(b)));
  const int32x4_t high = vmull_s16(vget_high_s16(reinterpret_cast<int16x8_t>(a)),
                                   vget_high_s16(reinterpret_cast<int16x8_t>(b)));
  return sum + reinterpret_cast<Int32s>(vpaddq_s32(low, high));
#elif defined(__wasm_simd128__)
  return sum + reinterpret_cast<Int32s>(wasm_i32x4_dot_i16x8(reinterpret_cast<v128_t>(a), reinterpret_cast<v128_t>(b)));
#else
  for (size_t i = 0; i < kIntegers; ++i) sum[i] += int32_t{a[2 * i]} * b[2 * i] + int32_t{a[2 * i + 1]} * b[2 * i + 1];
  return sum;
#endif
}

/// A pair of int16 in every lane.
inline Int16s splat_pair(const int16_t* pair) {
  int32_t both;
  __builtin_memcpy(&both, pair, sizeof both);
  return reinterpret_cast<Int16s>(Int32s{} + both);
}

}  // namespace
}  // namespace sashimi
