#pragma once

#include "block.h"
#include "voices.h"

/// Matrix-vector products of several voices at once: a warp's task makes some quads of outputs for up to four voices, so that
/// a weight is read once for them. What a voice gets does not depend on the voices beside it.
namespace sashimi::cuda {

/// Voices that share a weight in registers.
inline constexpr uint32_t kColumnsAtOnce = 4;

/// The weights of four outputs and four inputs: w[input].v[output]. `from` is of the task, at the step.
template <Format kFormat>
SASHIMI_DEVICE void read_weights(const MatrixPlan& matrix, uint32_t step, uint32_t quad, uint32_t input, uint32_t lane, Quad (&w)[4]) {
  if constexpr (kFormat == Format::f32) {
    const float* from = static_cast<const float*>(matrix.weights) + (step * 4 * 32 + lane) * 4;
    for (uint32_t k = 0; k < 4; ++k) w[k] = read_quad(from + k * 32 * 4);
  } else if constexpr (kFormat == Format::bf16) {
    const uint32_t* from = static_cast<const uint32_t*>(matrix.weights) + (step * 2 * 32 + lane) * 4;
    for (uint32_t k = 0; k < 2; ++k) {
      const Words4 both = read_words4(from + k * 32 * 4);
      for (uint32_t r = 0; r < 4; ++r) {
        w[2 * k].v[r] = float_of(both.v[r] << 16);
        w[2 * k + 1].v[r] = float_of(both.v[r] & 0xFFFF0000U);
      }
    }
  } else if constexpr (kFormat == Format::int8) {
    const Words4 codes = read_words4(static_cast<const uint32_t*>(matrix.weights) + (step * 32 + lane) * 4);
    for (uint32_t k = 0; k < 2; ++k) {
      for (uint32_t r = 0; r < 4; ++r) {
        const uint32_t pair = codes.v[2 * k + r / 2] >> (r % 2 * 16);
        w[2 * k].v[r] = static_cast<float>(static_cast<int8_t>(pair & 0xFFU));
        w[2 * k + 1].v[r] = static_cast<float>(static_cast<int8_t>(pair >> 8 & 0xFFU));
      }
    }
  } else {
    const Words2 codes = read_words2(static_cast<const uint32_t*>(matrix.weights) + (step * 32 + lane) * 2);
    const Quad scales = read_quad(matrix.scales + (input / kInt4Group * (matrix.out / 4) + quad) * 4);
    for (uint32_t r = 0; r < 4; ++r) {
      const uint32_t four = codes.v[r / 2] >> (r % 2 * 16);
      const uint32_t nibbles[4] = {four & 15U, four >> 8 & 15U, four >> 4 & 15U, four >> 12 & 15U};
      for (uint32_t k = 0; k < 4; ++k) w[k].v[r] = static_cast<float>(static_cast<int32_t>(nibbles[k]) - 8) * scales.v[r];
    }
  }
}

/// The inputs of one product, of up to kColumnsAtOnce voices: as they are, or normalised.
struct Operands {
  const float* x[kColumnsAtOnce];
  const NormPlan* norm;  ///< Null for none.
  float centre[kColumnsAtOnce];
  float inverse[kColumnsAtOnce];
};

/// The sums of four outputs for each voice, voice by voice.
template <uint32_t kColumns>
using Sums = Numbers<4 * kColumns>;

template <Format kFormat, uint32_t kColumns>
SASHIMI_DEVICE void multiply_part(const MatrixPlan& matrix, const Operands& operands, uint32_t task, uint32_t lane,
                                  Sums<kColumns>& sums) {
  const uint32_t lanes = 1U << matrix.lanes_log2;
  const uint32_t split = lane & (lanes - 1);
  const uint32_t quad = (task << (5 - matrix.lanes_log2)) + (lane >> matrix.lanes_log2);
  const uint32_t first = task * matrix.steps;
SASHIMI_UNROLL(4)
  for (uint32_t step = 0; step < matrix.steps; ++step) {
    const uint32_t input = (split + step * lanes) * 4;
    if (input >= matrix.in) continue;
    Quad w[4];
    read_weights<kFormat>(matrix, first + step, quad, input, lane, w);
    Quad gain;
    Quad offset;
    if (operands.norm) {
      gain = read_quad(operands.norm->gain + input);
      offset = read_quad(operands.norm->offset + input);
    }
    for (uint32_t c = 0; c < kColumns; ++c) {
      Quad x = *reinterpret_cast<const Quad*>(operands.x[c] + input);
      if (operands.norm) {
        for (uint32_t k = 0; k < 4; ++k) x.v[k] = fused((x.v[k] - operands.centre[c]) * operands.inverse[c], gain.v[k], offset.v[k]);
      }
      for (uint32_t k = 0; k < 4; ++k) {
        for (uint32_t r = 0; r < 4; ++r) sums.v[4 * c + r] = fused(w[k].v[r], x.v[k], sums.v[4 * c + r]);
      }
    }
  }
}

/// A lane's part of the quads of `task`.
template <uint32_t kColumns>
SASHIMI_DEVICE void multiply(const MatrixPlan& matrix, const Operands& operands, uint32_t task, uint32_t lane, Sums<kColumns>& sums) {
  for (float& sum : sums.v) sum = 0.0F;
  // Quads are whole warps of them but for the last.
  if ((task << (5 - matrix.lanes_log2)) + (lane >> matrix.lanes_log2) >= matrix.out / 4) return;
  switch (matrix.format) {
    case Format::f32: return multiply_part<Format::f32, kColumns>(matrix, operands, task, lane, sums);
    case Format::bf16: return multiply_part<Format::bf16, kColumns>(matrix, operands, task, lane, sums);
    case Format::int8: return multiply_part<Format::int8, kColumns>(matrix, operands, task, lane, sums);
    default: return multiply_part<Format::int4, kColumns>(matrix, operands, task, lane, sums);
  }
}

/// Output `row` of W x + bias, from its sum.
SASHIMI_DEVICE float output_of(const MatrixPlan& matrix, uint32_t row, float sum) {
  const float bias = read_number(matrix.bias + row);
  return matrix.format == Format::int8 ? fused(sum, read_number(matrix.scales + row), bias) : sum + bias;
}

}  // namespace sashimi::cuda
