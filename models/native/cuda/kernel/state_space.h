#pragma once

#include "block.h"
#include "mathematics.h"
#include "plan.h"

/// The recurrences of the state spaces; `StateSpace` in ../../kernels/kernels.h has the equations and the layout.
namespace sashimi::cuda {

/// The coefficients of channel `h`, in rows of kLanes.
SASHIMI_DEVICE const float* coefficients_of(const StateSpacePlan& ssm, uint32_t h) {
  return ssm.coefficients + h / kLanes * ssm.coefficient_rows * kLanes + h % kLanes;
}

/// The state of channel `h`, the same way.
SASHIMI_DEVICE float* channel_state(const StateSpacePlan& ssm, float* state, uint32_t h) {
  return state + ssm.state_at + h / kLanes * ssm.state_rows * kLanes + h % kLanes;
}

/// Stretch `slice` of the pairs.
struct PairRange {
  uint32_t begin;
  uint32_t end;
};

SASHIMI_DEVICE PairRange pairs_of(const StateSpacePlan& ssm, uint32_t slice) {
  const uint32_t begin = slice * ssm.pairs_per_slice;
  const uint32_t limit = begin + ssm.pairs_per_slice;
  return {begin < ssm.pairs ? begin : ssm.pairs, limit < ssm.pairs ? limit : ssm.pairs};
}

/// What a frame of a diagonal state space needs beside its input.
struct DiagonalTerms {
  float response;  ///< Of the state that is ready.
  float direct;
  float earlier[kChunk - 1];  ///< What the earlier inputs of the chunk are multiplied with.
  float inputs[kChunk - 1];
};

/// At `phase` of a chunk.
SASHIMI_DEVICE DiagonalTerms diagonal_terms(const StateSpacePlan& ssm, float* state, uint32_t h, uint32_t phase) {
  const float* k = coefficients_of(ssm, h);
  const float* inputs = channel_state(ssm, state, h);
  DiagonalTerms terms;
  terms.response = inputs[(kChunk - 1 + phase) * kLanes];
  terms.direct = read_number(k);
  for (uint32_t i = 0; i + 1 < kChunk; ++i) {
    terms.earlier[i] = read_number(k + (i < phase ? phase - i : 0) * kLanes);
    terms.inputs[i] = inputs[i * kLanes];
  }
  return terms;
}

/// The frame: gelu(y), and its input is kept.
SASHIMI_DEVICE float diagonal_output(const StateSpacePlan& ssm, float* state, uint32_t h, uint32_t phase, float u,
                                     const DiagonalTerms& terms) {
  float y = fused(terms.direct, u, terms.response);
  for (uint32_t i = 0; i + 1 < kChunk; ++i) {
    const float more = fused(terms.earlier[i], terms.inputs[i], y);
    y = i < phase ? more : y;
  }
  if (phase + 1 < kChunk) channel_state(ssm, state, h)[phase * kLanes] = u;
  return gelu(y);
}

/// A pair of a diagonal state space: what a chunk needs of it.
template <bool kIsShort>
struct ChunkPair {
  static constexpr uint32_t kRows = 2 + (kIsShort ? kChunk : 2 * kChunk);

  SASHIMI_DEVICE void read(const float* coefficients, const float* state) {
    a_re = read_passing_number(coefficients);
    a_im = read_passing_number(coefficients + kLanes);
    re = read_passing_state(state);
    im = read_passing_state(state + kLanes);
    for (uint32_t j = 0; j < (kIsShort ? kChunk : 2 * kChunk); ++j) outputs[j] = read_passing_number(coefficients + (2 + j) * kLanes);
  }

  /// Over the inputs of a chunk; adds to its responses, and keeps the state.
  SASHIMI_DEVICE void advance(const float (&inputs)[kChunk], float (&responses)[kChunk], float* state) {
    for (const float input : inputs) {
      const float next_re = fused(a_re, re, fused(-a_im, im, input));
      im = fused(a_re, im, a_im * re);
      re = next_re;
    }
    state[0] = re;
    state[kLanes] = im;
    for (uint32_t j = 0; j < kChunk; ++j) {
      const float g_re = kIsShort ? float_of(bits_of(outputs[j]) << 16) : outputs[2 * j % (2 * kChunk)];
      const float g_im = kIsShort ? float_of(bits_of(outputs[j]) & 0xFFFF0000U) : outputs[(2 * j + 1) % (2 * kChunk)];
      responses[j] = fused(-g_im, im, fused(g_re, re, responses[j]));
    }
  }

