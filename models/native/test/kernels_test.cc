/// Matrices and state spaces against plain float64 loops, for every weight format and every
/// instruction set of this machine; columns do not hear each other.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "../core/matrix_layout.h"
#include "../core/state_space_layout.h"
#include "instruction_sets.h"
#include "random_model.h"

namespace sashimi::test {
namespace {

/// A matrix of a bundle, with values that its format expresses exactly.
struct Sample {
  WeightFormat format;
  Axis out;
  Axis in;
  std::vector<float> weights;
  std::vector<float> bias;
  std::vector<float> scales;
};

Sample sample_of(WeightFormat format, const Axis& out, const Axis& in) {
  std::mt19937 generator(static_cast<unsigned>(out.size * 31 + in.size));
  std::normal_distribution<float> normal(0.0F, 0.3F);
  Sample sample{format, out, in, {}, {}, {}};
  const size_t group = format == WeightFormat::int4 ? kInt4Group : in.size;
  const int32_t largest = format == WeightFormat::int4 ? 7 : 127;
  for (size_t o = 0; o < out.size; ++o) {
    sample.bias.push_back(normal(generator));
    float scale = 0.0F;
    for (size_t i = 0; i < in.size; ++i) {
      if (i % group == 0) {
        scale = 0.003F + 0.0007F * static_cast<float>(generator() % 5);
        if (format >= WeightFormat::int8) sample.scales.push_back(scale);
      }
      float value = normal(generator);
      if (format == WeightFormat::bf16) {
        uint32_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        bits &= 0xFFFF0000U;
        std::memcpy(&value, &bits, sizeof bits);
      } else if (format >= WeightFormat::int8) {
        const auto limit = static_cast<float>(largest);
        value = std::fmin(std::fmax(std::round(value / scale), -limit), limit) * scale;
      }
      sample.weights.push_back(value);
    }
  }
  return sample;
}

/// The largest difference of an output from the float64 sum, over the size of the sum's terms.
double matrix_error(const Kernels& kernels, const Sample& sample, size_t columns, std::vector<float>* results) {
  const MatrixSource source{sample.weights.data(), sample.bias.data(), sample.scales.data()};
  Arena measure;
  lay_out_matrix(measure, sample.format, sample.out, sample.in, {});
  AlignedBlock block(measure.used());
  Arena arena(block);
  const Matrix matrix = lay_out_matrix(arena, sample.format, sample.out, sample.in, source);

  const size_t coded = align_up(matrix.in, kInt4Group);
  Arena sizes;
  const auto place = [&](Arena& at, Real*& x, Real*& y, ActivationCodes& codes) {
    x = at.take<Real>(matrix.in * columns);
    y = at.take<Real>(matrix.out * columns);
    codes = {at.take<int16_t>(coded * columns), at.take<int32_t>(coded / kInt4Group * columns), at.take<Real>(columns)};
  };
  Real* x = nullptr;
  Real* y = nullptr;
  ActivationCodes codes;
  place(sizes, x, y, codes);
  AlignedBlock scratch(sizes.used());
  Arena at(scratch);
  place(at, x, y, codes);

  std::mt19937 generator(5);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  for (size_t c = 0; c < columns; ++c) {
    for (size_t i = 0; i < sample.in.size; ++i) x[c * matrix.in + sample.in.place(i)] = normal(generator);
  }
  kernels.matmul(matrix, Epilogue::store, x, matrix.in, y, matrix.out, columns, codes);

  double worst = 0.0;
  for (size_t c = 0; c < columns; ++c) {
    for (size_t o = 0; o < sample.out.size; ++o) {
      double expected = static_cast<double>(sample.bias[o]);
      double size = 1.0;
      for (size_t i = 0; i < sample.in.size; ++i) {
        const double term = static_cast<double>(sample.weights[o * sample.in.size + i]) *
                            static_cast<double>(x[c * matrix.in + sample.in.place(i)]);
        expected += term;
        size += std::abs(term);
      }
      const float result = y[c * matrix.out + sample.out.place(o)];
      worst = std::max(worst, std::abs(static_cast<double>(result) - expected) / size);
      if (results) results->push_back(result);
    }
  }
  return worst;
}

void matrices(const Kernels& kernels) {
  section("matrices: every format and shape against float64; a column does not hear the columns beside it");
  const Axis window{24 * 4, Axis::Order::channel_major, 4};
  const std::vector<std::pair<Axis, Axis>> shapes = {{{64}, {64}},      {{128}, {64}},     {{256}, {64}},  {{5}, {7}},
                                                     {{16}, {16}},      {{33}, {48}},      {{112}, {80}},  {{48}, window},
                                                     {window, {48}},    {{2 * 40, Axis::Order::halves, 40}, {40}},
                                                     {{96}, {512}},     {{20}, {1024}}};
  for (const WeightFormat format : {WeightFormat::f32, WeightFormat::bf16, WeightFormat::int8, WeightFormat::int4}) {
    for (const auto& [out, in] : shapes) {
      if (format == WeightFormat::int4 && in.order == Axis::Order::channel_major) continue;
      const Sample sample = sample_of(format, out, in);
      // Codes of activations have 15 bits, or as many as the sums of a long row leave.
      const double bound = format >= WeightFormat::int8 ? 4e-5 : 1e-6;
      std::vector<float> alone;
      CHECK(matrix_error(kernels, sample, 1, &alone) < bound);
      for (const size_t columns : {2, 3, 4, 5, 7, 64}) {
        std::vector<float> together;
        CHECK(matrix_error(kernels, sample, columns, &together) < bound);
        CHECK(std::equal(alone.begin(), alone.end(), together.begin()));
      }
    }
  }
}

/// Plain recurrences in float64; one channel.
struct PlainStateSpace {
  size_t pairs;
  std::vector<double> re;
  std::vector<double> im;
  double feedback = 0.0;

