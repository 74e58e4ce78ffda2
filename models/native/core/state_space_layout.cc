#include "state_space_layout.h"

namespace sashimi {

namespace {

struct Complex {
  double re;
  double im;
};

Complex operator*(Complex x, Complex y) { return {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re}; }

Complex complex_at(const float* values, size_t index) {
  return {static_cast<double>(values[2 * index]), static_cast<double>(values[2 * index + 1])};
}

#if !defined(SASHIMI_FLOAT64)
/// The nearest bfloat16, ties to even.
uint32_t bfloat16(double value) {
  const auto narrow = static_cast<float>(value);
  uint32_t bits;
  __builtin_memcpy(&bits, &narrow, sizeof bits);
  return (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
}
#endif

/// g_j of one pair and channel; `at` is the first row of its pair's outputs.
void place_output([[maybe_unused]] const StateSpace& ssm, Real* at, size_t j, Complex g) {
#if !defined(SASHIMI_FLOAT64)
  if (ssm.has_short_outputs) {
    const uint32_t both = bfloat16(g.re) | bfloat16(g.im) << 16;
    __builtin_memcpy(at + j * kLanes, &both, sizeof both);
    return;
  }
#endif
  at[2 * j * kLanes] = static_cast<Real>(g.re);
  at[(2 * j + 1) * kLanes] = static_cast<Real>(g.im);
}

StateSpace measured(bool is_diagonal, size_t width, size_t pairs) {
  StateSpace ssm;
  ssm.is_diagonal = is_diagonal;
  ssm.groups = align_up(width, kLanes) / kLanes;
  ssm.pairs = pairs;
  return ssm;
}

}  // namespace

StateSpace lay_out_diagonal(Arena& arena, size_t width, size_t pairs, [[maybe_unused]] bool has_short_outputs,
                            const DiagonalSource& source) {
  StateSpace ssm = measured(true, width, pairs);
#if !defined(SASHIMI_FLOAT64)
  ssm.has_short_outputs = has_short_outputs;
#endif
  const size_t pair_rows = diagonal_pair_rows(ssm.has_short_outputs);
  const size_t rows = kDiagonalHeadRows + pairs * pair_rows;
  Real* coefficients = arena.take<Real>(ssm.groups * rows * kLanes);
  ssm.coefficients = coefficients;
  if (!source.a) return ssm;
  for (size_t h = 0; h < width; ++h) {
    Real* head = coefficients + h / kLanes * rows * kLanes + h % kLanes;
    double kernel[kChunk] = {static_cast<double>(source.skip[h])};
    for (size_t n = 0; n < pairs; ++n) {
      const Complex a = complex_at(source.a, h * pairs + n);
      Real* at = head + (kDiagonalHeadRows + n * pair_rows) * kLanes;
      at[0] = static_cast<Real>(a.re);
      at[kLanes] = static_cast<Real>(a.im);
      Complex response = complex_at(source.c, h * pairs + n);
      for (size_t j = 0; j < kChunk; ++j) {
        kernel[j] += response.re;
        response = response * a;
        place_output(ssm, at + 2 * kLanes, j, response);
      }
    }
    for (size_t j = 0; j < kChunk; ++j) head[j * kLanes] = static_cast<Real>(kernel[j]);
  }
  return ssm;
}

StateSpace lay_out_rank_one(Arena& arena, size_t width, size_t pairs, const RankOneSource& source) {
  StateSpace ssm = measured(false, width, pairs);
  const size_t rows = kRankOneHeadRows + pairs * kRankOnePairRows;
  Real* coefficients = arena.take<Real>(ssm.groups * rows * kLanes);
  ssm.coefficients = coefficients;
  if (!source.a) return ssm;
  const float* const tensors[] = {source.a, source.c, source.p, source.b, source.q};
  for (size_t h = 0; h < width; ++h) {
    Real* head = coefficients + h / kLanes * rows * kLanes + h % kLanes;
    head[0] = source.skip[h];
    for (size_t n = 0; n < pairs; ++n) {
      Real* at = head + (kRankOneHeadRows + n * kRankOnePairRows) * kLanes;
      for (const float* tensor : tensors) {
        at[0] = tensor[2 * (h * pairs + n)];
        at[kLanes] = tensor[2 * (h * pairs + n) + 1];
        at += 2 * kLanes;
      }
    }
  }
  return ssm;
}

}  // namespace sashimi
