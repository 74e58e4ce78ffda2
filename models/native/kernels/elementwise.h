#pragma once

#include "kernels.h"
#include "simd.h"

namespace sashimi {
namespace {

void normalise(const Norm& norm, const Real* x, Real* y, size_t columns) {
  const Real scale = Real{1} / static_cast<Real>(norm.width);
  for (size_t c = 0; c < columns; ++c) {
    Vec total{};
    for (size_t i = 0; i < norm.padded; i += kWidth) total += load(x + i);
    const Real mean = sum(total) * scale;
    Vec squares{};
    for (size_t i = 0; i < norm.padded; i += kWidth) {
      const Vec centred = (load(x + i) - mean) * load(norm.mask + i);
      squares += centred * centred;
    }
    const Real variance = sum(squares) * scale;
#if defined(SASHIMI_FLOAT64)
    const Real inverse = 1.0 / __builtin_sqrt(variance + norm.eps);
#else
    const Real inverse = 1.0F / __builtin_sqrtf(variance + norm.eps);
#endif
    const Real centre = mean - norm.shift;
    for (size_t i = 0; i < norm.padded; i += kWidth) {
      store(y + i, (load(x + i) - centre) * inverse * load(norm.gain + i) + load(norm.offset + i));
    }
    x += norm.padded;
    y += norm.padded;
  }
}

void glu_add(const Real* halves, size_t padded, Real* x, size_t columns) {
  for (size_t c = 0; c < columns; ++c) {
    for (size_t i = 0; i < padded; i += kWidth) {
      store(x + i, load(x + i) + load(halves + i) * sigmoid(load(halves + padded + i)));
    }
    x += padded;
    halves += 2 * padded;
  }
}

void add(const Real* a, const Real* b, size_t count, Real* total) {
  for (size_t i = 0; i < count; i += kWidth) store(total + i, load(a + i) + load(b + i));
}

void gelu_columns(Real* y, size_t y_stride, size_t rows, size_t columns) {
  for (size_t c = 0; c < columns; ++c) {
    for (size_t i = 0; i < rows; i += kWidth) store(y + i, gelu(load(y + i)));
    y += y_stride;
  }
}

/// Of values of which some are no numbers the largest number; -infinity when there is none.
Real largest(const Real* values, size_t count) {
  const size_t whole = count / kWidth * kWidth;
  auto peak = static_cast<Real>(-__builtin_inf());
  // A comparison with what is no number is false: it never becomes the best.
  Vec best = splat(peak);
  for (size_t i = 0; i < whole; i += kWidth) best = max(load(values + i), best);
  peak = largest_lane(best);
  for (size_t i = whole; i < count; ++i) peak = values[i] > peak ? values[i] : peak;
  return peak;
}

/// exp in float64 to about 1 ulp, 0 below -700: a plain loop that the compiler vectorises.
void exponentials(const Real* logits, double peak, double temperature, size_t count, double* out) {
  constexpr double kLog2e = 1.4426950408889634;
  constexpr double kLn2High = 6.93147180369123816490e-01;
  constexpr double kLn2Low = 1.90821492927058770002e-10;
  constexpr double kRound = 6755399441055744.0;  // 1.5 * 2^52
  for (size_t i = 0; i < count; ++i) {
    const double wanted = (static_cast<double>(logits[i]) - peak) / temperature;
    const double x = wanted < -700.0 ? -700.0 : wanted > 700.0 ? 700.0 : wanted;
    const double shifted = x * kLog2e + kRound;
    const double n = shifted - kRound;
    const double r = (x - n * kLn2High) - n * kLn2Low;
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
    uint64_t exponent;
    uint64_t bits;
    __builtin_memcpy(&exponent, &shifted, sizeof exponent);
    __builtin_memcpy(&bits, &p, sizeof bits);
    bits += exponent << 52;
    double result;
    __builtin_memcpy(&result, &bits, sizeof result);
    out[i] = wanted < -700.0 ? 0.0 : result;
  }
}

/// ln in float64 to a few ulp: exponent and mantissa apart, ln m = 2 artanh((m - 1) / (m + 1)) for m around 1.
void logarithms(const double* values, size_t count, Real* out) {
  constexpr double kSmallest = 1e-305;
  constexpr double kLn2 = 6.93147180559945309417e-01;
  constexpr uint64_t kMantissa = (uint64_t{1} << 52) - 1;
  constexpr uint64_t kOne = uint64_t{1023} << 52;
  for (size_t i = 0; i < count; ++i) {
    const double value = values[i] > kSmallest ? values[i] : kSmallest;
    uint64_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    const uint64_t mantissa_bits = (bits & kMantissa) | kOne;
    double mantissa;
    __builtin_memcpy(&mantissa, &mantissa_bits, sizeof mantissa);
    auto exponent = static_cast<double>(static_cast<int64_t>(bits >> 52) - 1023);
    const bool is_high = mantissa > 1.4142135623730951;
    mantissa = is_high ? 0.5 * mantissa : mantissa;
    exponent = is_high ? exponent + 1.0 : exponent;
    const double s = (mantissa - 1.0) / (mantissa + 1.0);
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
    out[i] = static_cast<Real>(exponent * kLn2 + 2.0 * s * p);
  }
}

}  // namespace
}  // namespace sashimi