  explicit PlainStateSpace(size_t n) : pairs(n), re(n), im(n) {}

  /// a, c: diagonal; a, b, p, q, c: rank one. Pointers at the channel's first pair.
  double step(const float* a, const float* b, const float* p, const float* q, const float* c, double skip, double u) {
    double y = skip * u;
    double next_feedback = 0.0;
    const auto at = [](const float* values, size_t i) { return static_cast<double>(values[i]); };
    for (size_t n = 0; n < pairs; ++n) {
      const double drive_re = b ? at(b, 2 * n) * u + at(p, 2 * n) * feedback : u;
      const double drive_im = b ? at(b, 2 * n + 1) * u + at(p, 2 * n + 1) * feedback : 0.0;
      const double next_re = at(a, 2 * n) * re[n] - at(a, 2 * n + 1) * im[n] + drive_re;
      const double next_im = at(a, 2 * n) * im[n] + at(a, 2 * n + 1) * re[n] + drive_im;
      re[n] = next_re;
      im[n] = next_im;
      y += at(c, 2 * n) * next_re - at(c, 2 * n + 1) * next_im;
      if (q) next_feedback += at(q, 2 * n) * next_re - at(q, 2 * n + 1) * next_im;
    }
    feedback = next_feedback;
    return 0.5 * y * (1.0 + std::erf(y * std::sqrt(0.5)));
  }
};

enum class Form { diagonal, short_outputs, rank_one };

/// The largest difference of an output from the plain recurrence, in runs of `run_frames` from chunk phase `phase`.
double state_space_error(const Kernels& kernels, Form form, size_t width, size_t pairs, size_t run_frames,
                         size_t phase) {
  constexpr size_t kFrames = 60;
  std::mt19937 generator(3);
  std::normal_distribution<float> normal(0.0F, 0.2F);
  std::vector<float> tensors[5];
  for (auto& tensor : tensors) {
    for (size_t i = 0; i < width * pairs * 2; ++i) tensor.push_back(normal(generator));
  }
  std::vector<float> skip;
  for (size_t h = 0; h < width; ++h) skip.push_back(normal(generator));
  const bool is_rank_one = form == Form::rank_one;
  const DiagonalSource diagonal{tensors[0].data(), tensors[4].data(), skip.data()};
  const RankOneSource rank_one{tensors[0].data(), tensors[1].data(), tensors[2].data(),
                               tensors[3].data(), tensors[4].data(), skip.data()};
  const auto lay_out = [&](Arena& arena, bool is_placing) {
    if (is_rank_one) return lay_out_rank_one(arena, width, pairs, is_placing ? rank_one : RankOneSource{});
    return lay_out_diagonal(arena, width, pairs, form == Form::short_outputs, is_placing ? diagonal : DiagonalSource{});
  };
  Arena measure;
  lay_out(measure, false);
  AlignedBlock block(measure.used());
  Arena arena(block);
  const StateSpace ssm = lay_out(arena, true);

  const size_t padded = ssm.groups * kLanes;
  AlignedBlock state(padded * state_rows(ssm.is_diagonal, pairs) * sizeof(Real));
  AlignedBlock columns(2 * padded * kFrames * sizeof(Real));
  auto* u = reinterpret_cast<Real*>(columns.data());
  Real* z = u + padded * kFrames;
  for (size_t t = 0; t < kFrames; ++t) {
    for (size_t h = 0; h < width; ++h) u[t * padded + h] = normal(generator);
  }
  for (size_t t = 0; t < kFrames; t += run_frames) {
    const size_t count = std::min(run_frames, kFrames - t);
    const Run run{reinterpret_cast<Real*>(state.data()), 0, count, (t + phase) % kChunk};
    kernels.state_space(ssm, &run, 1, u + t * padded, z + t * padded, padded);
  }
  double worst = 0.0;
  for (size_t h = 0; h < width; ++h) {
    PlainStateSpace plain(pairs);
    const size_t at = h * pairs * 2;
    for (size_t t = 0; t < kFrames; ++t) {
      const double expected = plain.step(&tensors[0][at], is_rank_one ? &tensors[1][at] : nullptr, &tensors[2][at],
                                         is_rank_one ? &tensors[3][at] : nullptr, &tensors[4][at],
                                         static_cast<double>(skip[h]), static_cast<double>(u[t * padded + h]));
      worst = std::max(worst, std::abs(static_cast<double>(z[t * padded + h]) - expected));
    }
  }
  return worst;
}

void state_spaces(const Kernels& kernels) {
  section("state spaces: every form, from every phase of a chunk, in runs of any length, against float64");
  for (const size_t width : {16, 5, 40}) {
    for (const size_t pairs : {1, 6}) {
      for (const size_t run_frames : {1, 3, 4, 60}) {
        for (size_t phase = 0; phase < kChunk; ++phase) {
          CHECK(state_space_error(kernels, Form::diagonal, width, pairs, run_frames, phase) < 2e-6);
          CHECK(state_space_error(kernels, Form::short_outputs, width, pairs, run_frames, phase) < 4e-3);
          CHECK(state_space_error(kernels, Form::rank_one, width, pairs, run_frames, phase) < 2e-6);
        }
      }
    }
  }
}

void logarithms(const Kernels& kernels) {
  section("logarithms against the C library");
  std::vector<double> values = {0.0, 1e-320, 1e-300, 0.5, 1.0, 1.4142135623730951, 2.0, 3e200};
  for (double x = 1e-6; x < 4.0; x *= 1.0003) values.push_back(x);
  std::vector<Real> results(values.size());
  kernels.logarithms(values.data(), values.size(), results.data());
  CHECK(results[0] < -700.0F && results[1] < -700.0F);
  for (size_t i = 2; i < values.size(); ++i) {
    const double expected = std::log(values[i]);
    CHECK(std::abs(static_cast<double>(results[i]) - expected) <= 1e-7 * std::max(1.0, std::abs(expected)));
  }
}

}  // namespace
}  // namespace sashimi::test

int main() {
  using namespace sashimi;
  test::for_each_instruction_set([](const Kernels& kernels) {
    test::matrices(kernels);
    test::state_spaces(kernels);
    test::logarithms(kernels);
  });
  std::puts("kernels: ok");
}
