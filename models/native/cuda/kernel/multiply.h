#pragma once

#include "near.h"
#include "norm.h"

/// Matrix-vector products of several voices at once: a warp's task makes some quads of outputs for up to two voices, so that
/// a weight is read once for them. What a voice gets does not depend on the voices beside it.
namespace sashimi::cuda {

/// Voices that share a weight in registers, where weights take most of the time.
SASHIMI_DEVICE constexpr uint32_t columns_at_once(Format format) { return format == Format::f32 || format == Format::bf16 ? 2 : 1; }

/// A lane's weights of a step as they lie in memory.
template <Format kFormat>
struct StepWords {
  Words4 v[kFormat == Format::f32 ? 4 : kFormat == Format::bf16 ? 2 : 1];
};
template <>
struct StepWords<Format::int4> {
  Words2 v[1];
};

/// Of step `step`, counted through all tasks.
template <Format kFormat>
SASHIMI_DEVICE StepWords<kFormat> read_step(const MatrixPlan& matrix, uint32_t step, uint32_t lane) {
  StepWords<kFormat> words;
  constexpr uint32_t kBytes = sizeof words.v[0];
  constexpr uint32_t kParts = sizeof words / kBytes;
  const unsigned char* at = static_cast<const unsigned char*>(matrix.weights) + (step * kParts * 32 + lane) * uint64_t{kBytes};
  for (uint32_t k = 0; k < kParts; ++k) {
    if constexpr (kFormat == Format::int4) words.v[k] = read_passing_words2(at);
    else words.v[k] = read_passing_words4(at + k * 32 * kBytes);
  }
  return words;
}

/// The weights of four outputs and four inputs: w[input].v[output].
template <Format kFormat>
SASHIMI_DEVICE void decode_step(const MatrixPlan& matrix, const StepWords<kFormat>& words, uint32_t quad, uint32_t input, Quad (&w)[4]) {
  if constexpr (kFormat == Format::f32) {
    for (uint32_t k = 0; k < 4; ++k) {
      for (uint32_t r = 0; r < 4; ++r) w[k].v[r] = float_of(words.v[k].v[r]);
    }
  } else if constexpr (kFormat == Format::bf16) {
    for (uint32_t k = 0; k < 2; ++k) {
      for (uint32_t r = 0; r < 4; ++r) {
        w[2 * k].v[r] = float_of(words.v[k].v[r] << 16);
        w[2 * k + 1].v[r] = float_of(words.v[k].v[r] & 0xFFFF0000U);
      }
    }
  } else if constexpr (kFormat == Format::int8) {
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
  const float* gain;  ///< Of a norm.
  const float* offset;
  Moments moments[kColumns];
};

/// What a lane takes of a task.
struct LaneShare {
  uint32_t lanes;  ///< That share a quad.
  uint32_t split;  ///< Which of them.
  uint32_t quad;   ///< Of no matrix when it is beyond its last.
  uint32_t kept;   ///< Which of its four sums the lane keeps.
};

SASHIMI_DEVICE LaneShare share_of(const MatrixPlan& matrix, uint32_t task, uint32_t lane) {
  const uint32_t lanes = 1U << matrix.lanes_log2;
  const uint32_t split = lane & (lanes - 1);
  return {lanes, split, (task << (5 - matrix.lanes_log2)) + (lane >> matrix.lanes_log2), split >> (matrix.lanes_log2 - 2)};
}

/// The output that is sum `r` of a quad.
template <bool kIsGlu>
SASHIMI_DEVICE uint32_t row_of(const MatrixPlan& matrix, uint32_t quad, uint32_t r) {
  return kIsGlu ? (r >> 1) * (matrix.out >> 1) + 2 * quad + (r & 1) : 4 * quad + r;
}

template <uint32_t kColumns, bool kHasNorm, Format kFormat>
SASHIMI_DEVICE void multiply_step(const MatrixPlan& matrix, const Operands<kColumns>& operands, const StepWords<kFormat>& words, uint32_t quad,
                                  uint32_t input, Numbers<4 * kColumns>& sums) {
  if (input >= matrix.in) return;
  Quad w[4];
  decode_step<kFormat>(matrix, words, quad, input, w);
  Quad gain;
  Quad offset;
  if constexpr (kHasNorm) {
    gain = read_quad(operands.gain + input);
    offset = read_quad(operands.offset + input);
  }
  for (uint32_t c = 0; c < kColumns; ++c) {
    Quad x = *reinterpret_cast<const Quad*>(operands.x[c] + input);
    if constexpr (kHasNorm) {
      const Moments& moments = operands.moments[c];
      for (uint32_t k = 0; k < 4; ++k) x.v[k] = fused((x.v[k] - moments.centre) * moments.inverse, gain.v[k], offset.v[k]);
    }
    for (uint32_t k = 0; k < 4; ++k) {
      for (uint32_t r = 0; r < 4; ++r) sums.v[4 * c + r] = fused(w[k].v[r], x.v[k], sums.v[4 * c + r]);
    }
  }
}

/// A lane's weights of two steps that follow each other.
template <Format kFormat>
struct TwoSteps {
  StepWords<kFormat> even;
  StepWords<kFormat> odd;
};

/// Of the first steps of a task: on their way before anything else is done.
template <Format kFormat>
SASHIMI_DEVICE TwoSteps<kFormat> read_first(const MatrixPlan& matrix, uint32_t task, uint32_t lane) {
  const uint32_t step = task * matrix.steps;
  return {read_step<kFormat>(matrix, step, lane), read_step<kFormat>(matrix, matrix.steps > 1 ? step + 1 : step, lane)};
}

/// A lane's part of the quads of `task`. Of a quad that is not there, numbers without a meaning. Weights of two steps are on their
/// way while those of another are multiplied.
template <uint32_t kColumns, bool kHasNorm, Format kFormat>
SASHIMI_DEVICE void multiply(const MatrixPlan& matrix, const Operands<kColumns>& operands, uint32_t task, uint32_t lane,
                             TwoSteps<kFormat> words, Numbers<4 * kColumns>& sums) {
  for (float& sum : sums.v) sum = 0.0F;
  const LaneShare share = share_of(matrix, task, lane);
  const uint32_t quad = share.quad < matrix.out / 4 ? share.quad : 0;
  const uint32_t stride = share.lanes * 4;
  uint32_t input = share.split * 4;
  for (uint32_t step = task * matrix.steps, end = step + matrix.steps;;) {
    multiply_step<kColumns, kHasNorm, kFormat>(matrix, operands, words.even, quad, input, sums);
    if (step + 2 < end) words.even = read_step<kFormat>(matrix, step + 2, lane);
    if (step + 1 == end) return;
    multiply_step<kColumns, kHasNorm, kFormat>(matrix, operands, words.odd, quad, input + stride, sums);
    if (step + 3 < end) words.odd = read_step<kFormat>(matrix, step + 3, lane);
    step += 2;
    if (step >= end) return;
    input += 2 * stride;
  }
}

/// What makes an output of its sum.
struct OutputTerms {
  float scale;  ///< int8 alone.
  float bias;
};

/// Of output `row`, which need not be there.
template <Format kFormat>
SASHIMI_DEVICE OutputTerms terms_of(const MatrixPlan& matrix, uint32_t row) {
  const uint32_t at = row < matrix.out ? row : 0;
  return {kFormat == Format::int8 ? read_number(matrix.scales + at) : 1.0F, read_number(matrix.bias + at)};
}

template <Format kFormat>
SASHIMI_DEVICE float output_of(const OutputTerms& terms, float sum) {
  return kFormat == Format::int8 ? fused(sum, terms.scale, terms.bias) : sum + terms.bias;
}

}  // namespace sashimi::cuda
