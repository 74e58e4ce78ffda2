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

StateSpace measured(bool is_diagonal, size_t width, size_t pairs) {
  StateSpace ssm;
  ssm.is_diagonal = is_diagonal;
  ssm.groups = align_up(width, kLanes) / kLanes;
  ssm.pairs = pairs;
  return ssm;
}

}  // namespace

StateSpace lay_out_diagonal(Arena& arena, size_t width, size_t pairs, const DiagonalSource& source) {
  StateSpace ssm = measured(true, width, pairs);
  const size_t rows = kDiagonalHeadRows + pairs * kDiagonalPairRows;
  Real* coefficients = arena.take<Real>(ssm.groups * rows * kLanes);
  ssm.coefficients = coefficients;
  if (!source.a) return ssm;
  for (size_t h = 0; h < width; ++h) {
    Real* head = coefficients + h / kLanes * rows * kLanes + h % kLanes;
    double kernel[kChunk] = {static_cast<double>(source.skip[h])};
    for (size_t n = 0; n < pairs; ++n) {
      const Complex a = complex_at(source.a, h * pairs + n);
      Real* at = head + (kDiagonalHeadRows + n * kDiagonalPairRows) * kLanes;
      at[0] = static_cast<Real>(a.re);
      at[kLanes] = static_cast<Real>(a.im);
      Complex response = complex_at(source.c, h * pairs + n);
      for (size_t j = 0; j < kChunk; ++j) {
        kernel[j] += response.re;
        response = response * a;
        at[(2 + 2 * j) * kLanes] = static_cast<Real>(response.re);
        at[(3 + 2 * j) * kLanes] = static_cast<Real>(response.im);
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
