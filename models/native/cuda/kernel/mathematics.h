#pragma once

#include "block.h"

/// The functions of ../../kernels/simd.h and elementwise.h, number by number, with every rounding written.
namespace sashimi::cuda {

/// exp(x) to 2 ulp for x in [-87, 88], clamped outside.
SASHIMI_DEVICE float exponential(float x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves the integer in the low bits
  x = x > -87.0F ? x : -87.0F;
  x = x < 88.0F ? x : 88.0F;
  const float shifted = fused(x, 1.44269504F, kRound);
  const float n = shifted - kRound;
  const float r = fused(n, 2.12194440e-4F, fused(n, -0.693359375F, x));
  float p = fused(1.0F / 5040.0F, r, 1.0F / 720.0F);
  p = fused(p, r, 1.0F / 120.0F);
  p = fused(p, r, 1.0F / 24.0F);
  p = fused(p, r, 1.0F / 6.0F);
  p = fused(p, r, 0.5F);
  p = fused(p, r, 1.0F);
  p = fused(p, r, 1.0F);
  return float_of(bits_of(p) + (bits_of(shifted) << 23));
}

/// erf(z) within 4e-7.
SASHIMI_DEVICE float error_function(float z) {
  z = z > -4.0F ? z : -4.0F;
  z = z < 4.0F ? z : 4.0F;
  const float w = z * z;
  float p = fused(1.97491499e-6F, w, 2.88023801e-4F);
  p = fused(p, w, 4.00297178e-3F);
  p = fused(p, w, 5.34653999e-2F);
  p = fused(p, w, 1.96233528e-1F);
  p = fused(p, w, 1.12837898F);
  float q = fused(3.74808267e-5F, w, 1.21619174e-3F);
  q = fused(q, w, 1.54430784e-2F);
  q = fused(q, w, 1.16470004e-1F);
  q = fused(q, w, 5.07238601e-1F);
  q = fused(q, w, 1.0F);
  return quotient(z * p, q);
}

SASHIMI_DEVICE float sigmoid(float x) { return quotient(1.0F, 1.0F + exponential(-x)); }

/// The exact (erf) form of GELU.
SASHIMI_DEVICE float gelu(float x) { return 0.5F * x * (1.0F + error_function(x * 0.707106781F)); }

/// exp((logit - peak) / temperature) in float64 to about 1 ulp, 0 below -700.
SASHIMI_DEVICE double draw_weight(float logit, float peak, double temperature) {
  constexpr double kRound = 6755399441055744.0;  // 1.5 * 2^52
  const double wanted = quotient(static_cast<double>(logit) - static_cast<double>(peak), temperature);
  const double x = wanted < -700.0 ? -700.0 : wanted > 700.0 ? 700.0 : wanted;
  const double shifted = x * 1.4426950408889634 + kRound;
  const double n = shifted - kRound;
  const double r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
  double p = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  const double result = double_of(bits_of(p) + (bits_of(shifted) << 52));
  return wanted < -700.0 ? 0.0 : result;
}

/// ln in float64 to a few ulp, of what is too small that of 1e-305.
SASHIMI_DEVICE double logarithm(double of) {
  constexpr uint64_t kMantissa = (uint64_t{1} << 52) - 1;
  constexpr uint64_t kOne = uint64_t{1023} << 52;
  const double value = of > 1e-305 ? of : 1e-305;
  const uint64_t bits = bits_of(value);
  double mantissa = double_of((bits & kMantissa) | kOne);
  auto exponent = static_cast<double>(static_cast<int64_t>(bits >> 52) - 1023);
  const bool is_high = mantissa > 1.4142135623730951;
  mantissa = is_high ? 0.5 * mantissa : mantissa;
  exponent = is_high ? exponent + 1.0 : exponent;
  const double s = quotient(mantissa - 1.0, mantissa + 1.0);
  const double w = s * s;
  double p = 1.0 / 17.0;
  p = p * w + 1.0 / 15.0;
  p = p * w + 1.0 / 13.0;
  p = p * w + 1.0 / 11.0;
  p = p * w + 1.0 / 9.0;
  p = p * w + 1.0 / 7.0;
  p = p * w + 1.0 / 5.0;
  p = p * w + 1.0 / 3.0;
  p = p * w + 1.0;
  return exponent * 6.93147180559945309417e-01 + 2.0 * s * p;
}

/// The uniform number of one frame, in (0, 1): frame_uniform of ../../core/sampling.h, Philox4x32-10.
SASHIMI_DEVICE double frame_uniform(uint32_t seed, uint64_t frame) {
  uint32_t counter[4] = {static_cast<uint32_t>(frame), static_cast<uint32_t>(frame >> 32), 0, 0};
  uint32_t key0 = seed;
  uint32_t key1 = 0;
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{0xD2511F53U} * counter[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57U} * counter[2];
    const uint32_t word0 = static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key0;
    const uint32_t word2 = static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key1;
    counter[0] = word0;
    counter[1] = static_cast<uint32_t>(product1);
    counter[2] = word2;
    counter[3] = static_cast<uint32_t>(product0);
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
  return (static_cast<double>(counter[0]) + 0.5) / 4294967296.0;
}

}  // namespace sashimi::cuda
