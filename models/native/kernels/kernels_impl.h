#pragma once

#include "kernels.h"
#include "simd.h"

/// The kernels themselves. Included by one translation unit per instruction set, which then
/// defines its `Kernels` table with SASHIMI_KERNEL_TABLE.
namespace sashimi {
namespace {

constexpr size_t kVecsPerRow = kLanes / kWidth;

enum class Epilogue { store, add, gelu };

/// `kVecs` vectors of outputs of one tile. The columns are dealt out to kUnroll independent
/// sets of sums, so that about eight multiply-adds are in flight.
template <size_t kVecs, Epilogue kEpilogue>
inline void tile_part(const float* w, size_t stride, size_t in, const float* x, const float* bias, float* y) {
  constexpr size_t kUnroll = kVecs >= 5 ? 1 : kVecs >= 3 ? 2 : kVecs == 2 ? 4 : 8;
  Vec sums[kUnroll][kVecs];
#pragma GCC unroll 16
  for (size_t v = 0; v < kVecs; ++v) sums[0][v] = load(bias + v * kWidth);
#pragma GCC unroll 16
  for (size_t u = 1; u < kUnroll; ++u) {
#pragma GCC unroll 16
    for (size_t v = 0; v < kVecs; ++v) sums[u][v] = Vec{};
  }
  for (size_t i = 0; i < in; i += kUnroll) {
#pragma GCC unroll 16
    for (size_t u = 0; u < kUnroll; ++u) {
      const float input = x[i + u];
#pragma GCC unroll 16
      for (size_t v = 0; v < kVecs; ++v) sums[u][v] += load(w + (i + u) * stride + v * kWidth) * input;
    }
  }
#pragma GCC unroll 16
  for (size_t v = 0; v < kVecs; ++v) {
    Vec total = sums[0][v];
#pragma GCC unroll 16
    for (size_t u = 1; u < kUnroll; ++u) total += sums[u][v];
    if constexpr (kEpilogue == Epilogue::add) total += load(y + v * kWidth);
    if constexpr (kEpilogue == Epilogue::gelu) total = gelu(total);
    store(y + v * kWidth, total);
  }
}

template <Epilogue kEpilogue>
void matvec_with(const Matrix& matrix, const float* x, float* y) {
  const float* w = matrix.tiles;
  const size_t in = matrix.in;
  for (size_t row = 0; row < matrix.out; row += kTileRows) {
    const size_t rows = matrix.out - row < kTileRows ? matrix.out - row : kTileRows;
    size_t done = 0;
    while (rows - done >= 8 * kWidth) {
      tile_part<8, kEpilogue>(w + done, rows, in, x, matrix.bias + row + done, y + row + done);
      done += 8 * kWidth;
    }
    const float* rest = w + done;
    const float* bias = matrix.bias + row + done;
    float* out = y + row + done;
    switch ((rows - done) / kWidth) {
      case 1: tile_part<1, kEpilogue>(rest, rows, in, x, bias, out); break;
      case 2: tile_part<2, kEpilogue>(rest, rows, in, x, bias, out); break;
      case 3: tile_part<3, kEpilogue>(rest, rows, in, x, bias, out); break;
      case 4: tile_part<4, kEpilogue>(rest, rows, in, x, bias, out); break;
      case 6: tile_part<6, kEpilogue>(rest, rows, in, x, bias, out); break;
      default: break;
    }
    w += rows * in;
  }
}

void normalise(const Norm& norm, const float* x, float* y) {
  const float scale = 1.0F / static_cast<float>(norm.width);
  Vec total{};
  for (size_t i = 0; i < norm.padded; i += kWidth) total += load(x + i);
  const float mean = sum(total) * scale;
  Vec squares{};
  for (size_t i = 0; i < norm.padded; i += kWidth) {
    const Vec centred = (load(x + i) - mean) * load(norm.mask + i);
    squares += centred * centred;
  }
  const float variance = sum(squares) * scale;
  const float inverse = 1.0F / __builtin_sqrtf(variance + norm.eps);
  const float centre = mean - norm.shift;
  for (size_t i = 0; i < norm.padded; i += kWidth) {
    store(y + i, (load(x + i) - centre) * inverse * load(norm.gain + i) + load(norm.offset + i));
  }
}

void s4d(const StateSpace& ssm, float* state, const float* u, float* z) {
  const float* k = ssm.coefficients;
  for (size_t group = 0; group < ssm.groups; ++group) {
    Vec input[kVecsPerRow];
    Vec re[kVecsPerRow];
    Vec im[kVecsPerRow];
#pragma GCC unroll 4
    for (size_t v = 0; v < kVecsPerRow; ++v) {
      input[v] = load(u + v * kWidth);
      re[v] = Vec{};
      im[v] = Vec{};
    }
    for (size_t n = 0; n < ssm.pairs; ++n) {
#pragma GCC unroll 4
      for (size_t v = 0; v < kVecsPerRow; ++v) {
        const size_t at = v * kWidth;
        const Vec a_re = load(k + at);
        const Vec a_im = load(k + kLanes + at);
        const Vec x_re = load(state + at);
        const Vec x_im = load(state + kLanes + at);
        const Vec next_re = a_re * x_re + (input[v] - a_im * x_im);
        const Vec next_im = a_re * x_im + a_im * x_re;
        re[v] += load(k + 2 * kLanes + at) * next_re;
        im[v] += load(k + 3 * kLanes + at) * next_im;
        store(state + at, next_re);
        store(state + kLanes + at, next_im);
      }
      k += kRowsPerPairS4d * kLanes;
      state += 2 * kLanes;
    }
#pragma GCC unroll 4
    for (size_t v = 0; v < kVecsPerRow; ++v) {
      const Vec skip = load(ssm.skip + group * kLanes + v * kWidth);
      store(z + v * kWidth, gelu(re[v] - im[v] + skip * input[v]));
    }
    u += kLanes;
    z += kLanes;
  }
}

void s4(const StateSpace& ssm, float* state, const float* u, float* z) {
  const float* k = ssm.coefficients;
  for (size_t group = 0; group < ssm.groups; ++group) {
    float* feedback = state;
    state += kLanes;
    Vec input[kVecsPerRow];
    Vec rank_one[kVecsPerRow];
    Vec re[kVecsPerRow];
    Vec im[kVecsPerRow];
    Vec next_s[kVecsPerRow];
#pragma GCC unroll 4
    for (size_t v = 0; v < kVecsPerRow; ++v) {
      input[v] = load(u + v * kWidth);
      rank_one[v] = load(feedback + v * kWidth);
      re[v] = Vec{};
      im[v] = Vec{};
      next_s[v] = Vec{};
    }
    for (size_t n = 0; n < ssm.pairs; ++n) {
#pragma GCC unroll 4
      for (size_t v = 0; v < kVecsPerRow; ++v) {
        const float* c = k + v * kWidth;
        float* x = state + v * kWidth;
        const Vec a_re = load(c);
        const Vec a_im = load(c + kLanes);
        const Vec x_re = load(x);
        const Vec x_im = load(x + kLanes);
        const Vec drive_re = load(c + 4 * kLanes) * rank_one[v] + load(c + 6 * kLanes) * input[v];
        const Vec drive_im = load(c + 5 * kLanes) * rank_one[v] + load(c + 7 * kLanes) * input[v];
        const Vec next_re = a_re * x_re + (drive_re - a_im * x_im);
        const Vec next_im = a_re * x_im + (drive_im + a_im * x_re);
        re[v] += load(c + 2 * kLanes) * next_re;
        im[v] += load(c + 3 * kLanes) * next_im;
        next_s[v] += load(c + 8 * kLanes) * next_re - load(c + 9 * kLanes) * next_im;
        store(x, next_re);
        store(x + kLanes, next_im);
      }
      k += kRowsPerPairS4 * kLanes;
      state += 2 * kLanes;
    }
#pragma GCC unroll 4
    for (size_t v = 0; v < kVecsPerRow; ++v) {
      const Vec skip = load(ssm.skip + group * kLanes + v * kWidth);
      store(feedback + v * kWidth, next_s[v]);
      store(z + v * kWidth, gelu(re[v] - im[v] + skip * input[v]));
    }
    u += kLanes;
    z += kLanes;
  }
}

void glu_add(const float* value, const float* gate, size_t padded, float* x) {
  for (size_t i = 0; i < padded; i += kWidth) {
    store(x + i, load(x + i) + load(value + i) * sigmoid(load(gate + i)));
  }
}

void add(const float* a, const float* b, size_t padded, float* total) {
  for (size_t i = 0; i < padded; i += kWidth) store(total + i, load(a + i) + load(b + i));
}

float largest(const float* values, size_t count) {
  const size_t whole = count / kWidth * kWidth;
  float peak = values[0];
  if (whole > 0) {
    Vec best = load(values);
    for (size_t i = kWidth; i < whole; i += kWidth) best = max(load(values + i), best);
    for (size_t lane = 0; lane < kWidth; ++lane) peak = best[lane] > peak ? best[lane] : peak;
  }
  for (size_t i = whole; i < count; ++i) peak = values[i] > peak ? values[i] : peak;
  return peak;
}

/// exp in float64 to about 1 ulp, 0 below -700: a plain loop that the compiler vectorises.
void exponentials(const float* logits, double peak, double temperature, size_t count, double* out) {
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

}  // namespace
}  // namespace sashimi

/// Defines the table `symbol` of this translation unit's instruction set.
#define SASHIMI_KERNEL_TABLE(symbol, name)                                                   \
  const ::sashimi::Kernels sashimi::symbol = {                                               \
      name,                                                                                  \
      ::sashimi::matvec_with<::sashimi::Epilogue::store>,                                    \
      ::sashimi::matvec_with<::sashimi::Epilogue::add>,                                      \
      ::sashimi::matvec_with<::sashimi::Epilogue::gelu>,                                     \
      ::sashimi::normalise,                                                                  \
      ::sashimi::s4d,                                                                        \
      ::sashimi::s4,                                                                         \
      ::sashimi::glu_add,                                                                    \
      ::sashimi::add,                                                                        \
      ::sashimi::largest,                                                                    \
      ::sashimi::exponentials,                                                               \
  }
