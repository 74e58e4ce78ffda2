#pragma once

#include "kernels.h"
#include "simd.h"

/// The recurrences of the state spaces; `StateSpace` in kernels.h has the equations and the layout.
namespace sashimi {
namespace {

/// g_j of one pair and one vector of channels, as float and as bfloat16.
struct FloatOutputs {
  static constexpr size_t kRows = diagonal_pair_rows(false);
  static void get(const Real* g, size_t j, Vec& re, Vec& im) {
    re = load(g + 2 * j * kLanes);
    im = load(g + (2 * j + 1) * kLanes);
  }
};

#if !defined(SASHIMI_FLOAT64)
struct ShortOutputs {
  static constexpr size_t kRows = diagonal_pair_rows(true);
  static void get(const Real* g, size_t j, Vec& re, Vec& im) {
    const Bits both = *reinterpret_cast<const Bits*>(g + j * kLanes);
    re = reinterpret_cast<Vec>(both << 16);
    im = reinterpret_cast<Vec>(both & static_cast<Integer>(0xFFFF0000U));
  }
};
#endif

/// Takes the state of one vector of channels over a whole chunk, whose inputs are u[0 .. kChunk), and makes the free
/// response of the next. `k` are the coefficients of its first pair.
template <class Outputs>
inline void advance_chunk(const Real* k, size_t pairs, const Vec (&u)[kChunk], Real* x, Real* response) {
  Vec free[kChunk] = {};
  for (size_t n = 0; n < pairs; ++n) {
    const Vec a_re = load(k);
    const Vec a_im = load(k + kLanes);
    Vec re = load(x);
    Vec im = load(x + kLanes);
#pragma GCC unroll 4
    for (size_t j = 0; j < kChunk; ++j) {
      const Vec next_re = a_re * re + (u[j] - a_im * im);
      im = a_re * im + a_im * re;
      re = next_re;
    }
    store(x, re);
    store(x + kLanes, im);
    const Real* g = k + 2 * kLanes;
#pragma GCC unroll 4
    for (size_t j = 0; j < kChunk; ++j) {
      Vec g_re;
      Vec g_im;
      Outputs::get(g, j, g_re, g_im);
      free[j] += g_re * re;
      free[j] -= g_im * im;
    }
    k += Outputs::kRows * kLanes;
    x += 2 * kLanes;
  }
#pragma GCC unroll 4
  for (size_t j = 0; j < kChunk; ++j) store(response + j * kLanes, free[j]);
}

/// One vector of channels over the frames of a run.
template <class Outputs>
void run_diagonal(const Real* k, size_t pairs, const Run& run, Real* state, const Real* u, Real* z,
                         size_t stride) {
  Real* const response = state + (kChunk - 1) * kLanes;
  Real* const x = state + kDiagonalStateRows * kLanes;
  size_t phase = run.phase;
  for (size_t t = 0; t < run.count; ++t) {
    const Vec input = load(u + t * stride);
    Vec y = load(response + phase * kLanes) + load(k) * input;
    for (size_t i = 0; i < phase; ++i) y += load(k + (phase - i) * kLanes) * load(state + i * kLanes);
    store(z + t * stride, gelu(y));
    if (phase + 1 < kChunk) {
      store(state + phase * kLanes, input);
      ++phase;
      continue;
    }
    const Vec inputs[kChunk] = {load(state), load(state + kLanes), load(state + 2 * kLanes), input};
    advance_chunk<Outputs>(k + kDiagonalHeadRows * kLanes, pairs, inputs, x, response);
    phase = 0;
  }
}

/// One vector of channels over the frames of a run.
void run_rank_one(const Real* k, size_t pairs, const Run& run, Real* state, const Real* u, Real* z,
                         size_t stride) {
  const Vec skip = load(k);
  for (size_t t = 0; t < run.count; ++t) {
    const Vec input = load(u + t * stride);
    const Vec feedback = load(state);
    Vec re{};
    Vec im{};
    Vec next_feedback{};
    const Real* c = k + kRankOneHeadRows * kLanes;
    Real* x = state + kRankOneStateRows * kLanes;
    for (size_t n = 0; n < pairs; ++n) {
      const Vec a_re = load(c);
      const Vec a_im = load(c + kLanes);
      const Vec x_re = load(x);
      const Vec x_im = load(x + kLanes);
      const Vec drive_re = load(c + 4 * kLanes) * feedback + load(c + 6 * kLanes) * input;
      const Vec drive_im = load(c + 5 * kLanes) * feedback + load(c + 7 * kLanes) * input;
      const Vec next_re = a_re * x_re + (drive_re - a_im * x_im);
      const Vec next_im = a_re * x_im + (drive_im + a_im * x_re);
      re += load(c + 2 * kLanes) * next_re;
      im += load(c + 3 * kLanes) * next_im;
      next_feedback += load(c + 8 * kLanes) * next_re - load(c + 9 * kLanes) * next_im;
      store(x, next_re);
      store(x + kLanes, next_im);
      c += kRankOnePairRows * kLanes;
      x += 2 * kLanes;
    }
    store(state, next_feedback);
    store(z + t * stride, gelu(re - im + skip * input));
  }
}

/// Asks for the state of a group of channels before it is its turn: of many voices each is a short stretch of memory of
/// its own, over before the processor's own prefetch has seen where it goes.
inline void prefetch_state(const StateSpace& ssm, const Run& run, size_t state_at) {
  const bool is_read_whole = !ssm.is_diagonal || run.phase + run.count >= kChunk;
  const size_t rows = is_read_whole ? state_rows(ssm.is_diagonal, ssm.pairs) : kDiagonalStateRows;
  for (size_t row = 0; row < rows; ++row) __builtin_prefetch(run.state + state_at + row * kLanes, 1);
}

using Advance = void (*)(const Real* k, size_t pairs, const Run& run, Real* state, const Real* u, Real* z,
                         size_t stride);

Advance advance_of(const StateSpace& ssm) {
  if (!ssm.is_diagonal) return run_rank_one;
#if !defined(SASHIMI_FLOAT64)
  if (ssm.has_short_outputs) return run_diagonal<ShortOutputs>;
#endif
  return run_diagonal<FloatOutputs>;
}

void state_space(const StateSpace& ssm, const Run* runs, size_t num_runs, const Real* u, Real* z, size_t stride) {
  const size_t rows = ssm.is_diagonal ? kDiagonalHeadRows + ssm.pairs * diagonal_pair_rows(ssm.has_short_outputs)
                                      : kRankOneHeadRows + ssm.pairs * kRankOnePairRows;
  const Advance advance = advance_of(ssm);
  const Real* k = ssm.coefficients;
  // Groups outside: their coefficients stay in the nearest cache for all runs.
  for (size_t group = 0; group < ssm.groups; ++group) {
    const size_t state_at = group * state_rows(ssm.is_diagonal, ssm.pairs) * kLanes;
    for (size_t r = 0; r < num_runs; ++r) {
      const Run& run = runs[r];
      if (r + 1 < num_runs) prefetch_state(ssm, runs[r + 1], state_at);
      const size_t at = run.first * stride + group * kLanes;
      for (size_t v = 0; v < kLanes; v += kWidth) {
        advance(k + v, ssm.pairs, run, run.state + state_at + v, u + at + v, z + at + v, stride);
      }
    }
    k += rows * kLanes;
  }
}

}  // namespace
}  // namespace sashimi
