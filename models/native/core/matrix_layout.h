#pragma once

#include "../kernels/kernels.h"
#include "arena.h"

namespace sashimi {

/// How the true index of a matrix row or column maps to its place among padded ones.
struct Axis {
  enum class Order { plain, halves, channel_major };
  size_t size;  ///< True length.
  Order order = Order::plain;
  size_t inner = 0;  ///< halves: rows of one half. channel_major: frames per channel.

  size_t channels() const { return order == Order::channel_major ? size / inner : inner; }
  size_t padded_size() const;
  size_t place(size_t index) const;
};

/// A matrix as a bundle has it. All null while memory is measured.
struct MatrixSource {
  const float* weights = nullptr;  ///< (out, in) row-major.
  const float* bias = nullptr;     ///< (out)
  const float* scales = nullptr;   ///< int8: (out). int4: (out, ceil(in / kInt4Group)).
};

/// Lays a matrix out for the kernels, `Matrix` in kernels.h, in memory of `arena`.
/// A null `source.weights` only measures.
Matrix lay_out_matrix(Arena& arena, WeightFormat format, const Axis& out, const Axis& in, const MatrixSource& source);

/// Scales that a matrix of `out` by `in` weights brings along.
size_t scales_of(WeightFormat format, size_t out, size_t in);

}  // namespace sashimi
