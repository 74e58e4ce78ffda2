#pragma once

#include "block.h"
#include "voices.h"

/// Matrix-vector products of several voices at once. A task makes four outputs of a stretch of the inputs, for up to four
/// voices, so that a weight is read once for them; the sums of the stretches meet in the next phase. What a voice gets does
/// not depend on the voices beside it.
namespace sashimi::cuda {

/// Voices that share a weight in registers.
inline constexpr uint32_t kColumnsAtOnce = 4;

/// A tile's four outputs: where their weights begin.
struct Outputs {
  const void* weights;
  const float* scales;  ///< int4
  uint32_t rows;        ///< Of the tile.
};

SASHIMI_DEVICE Outputs outputs_at(const MatrixPlan& matrix, uint32_t row) {
  const uint32_t first = row / kTileRows * kTileRows;
  const uint32_t left = matrix.out - first;
  const uint32_t within = row - first;
  Outputs at;
  at.rows = left < kTileRows ? left : kTileRows;
  at.scales = nullptr;
  const auto* bytes = static_cast<const uint8_t*>(matrix.tiles);
  const uint64_t before = uint64_t{first} * matrix.in;
  switch (matrix.format) {
    case Format::f32: at.weights = bytes + (before + within) * 4; break;
    case Format::bf16: at.weights = bytes + (before / 2 + within) * 4; break;
    case Format::int8: at.weights = bytes + before + within * 2; break;
    default: {
      const uint32_t groups = (matrix.in + kInt4Group - 1) / kInt4Group;
      at.weights = bytes + uint64_t{first} * groups * kInt4Group / 2 + within * 2;
      at.scales = matrix.scales + uint64_t{first} * groups + within;
    }
  }
  return at;
}

/// The weights of four outputs and the inputs i .. i + 3: w[input].v[output].
template <Format kFormat>
SASHIMI_DEVICE void read_weights(const Outputs& at, uint32_t i, Quad (&w)[4]) {
  if constexpr (kFormat == Format::f32) {
    const float* from = static_cast<const float*>(at.weights) + uint64_t{i} * at.rows;
    for (uint32_t k = 0; k < 4; ++k) w[k] = read_quad(from + k * at.rows);
  } else if constexpr (kFormat == Format::bf16) {
    const uint32_t* from = static_cast<const uint32_t*>(at.weights) + uint64_t{i / 2} * at.rows;
    for (uint32_t k = 0; k < 2; ++k) {
      const Words4 both = read_words4(from + k * at.rows);
      for (uint32_t r = 0; r < 4; ++r) {
        w[2 * k].v[r] = float_of(both.v[r] << 16);
        w[2 * k + 1].v[r] = float_of(both.v[r] & 0xFFFF0000U);
      }
    }
  } else if constexpr (kFormat == Format::int8) {
    const auto* from = static_cast<const uint8_t*>(at.weights) + uint64_t{i / 2} * at.rows * 2;
    for (uint32_t k = 0; k < 2; ++k) {
      const Words2 codes = read_words2(reinterpret_cast<const uint32_t*>(from + k * at.rows * 2));
      for (uint32_t r = 0; r < 4; ++r) {
        const uint32_t pair = codes.v[r / 2] >> (r % 2 * 16);
        w[2 * k].v[r] = static_cast<float>(static_cast<int8_t>(pair & 0xFFU));
        w[2 * k + 1].v[r] = static_cast<float>(static_cast<int8_t>(pair >> 8 & 0xFFU));
      }
    }
  } else {
    const auto* from = static_cast<const uint8_t*>(at.weights) + uint64_t{i / 4} * at.rows * 2;
    const Words2 codes = read_words2(reinterpret_cast<const uint32_t*>(from));
    const Quad scales = read_quad(at.scales + uint64_t{i / kInt4Group} * at.rows);
    for (uint32_t r = 0; r < 4; ++r) {
      const uint32_t four = codes.v[r / 2] >> (r % 2 * 16);
      const uint32_t nibbles[4] = {four & 15U, four >> 8 & 15U, four >> 4 & 15U, four >> 12 & 15U};
      for (uint32_t k = 0; k < 4; ++k) {
        w[k].v[r] = static_cast<float>(static_cast<int32_t>(nibbles[k]) - 8) * scales.v[r];
      }
    }
  }
}

template <Format kFormat, uint32_t kColumns>
SASHIMI_DEVICE void multiply_outputs(const MatrixPlan& matrix, uint32_t row, uint32_t split, const Scratch& scratch,
                                     const uint32_t* slots, uint32_t operand_at, uint32_t partials_at) {
  const Outputs at = outputs_at(matrix, row);
  const uint32_t begin = split * matrix.inputs_per_split;
  const uint32_t limit = begin + matrix.inputs_per_split;
  const uint32_t end = limit < matrix.in ? limit : matrix.in;
  const float* x[kColumns];
  float sums[kColumns][4];
  for (uint32_t c = 0; c < kColumns; ++c) {
    x[c] = scratch.of(slots[c]) + operand_at;
    for (uint32_t r = 0; r < 4; ++r) sums[c][r] = 0.0F;
  }
SASHIMI_UNROLL(4)
  for (uint32_t i = begin; i < end; i += 4) {
    Quad w[4];
    read_weights<kFormat>(at, i, w);
    for (uint32_t c = 0; c < kColumns; ++c) {
      const Quad inputs = *reinterpret_cast<const Quad*>(x[c] + i);
      for (uint32_t k = 0; k < 4; ++k) {
        for (uint32_t r = 0; r < 4; ++r) sums[c][r] = fused(w[k].v[r], inputs.v[k], sums[c][r]);
      }
    }
  }
  for (uint32_t c = 0; c < kColumns; ++c) {
    Quad total;
    for (uint32_t r = 0; r < 4; ++r) total.v[r] = sums[c][r];
    *reinterpret_cast<Quad*>(scratch.of(slots[c]) + partials_at + split * matrix.out + row) = total;
  }
}

template <Format kFormat>
SASHIMI_DEVICE void multiply_columns(const MatrixPlan& matrix, uint32_t row, uint32_t split, const Scratch& scratch,
                                     const uint32_t* slots, uint32_t columns, uint32_t operand_at, uint32_t partials_at) {
  switch (columns) {
    case 1: return multiply_outputs<kFormat, 1>(matrix, row, split, scratch, slots, operand_at, partials_at);
    case 2: return multiply_outputs<kFormat, 2>(matrix, row, split, scratch, slots, operand_at, partials_at);
    case 3: return multiply_outputs<kFormat, 3>(matrix, row, split, scratch, slots, operand_at, partials_at);
    default: return multiply_outputs<kFormat, 4>(matrix, row, split, scratch, slots, operand_at, partials_at);
  }
}

/// Tasks of a product.
SASHIMI_DEVICE uint32_t multiply_tasks(const MatrixPlan& matrix, const Columns& columns) {
  const uint32_t chunks = (columns.count + kColumnsAtOnce - 1) / kColumnsAtOnce;
  return matrix.out / 4 * matrix.splits * chunks;
}

/// Task `task` of W x, x at `operand_at` of the scratch of each of `columns`.
SASHIMI_DEVICE void multiply(const MatrixPlan& matrix, const Columns& columns, const Scratch& scratch, uint32_t operand_at,
                             uint32_t partials_at, uint32_t task) {
  const uint32_t quads = matrix.out / 4;
  const uint32_t row = task % quads * 4;
  const uint32_t split = task / quads % matrix.splits;
  const uint32_t first = task / quads / matrix.splits * kColumnsAtOnce;
  const uint32_t left = columns.count - first;
  const uint32_t* slots = columns.slots + first;
  switch (matrix.format) {
    case Format::f32: return multiply_columns<Format::f32>(matrix, row, split, scratch, slots, left, operand_at, partials_at);
    case Format::bf16: return multiply_columns<Format::bf16>(matrix, row, split, scratch, slots, left, operand_at, partials_at);
    case Format::int8: return multiply_columns<Format::int8>(matrix, row, split, scratch, slots, left, operand_at, partials_at);
    default: return multiply_columns<Format::int4>(matrix, row, split, scratch, slots, left, operand_at, partials_at);
  }
}

/// Output `row` of W x + bias, from the sums of its tasks.
SASHIMI_DEVICE float product(const MatrixPlan& matrix, const float* partials, uint32_t row) {
  float total = partials[row];
  for (uint32_t split = 1; split < matrix.splits; ++split) total = total + partials[split * matrix.out + row];
  if (matrix.format == Format::int8) return fused(total, read_number(matrix.scales + row), read_number(matrix.bias + row));
  return total + read_number(matrix.bias + row);
}

}  // namespace sashimi::cuda
