#pragma once

#include "near.h"

/// Matrix-vector products of several voices at once: a warp's task makes some quads of outputs for up to two voices, so that
/// a weight is read once for them. What a voice gets does not depend on the voices beside it.
namespace sashimi::cuda {

/// Voices that share a weight in registers.
inline constexpr uint32_t kColumnsAtOnce = 2;

/// A lane's weights of a step as they lie in memory; formats of few bits have fewer words.
struct StepWords {
  Words4 v[4];
};

/// Of step `step`, counted through all tasks.
SASHIMI_DEVICE StepWords read_step(const MatrixPlan& matrix, uint32_t step, uint32_t lane) {
  StepWords words;
  const auto* bytes = static_cast<const unsigned char*>(matrix.weights);
  if (matrix.format == Format::f32) {
    for (uint32_t k = 0; k < 4; ++k) words.v[k] = read_passing_words4(bytes + (uint64_t{step} * 4 * 32 + k * 32 + lane) * 16);
  } else if (matrix.format == Format::bf16) {
    for (uint32_t k = 0; k < 2; ++k) words.v[k] = read_passing_words4(bytes + (uint64_t{step} * 2 * 32 + k * 32 + lane) * 16);
  } else if (matrix.format == Format::int8) {
    words.v[0] = read_passing_words4(bytes + (uint64_t{step} * 32 + lane) * 16);
  } else {
    const Words2 codes = read_passing_words2(bytes + (uint64_t{step} * 32 + lane) * 8);
    words.v[0].v[0] = codes.v[0];
    words.v[0].v[1] = codes.v[1];
  }
  return words;
}

/// The weights of four outputs and four inputs: w[input].v[output].
SASHIMI_DEVICE void decode_step(const MatrixPlan& matrix, const StepWords& words, uint32_t quad, uint32_t input, Quad (&w)[4]) {
  if (matrix.format == Format::f32) {
    for (uint32_t k = 0; k < 4; ++k) {
      for (uint32_t r = 0; r < 4; ++r) w[k].v[r] = float_of(words.v[k].v[r]);
    }
  } else if (matrix.format == Format::bf16) {
    for (uint32_t k = 0; k < 2; ++k) {
      for (uint32_t r = 0; r < 4; ++r) {
        w[2 * k].v[r] = float_of(words.v[k].v[r] << 16);
        w[2 * k + 1].v[r] = float_of(words.v[k].v[r] & 0xFFFF0000U);
      }
    }
  } else if (matrix.format == Format::int8) {
    for (uint32_t k = 0; k < 2; ++k) {
      for (uint32_t r = 0; r < 4; ++r) {
        const uint32_t pair = words.v[0].v[2 * k + r / 2] >> (r % 2 * 16);
        w[2 * k].v[r] = static_cast<float>(static_cast<int8_t>(pair & 0xFFU));
        w[2 * k + 1].v[r] = static_cast<float>(static_cast<int8_t>(pair >> 8 & 0xFFU));
      }
    }
  } else {
    const Quad scales = read_quad(matrix.scales + (input / kInt4Group * (matrix.out / 4) + quad) * 4);
    for (uint32_t r = 0; r < 4; ++r) {
      const uint32_t four = words.v[0].v[r / 2] >> (r % 2 * 16);
      const uint32_t nibbles[4] = {four & 15U, four >> 8 & 15U, four >> 4 & 15U, four >> 12 & 15U};
      for (uint32_t k = 0; k < 4; ++k) w[k].v[r] = static_cast<float>(static_cast<int32_t>(nibbles[k]) - 8) * scales.v[r];
    }
  }
}

/// The inputs of one product, voice by voice: as they are, or normalised.
template <uint32_t kColumns>
struct Operands {
  const float* x[kColumns];
  const NormPlan* norm;  ///< Null for none.
  float centre[kColumns];
  float inverse[kColumns];
};

/// The sums of four outputs for each voice, voice by voice.
template <uint32_t kColumns>
using Sums = Numbers<4 * kColumns>;

/// What a lane takes of a task.
struct LaneShare {
  uint32_t lanes;  ///< That share a quad.
  uint32_t split;  ///< Which of them.
  uint32_t quad;   ///< Of no matrix when it is beyond its last.
};

SASHIMI_DEVICE LaneShare share_of(const MatrixPlan& matrix, uint32_t task, uint32_t lane) {
  const uint32_t lanes = 1U << matrix.lanes_log2;
  return {lanes, lane & (lanes - 1), (task << (5 - matrix.lanes_log2)) + (lane >> matrix.lanes_log2)};
}

template <uint32_t kColumns>
SASHIMI_DEVICE void multiply_step(const MatrixPlan& matrix, const Operands<kColumns>& operands, const StepWords& words, uint32_t quad,
                                  uint32_t input, Sums<kColumns>& sums) {
  Quad w[4];
  decode_step(matrix, words, quad, input, w);
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

/// A lane's part of the quads of `task`; `first` are its weights of the first step.
template <uint32_t kColumns>
SASHIMI_DEVICE void multiply(const MatrixPlan& matrix, const Operands<kColumns>& operands, uint32_t task, uint32_t lane,
                             const StepWords& first, Sums<kColumns>& sums) {
  for (float& sum : sums.v) sum = 0.0F;
  const LaneShare share = share_of(matrix, task, lane);
  if (share.quad >= matrix.out / 4) return;
  StepWords words = first;
  for (uint32_t step = 0; step < matrix.steps; ++step) {
    const uint32_t input = (share.split + step * share.lanes) * 4;
    // Weights of the next step are on their way while these are multiplied.
    StepWords next = words;
    if (step + 1 < matrix.steps) next = read_step(matrix, task * matrix.steps + step + 1, lane);
    if (input < matrix.in) multiply_step<kColumns>(matrix, operands, words, share.quad, input, sums);
    words = next;
  }
}

/// Output `row` of W x + bias, from its sum.
SASHIMI_DEVICE float output_of(const MatrixPlan& matrix, uint32_t row, float sum) {
  const float bias = read_number(matrix.bias + row);
  return matrix.format == Format::int8 ? fused(sum, read_number(matrix.scales + row), bias) : sum + bias;
}

}  // namespace sashimi::cuda
