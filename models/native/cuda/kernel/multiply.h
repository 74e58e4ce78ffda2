#pragma once

#include "near.h"
#include "norm.h"
#include "tape.h"

/// Matrix-vector products of several voices at once: a warp's task makes some quads of outputs for all of them, so that a weight is
/// read once. What a voice gets does not depend on the voices beside it.
namespace sashimi::cuda {

/// Voices for which each warp makes a norm for itself, and for which code is laid out for speed alone. For more a norm is made once,
/// before a barrier more.
inline constexpr uint32_t kFewColumns = 2;

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

template <uint32_t kValue>
struct Constant {
  static constexpr uint32_t value = kValue;
};

/// f(Constant<0>), f(Constant<1>), ..., kCount of them or until one is false: then false.
template <uint32_t kCount, uint32_t kFrom = 0, class F>
SASHIMI_DEVICE bool in_turn(const F& f) {
  if constexpr (kFrom == kCount) {
    return true;
  } else {
    return f(Constant<kFrom>{}) && in_turn<kCount, kFrom + 1>(f);
  }
}

/// f(c) for c in [0, count), each with code and registers of its own.
template <uint32_t kColumns, class F>
SASHIMI_DEVICE void each_column(uint32_t count, const F& f) {
  in_turn<kColumns>([&](auto c) {
    constexpr uint32_t kColumn = decltype(c)::value;
    if (kColumns > kFewColumns && kColumn >= count) return false;
    f(kColumn);
    return true;
  });
}

/// The inputs of one product, voice by voice: as they are, or normalised.
template <uint32_t kColumns>
struct Operands {
  uint32_t count;  ///< Of the voices that there are.
  uint32_t scratch_at[kColumns];  ///< Bytes of the block's memory.
  uint32_t x_at[kColumns];        ///< The same.
  const float* gain;  ///< Of a norm.
  const float* offset;
  Moments moments[kColumns];
};

/// Where a lane finds the inputs of a step. Behind the last it takes the first, with weights that are 0.
SASHIMI_DEVICE uint32_t held(const MatrixPlan& matrix, uint32_t input) { return input < matrix.in ? input : 0; }

/// Gain and offset of four inputs.
struct QuadTerms {
  Quad gain;
  Quad offset;
};

/// Steps of a product that code is laid out for: with few voices all that are ahead; with many, moving words is little beside what is
/// done with them.
template <uint32_t kColumns, Format kFormat>
constexpr uint32_t kTurn = kColumns <= kFewColumns ? steps_ahead(kFormat) : 1;

/// Of the inputs of a lane in a turn.
template <uint32_t kSteps>
struct TurnTerms {
  QuadTerms of[kSteps];

  /// `input` is the first, `stride` from one step to the next.
  SASHIMI_DEVICE void read(const MatrixPlan& matrix, const float* gain, const float* offset, uint32_t input, uint32_t stride) {
    for (uint32_t k = 0; k < kSteps; ++k) {
      const uint32_t at = held(matrix, input + k * stride);
      of[k] = {read_quad(gain + at), read_quad(offset + at)};
    }
  }
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
SASHIMI_DEVICE uint32_t row_of(const MatrixPlan& matrix, uint32_t quad, uint32_t r) {
  return matrix.is_glu ? (r >> 1) * (matrix.out >> 1) + 2 * quad + (r & 1) : 4 * quad + r;
}

template <uint32_t kColumns, bool kHasNorm, Format kFormat>
SASHIMI_DEVICE void multiply_step(const Near& near, const MatrixPlan& matrix, const Operands<kColumns>& operands, const StepWords<kFormat>& words,
                                  const QuadTerms& terms, uint32_t quad, uint32_t input, Numbers<4 * kColumns>& sums) {
  Quad w[4];
  decode_step<kFormat>(matrix, words, quad, input, w);
  each_column<kColumns>(operands.count, [&](uint32_t c) {
    Quad x = near.at<const Quad>(operands.x_at[c] + input * 4);
    if constexpr (kHasNorm) {
      const Moments& moments = operands.moments[c];
      for (uint32_t k = 0; k < 4; ++k) x.v[k] = fused((x.v[k] - moments.centre) * moments.inverse, terms.gain.v[k], terms.offset.v[k]);
    }
    for (uint32_t k = 0; k < 4; ++k) {
      for (uint32_t r = 0; r < 4; ++r) sums.v[4 * c + r] = fused(w[k].v[r], x.v[k], sums.v[4 * c + r]);
    }
  });
}

/// A lane's part of the quads of a task, whose weights come next on the tape. Of a quad that is not there, numbers without a meaning.
/// `terms` are those of its first turn: they are asked for before the moments are made.
template <uint32_t kColumns, bool kHasNorm, Format kFormat>
SASHIMI_DEVICE void multiply(const Near& near, const MatrixPlan& matrix, const Operands<kColumns>& operands, const LaneShare& share,
                             TapeHead<kFormat>& tape, TurnTerms<kTurn<kColumns, kFormat>> terms, Numbers<4 * kColumns>& sums) {
  for (float& sum : sums.v) sum = 0.0F;
  const uint32_t quad = share.quad < matrix.out / 4 ? share.quad : 0;
  const uint32_t stride = share.lanes * 4;
  uint32_t input = share.split * 4;
  constexpr uint32_t kSteps = kTurn<kColumns, kFormat>;
SASHIMI_UNROLL(1)
  for (uint32_t left = matrix.steps;;) {
    in_turn<kSteps>([&](auto k) {
      constexpr uint32_t kStep = decltype(k)::value;
      StepWords<kFormat>& words = tape.steps[kStep];
      multiply_step<kColumns, kHasNorm, kFormat>(near, matrix, operands, words, terms.of[kStep], quad, held(matrix, input + kStep * stride), sums);
      tape.ask(words);
      return true;
    });
    if constexpr (kSteps == 1) tape.turn();
    left -= kSteps;
    if (left == 0) return;
    input += kSteps * stride;
    if constexpr (kHasNorm) terms.read(matrix, operands.gain, operands.offset, input, stride);
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
