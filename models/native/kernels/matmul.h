#pragma once

#include "kernels.h"
#include "simd.h"

/// Matrices of float and bfloat16 weights. The sums of an output run over its inputs in an order
/// that the shape of the tile decides alone, so that a column's result does not depend on how many
/// columns are multiplied at once.
namespace sashimi {
namespace {

/// Sums that the products of one output are dealt to in turn, so that a short tile, too, keeps
/// about eight multiply-adds in flight.
constexpr size_t partial_sums(size_t tile_vecs) {
  return tile_vecs >= 5 ? 1 : tile_vecs >= 3 ? 2 : tile_vecs == 2 ? 4 : 8;
}

/// Vectors of outputs that one pass over the inputs makes: as many as registers allow.
constexpr size_t pass_vecs(size_t sums_per_vec) {
  const size_t fit = kSumRegisters / sums_per_vec;
  return fit >= 8 ? 8 : fit >= 4 ? 4 : fit >= 2 ? 2 : 1;
}

/// A tile and what it is applied to.
struct TilePass {
  const void* weights;  ///< Of the first output of the pass.
  size_t rows;          ///< Of the whole tile.
  size_t in;
  const Real* x;
  size_t x_stride;
  Real* y;
  size_t y_stride;
  const Real* bias;
  bool adds;
  size_t ahead;  ///< Bytes from the weights to those of the next tile, to be asked for meanwhile; 0 not to.
};

/// Weights of inputs i .. i + kStep - 1 for one vector of outputs.
struct FloatWeights {
  static constexpr size_t kStep = 1;
  static void prefetch(const void* weights, size_t rows, size_t i, size_t v, size_t ahead) {
    __builtin_prefetch(static_cast<const char*>(weights) + (i * rows + v * kWidth) * sizeof(Real) + ahead, 0, 2);
  }
  static const Real* advance(const void* weights, size_t outputs) { return static_cast<const Real*>(weights) + outputs; }
  static void get(const void* weights, size_t rows, size_t i, size_t v, Vec (&w)[kStep]) {
    w[0] = load(static_cast<const Real*>(weights) + i * rows + v * kWidth);
  }
};

#if !defined(SASHIMI_FLOAT64)
struct Bfloat16Weights {
  static constexpr size_t kStep = 2;
  static void prefetch(const void* weights, size_t rows, size_t i, size_t v, size_t ahead) {
    __builtin_prefetch(static_cast<const char*>(weights) + (i / 2 * rows + v * kWidth) * sizeof(uint32_t) + ahead, 0, 2);
  }
  static const uint32_t* advance(const void* weights, size_t outputs) {
    return static_cast<const uint32_t*>(weights) + outputs;
  }
  static void get(const void* weights, size_t rows, size_t i, size_t v, Vec (&w)[kStep]) {
    const auto* words = static_cast<const uint32_t*>(weights) + i / 2 * rows + v * kWidth;
    const Bits both = *reinterpret_cast<const Bits*>(words);
    w[0] = reinterpret_cast<Vec>(both << 16);
    w[1] = reinterpret_cast<Vec>(both & static_cast<Integer>(0xFFFF0000U));
  }
};
#endif

template <class Weights, size_t kSums, size_t kVecs, size_t kColumns>
inline void multiply_pass(const TilePass& pass) {
  constexpr size_t kStep = Weights::kStep;
  const void* const weights = pass.weights;
  const size_t rows = pass.rows;
  const Real* x[kColumns];
  Vec sums[kColumns][kSums][kVecs];
#pragma GCC unroll 8
  for (size_t c = 0; c < kColumns; ++c) {
    x[c] = pass.x + c * pass.x_stride;
#pragma GCC unroll 8
    for (size_t v = 0; v < kVecs; ++v) {
      sums[c][0][v] = load(pass.bias + v * kWidth);
#pragma GCC unroll 8
      for (size_t s = 1; s < kSums; ++s) sums[c][s][v] = Vec{};
    }
  }
  for (size_t i = 0; i < pass.in; i += kSums) {
#pragma GCC unroll 8
    for (size_t s = 0; s < kSums; s += kStep) {
#pragma GCC unroll 8
      for (size_t v = 0; v < kVecs; ++v) {
        Vec w[kStep];
        Weights::get(weights, rows, i + s, v, w);
        if constexpr (kColumns > 1) Weights::prefetch(weights, rows, i + s, v, pass.ahead);
#pragma GCC unroll 8
        for (size_t c = 0; c < kColumns; ++c) {
#pragma GCC unroll 2
          for (size_t k = 0; k < kStep; ++k) sums[c][s + k][v] += w[k] * x[c][i + s + k];
        }
      }
    }
  }
#pragma GCC unroll 8
  for (size_t c = 0; c < kColumns; ++c) {
    Real* y = pass.y + c * pass.y_stride;
#pragma GCC unroll 8
    for (size_t v = 0; v < kVecs; ++v) {
      Vec total = sums[c][0][v];
#pragma GCC unroll 8
      for (size_t s = 1; s < kSums; ++s) total += sums[c][s][v];
      if (pass.adds) total += load(y + v * kWidth);
      store(y + v * kWidth, total);
    }
  }
}

/// The outputs that are left, in passes of kVecs vectors, then of half as many.
template <class Weights, size_t kSums, size_t kColumns, size_t kVecs = pass_vecs(kSums * kColumns)>
void multiply_outputs(TilePass pass, size_t vecs) {
  while (vecs >= kVecs) {
    multiply_pass<Weights, kSums, kVecs, kColumns>(pass);
    pass.weights = Weights::advance(pass.weights, kVecs * kWidth);
    pass.y += kVecs * kWidth;
    pass.bias += kVecs * kWidth;
    vecs -= kVecs;
  }
  if constexpr (kVecs > 1) {
    if (vecs > 0) multiply_outputs<Weights, kSums, kColumns, kVecs / 2>(pass, vecs);
  }
}

template <class Weights, size_t kSums, size_t kColumns>
void multiply_columns(TilePass& pass, size_t& columns) {
  multiply_outputs<Weights, kSums, kColumns>(pass, pass.rows / kWidth);
  pass.x += kColumns * pass.x_stride;
  pass.y += kColumns * pass.y_stride;
  columns -= kColumns;
}

template <class Weights, size_t kSums>
void multiply_tile(TilePass pass, size_t columns) {
  // Of float weights the bandwidth is the bound: the more columns, the fewer passes over a tile that is larger than
  // the nearest cache. Of bfloat16 it is the unpacking.
  if constexpr (kSumRegisters / kSums >= 12 && Weights::kStep == 1) {
    while (columns >= 6) multiply_columns<Weights, kSums, 6>(pass, columns);
  }
  if constexpr (kSumRegisters / kSums >= 3) {
    // Rather four, or two and two, than three and a slow one.
    if constexpr (kSumRegisters / kSums >= 8) {
      if (columns == 4) multiply_columns<Weights, kSums, 4>(pass, columns);
    }
    while (columns >= 3 && columns != 4) multiply_columns<Weights, kSums, 3>(pass, columns);
    while (columns >= 2) multiply_columns<Weights, kSums, 2>(pass, columns);
  }
  while (columns > 0) multiply_columns<Weights, kSums, 1>(pass, columns);
}

template <class Weights>
void multiply(const Matrix& matrix, bool adds, const Real* x, size_t x_stride, Real* y, size_t y_stride,
              size_t columns) {
  const void* weights = matrix.tiles;
  for (size_t row = 0; row < matrix.out; row += kTileRows) {
    const size_t rows = matrix.out - row < kTileRows ? matrix.out - row : kTileRows;
    const TilePass pass{weights, rows, matrix.in, x, x_stride, y + row, y_stride, matrix.bias + row, adds,
                        rows * matrix.in * sizeof(Real) / Weights::kStep};
    const size_t sums = partial_sums(rows / kWidth);
    if (sums == 8) multiply_tile<Weights, 8>(pass, columns);
    else if (sums == 4) multiply_tile<Weights, 4>(pass, columns);
    else if (sums == 2 || Weights::kStep == 2) multiply_tile<Weights, 2>(pass, columns);
    else if constexpr (Weights::kStep == 1) multiply_tile<Weights, 1>(pass, columns);
    weights = Weights::advance(weights, rows * matrix.in / Weights::kStep);
  }
}

}  // namespace
}  // namespace sashimi
