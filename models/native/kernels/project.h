#pragma once

#include "kernels.h"
#include "simd.h"

namespace sashimi {
namespace {

/// kVecs vectors of outputs.
template <size_t kVecs>
inline void project_pass(const Projection& projection, const Real* columns, const float* frame, Real* y) {
  Vec sums[kVecs] = {};
  for (size_t d = 0; d < projection.dim; ++d, columns += projection.padded) {
    if (frame[d] == 0.0F) continue;
    const Vec value = splat(static_cast<Real>(frame[d]));
#pragma GCC unroll 8
    for (size_t v = 0; v < kVecs; ++v) sums[v] += load(columns + v * kWidth) * value;
  }
#pragma GCC unroll 8
  for (size_t v = 0; v < kVecs; ++v) store(y + v * kWidth, sums[v]);
}

/// The outputs from `row` on, in passes of kVecs vectors, then of half as many.
template <size_t kVecs>
void project_rows(const Projection& projection, const float* frame, size_t row, Real* y) {
  for (; row + kVecs * kWidth <= projection.padded; row += kVecs * kWidth) {
    project_pass<kVecs>(projection, projection.columns + row, frame, y + row);
  }
  if constexpr (kVecs * kWidth > kLanes) {
    if (row < projection.padded) project_rows<kVecs / 2>(projection, frame, row, y);
  }
}

void project(const Projection& projection, const float* frame, Real* y) { project_rows<8>(projection, frame, 0, y); }

}  // namespace
}  // namespace sashimi
