#pragma once

#include <stddef.h>
#include <stdint.h>

/// Vectors of the compiled instruction set through the compiler's own vector types: one source
/// for AVX-512, AVX2, SSE2, NEON and wasm. Everything has internal linkage, because each
/// translation unit that includes this is compiled with other machine flags.
namespace sashimi {
namespace {

#if defined(__AVX512F__)
constexpr size_t kVectorBytes = 64;
#elif defined(__AVX__)
constexpr size_t kVectorBytes = 32;
#else
constexpr size_t kVectorBytes = 16;
#endif
constexpr size_t kWidth = kVectorBytes / sizeof(float);

using Vec = float __attribute__((vector_size(kVectorBytes), may_alias));
using Bits = int32_t __attribute__((vector_size(kVectorBytes), may_alias));

inline Vec load(const float* p) { return *reinterpret_cast<const Vec*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<Vec*>(p) = v; }
inline Vec splat(float value) { return Vec{} + value; }

inline Vec select(Bits mask, Vec yes, Vec no) {
  return reinterpret_cast<Vec>((reinterpret_cast<Bits>(yes) & mask) | (reinterpret_cast<Bits>(no) & ~mask));
}
inline Vec min(Vec a, Vec b) { return select(a < b, a, b); }
inline Vec max(Vec a, Vec b) { return select(a > b, a, b); }

/// Sum over the lanes, by halves.
inline float sum(Vec v) {
  alignas(kVectorBytes) float lanes[kWidth];
  store(lanes, v);
#pragma GCC unroll 8
  for (size_t half = kWidth / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

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

inline Vec sigmoid(Vec x) { return 1.0F / (1.0F + exponential(-x)); }

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

/// The exact (erf) form of GELU.
inline Vec gelu(Vec x) { return 0.5F * x * (1.0F + error_function(x * 0.707106781F)); }

}  // namespace
}  // namespace sashimi
