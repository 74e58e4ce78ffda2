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
  const float mean = warp.template sum<kTurns>(norm.width, [&](uint32_t i) { return x[i]; }) * norm.scale;
  const float variance = warp.template sum<kTurns>(norm.width, [&](uint32_t i) {
    const float centred = x[i] - mean;
    return centred * centred;
  }) * norm.scale;
  return {mean - norm.shift, quotient(1.0F, square_root(variance + norm.eps))};
}

SASHIMI_DEVICE Moments moments_of(const NormPlan& norm, const Warp& warp, const float* x) {
  // The shapes that matter most, without a loop.
  if (norm.padded <= 64) return moments_in<2>(norm, warp, x);
  if (norm.padded <= 256) return moments_in<8>(norm, warp, x);
  return moments_in<0>(norm, warp, x);
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