  float a_re;
  float a_im;
  float re;
  float im;
  float outputs[2 * kChunk];
};

/// All of kCount pairs are read before the first goes on.
template <bool kIsShort, uint32_t kCount>
SASHIMI_DEVICE void advance_together(const float*& coefficients, float*& state, const float (&inputs)[kChunk], float (&responses)[kChunk]) {
  ChunkPair<kIsShort> pairs[kCount];
  for (uint32_t n = 0; n < kCount; ++n) pairs[n].read(coefficients + n * ChunkPair<kIsShort>::kRows * kLanes, state + n * 2 * kLanes);
  all_asked_for();
  for (uint32_t n = 0; n < kCount; ++n) pairs[n].advance(inputs, responses, state + n * 2 * kLanes);
  coefficients += kCount * ChunkPair<kIsShort>::kRows * kLanes;
  state += kCount * 2 * kLanes;
}

template <bool kIsShort>
SASHIMI_DEVICE void advance_pairs(const StateSpacePlan& ssm, float* state, uint32_t h, uint32_t slice, float u, float* response,
                                  uint32_t stride) {
  constexpr uint32_t kTogether = 4;
  const PairRange range = pairs_of(ssm, slice);
  const float* const inputs = channel_state(ssm, state, h);
  const float chunk[kChunk] = {inputs[0], inputs[kLanes], inputs[2 * kLanes], u};
  const float* coefficients = coefficients_of(ssm, h) + (kChunk + range.begin * ChunkPair<kIsShort>::kRows) * kLanes;
  float* x = channel_state(ssm, state, h) + (2 * kChunk - 1 + 2 * range.begin) * kLanes;
  float free[kChunk] = {};
  uint32_t n = range.begin;
  for (; n + kTogether <= range.end; n += kTogether) advance_together<kIsShort, kTogether>(coefficients, x, chunk, free);
  for (; n < range.end; ++n) advance_together<kIsShort, 1>(coefficients, x, chunk, free);
  for (uint32_t j = 0; j < kChunk; ++j) response[j * stride] = free[j];
}

/// Takes the pairs of `slice` over a whole chunk, of which `u` is the last input, and makes their part of the response of
/// the next: `response` (kChunk, stride).
SASHIMI_DEVICE void advance_chunk(const StateSpacePlan& ssm, float* state, uint32_t h, uint32_t slice, float u,
                                  float* response, uint32_t stride) {
  if (ssm.has_short_outputs) return advance_pairs<true>(ssm, state, h, slice, u, response, stride);
  advance_pairs<false>(ssm, state, h, slice, u, response, stride);
}

/// A frame of the pairs of `slice` of a rank-one state space: their part of the output in `sums[0]`, of the feedback to
/// come in `sums[stride]`.
SASHIMI_DEVICE void advance_rank_one(const StateSpacePlan& ssm, float* state, uint32_t h, uint32_t slice, float u,
                                     float* sums, uint32_t stride) {
  const PairRange range = pairs_of(ssm, slice);
  float* const head = channel_state(ssm, state, h);
  const float feedback = head[0];
  const float* c = coefficients_of(ssm, h) + (1 + range.begin * ssm.pair_rows) * kLanes;
  float* x = head + (1 + 2 * range.begin) * kLanes;
  float output = 0.0F;
  float next_feedback = 0.0F;
  for (uint32_t n = range.begin; n < range.end; ++n) {
    const float a_re = read_number(c);
    const float a_im = read_number(c + kLanes);
    const float x_re = x[0];
    const float x_im = x[kLanes];
    const float drive_re = fused(read_number(c + 4 * kLanes), feedback, read_number(c + 6 * kLanes) * u);
    const float drive_im = fused(read_number(c + 5 * kLanes), feedback, read_number(c + 7 * kLanes) * u);
    const float next_re = fused(a_re, x_re, fused(-a_im, x_im, drive_re));
    const float next_im = fused(a_re, x_im, fused(a_im, x_re, drive_im));
    output = fused(-read_number(c + 3 * kLanes), next_im, fused(read_number(c + 2 * kLanes), next_re, output));
    next_feedback = fused(-read_number(c + 9 * kLanes), next_im, fused(read_number(c + 8 * kLanes), next_re, next_feedback));
    x[0] = next_re;
    x[kLanes] = next_im;
    c += ssm.pair_rows * kLanes;
    x += 2 * kLanes;
  }
  sums[0] = output;
  sums[stride] = next_feedback;
}

/// The sum of what the slices left, `at` (slices, slice_stride).
SASHIMI_DEVICE float sum_of_slices(const StateSpacePlan& ssm, const float* at, uint32_t slice_stride) {
  float total = at[0];
SASHIMI_UNROLL(1)
  for (uint32_t slice = 1; slice < ssm.slices; ++slice) total = total + at[slice * slice_stride];
  return total;
}

}  // namespace sashimi::cuda
