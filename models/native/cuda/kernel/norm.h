#pragma once

#include "block.h"
#include "plan.h"

/// Layer norms, made by each warp for itself.
namespace sashimi::cuda {

/// (x - mean + shift) / sqrt(variance + eps) is (x - centre) * inverse.
struct Moments {
  float centre;
  float inverse;
};

template <uint32_t kTurns>
SASHIMI_DEVICE Moments moments_in(const NormPlan& norm, const Warp& warp, const float* x) {
  const auto four = [&](uint32_t quad) { return reinterpret_cast<const Quad*>(x)[quad]; };
  const float mean = warp.template sum_by_eight<kTurns>(norm.width, four) * norm.scale;
  const float variance = warp.template sum_by_eight<kTurns>(norm.width, [&](uint32_t quad) {
    Quad squares = four(quad);
    for (float& value : squares.v) {
      value = value - mean;
      value = value * value;
    }
    return squares;
  }) * norm.scale;
  return {mean - norm.shift, quotient(1.0F, square_root(variance + norm.eps))};
}

/// `x` (padded), on 16 bytes.
SASHIMI_DEVICE Moments moments_of(const NormPlan& norm, const Warp& warp, const float* x) {
  // The widths that matter most, without a loop.
  switch (norm.width) {
    case 32: return moments_in<1>(norm, warp, x);
    case 64: return moments_in<2>(norm, warp, x);
    case 128: return moments_in<4>(norm, warp, x);
    default: return moments_in<0>(norm, warp, x);
  }
}

struct NormTerms {
  float gain;
  float offset;
};

SASHIMI_DEVICE NormTerms norm_terms(const NormPlan& norm, uint32_t i) {
  return {read_number(norm.gain + i), read_number(norm.offset + i)};
}

SASHIMI_DEVICE float normalised(const NormTerms& terms, const Moments& moments, float x) {
  return fused((x - moments.centre) * moments.inverse, terms.gain, terms.offset);
}

}  // namespace sashimi::cuda
