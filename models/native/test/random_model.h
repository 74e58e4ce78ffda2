#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "../core/sashimi_voice.h"
#include "check.h"

namespace sashimi::test {

/// A shape of model, in the words of Config::parse, and how its weights are kept.
struct Shape {
  int32_t d_model, layers, expand, ff, scalar_norm, glu, is_s4, pairs, unet, levels;
  std::vector<int32_t> pool;
  WeightFormat format = WeightFormat::f32;
  bool has_modes = false;
  std::vector<InputConfig> inputs = {};
};

/// Every branch of the core: kinds, norms, activations, unet, widths that need padding, pools or none, weight formats,
/// an s4 that runs as diagonal, conditioning at several rates.
inline std::vector<Shape> shapes() {
  return {
      {16, 1, 2, 2, 0, 1, 0, 4, 0, 256, {4, 4}},
      {24, 2, 2, 2, 0, 1, 1, 3, 0, 256, {2, 4, 4}},
      {8, 1, 2, 2, 1, 0, 0, 2, 0, 256, {4, 2}},
      {5, 1, 3, 1, 1, 0, 1, 1, 0, 17, {3}},
      {48, 1, 1, 3, 0, 1, 0, 5, 0, 256, {}},
      {112, 1, 2, 2, 0, 0, 1, 2, 0, 64, {2}},
      {24, 3, 2, 2, 0, 1, 1, 3, 1, 256, {2, 3}},
      {5, 1, 3, 1, 1, 0, 0, 1, 1, 17, {2, 4, 4}},
      {24, 2, 2, 2, 0, 1, 1, 3, 0, 256, {2, 4}, WeightFormat::f32, true},
      {40, 1, 2, 2, 0, 1, 0, 3, 0, 256, {4, 2}, WeightFormat::bf16},
      {40, 2, 2, 2, 0, 1, 0, 3, 0, 256, {4, 2}, WeightFormat::int8},
      {5, 1, 3, 1, 1, 0, 0, 1, 1, 17, {2, 4}, WeightFormat::int8},
      {40, 2, 2, 2, 0, 1, 0, 3, 0, 256, {4, 2}, WeightFormat::int4},
      {24, 1, 2, 2, 0, 1, 0, 3, 0, 256, {4, 4}, WeightFormat::f32, false, {{5, 16}, {3, 1}}},
      {5, 1, 3, 1, 1, 0, 1, 1, 1, 17, {2, 3}, WeightFormat::int8, false, {{20, 7}}},
      {112, 1, 1, 1, 0, 0, 0, 2, 0, 64, {}, WeightFormat::f32, false, {{1, 1}, {2, 5}, {40, 1000}}},
  };
}

inline Config config_of(const Shape& shape) {
  std::vector<int32_t> words = {shape.d_model, shape.layers, shape.expand, shape.ff, shape.scalar_norm,
                                shape.glu,     shape.is_s4,  shape.pairs,  shape.unet,   shape.levels,
                                shape.levels / 2, 12345,    shape.pairs + 2, static_cast<int32_t>(shape.pool.size())};
  words.insert(words.end(), shape.pool.begin(), shape.pool.end());
  words.push_back(static_cast<int32_t>(shape.inputs.size()));
  for (const InputConfig& input : shape.inputs) {
    words.push_back(static_cast<int32_t>(input.dim));
    words.push_back(static_cast<int32_t>(input.hop));
  }
  Config config;
  CHECK(config.parse(words.data(), words.size()) == nullptr);
  return config;
}

/// The arrays of ModelData, filled tensor by tensor in the order of a bundle with small random numbers, so that no
/// state grows.
class RandomData {
 public:
  explicit RandomData(const Shape& shape) : shape_(shape) {
    const Config config = config_of(shape);
    append(config.levels * config.d_model);
    for (const InputConfig& input : shape.inputs) {
      for (size_t k = 0; k < config.num_tiers(); ++k) append(config.width(k) * (input.dim + 1));
    }
    for (size_t k = 0; k < config.num_pools; ++k) {
      const size_t window = config.width(k) * config.pool[k];
      matrix(config.width(k + 1), window, shape.format);
      matrix(window, config.width(k + 1), shape.format);
    }
    for (size_t k = 0; k < config.num_tiers(); ++k) {
      for (size_t i = 0; i < config.num_layers * (config.has_down_pairs(k) ? 2 : 1); ++i) pair(config, config.width(k));
    }
    append(2 * config.d_model);
    matrix(config.levels, config.d_model, shape.format);
  }

  ModelData view() const {
    return {values_.data(), values_.size(), kinds_.data(), kinds_.size(), scales_.data(), scales_.size()};
  }

 private:
  void append(size_t count) {
    for (size_t i = 0; i < count; ++i) values_.push_back(normal_(generator_));
  }

  void pair(const Config& config, size_t h) {
    const size_t norm = config.norm == NormKind::layer ? 2 * h : 2;
    const size_t outputs = config.activation == OutputActivation::glu ? 2 * h : h;
    append(norm);
    const bool is_rank_one = shape_.is_s4 && !shape_.has_modes;
    kinds_.push_back(shape_.has_modes ? 1 : 0);
    const size_t slots = shape_.has_modes ? config.mode_slots : config.pairs;
    append((is_rank_one ? 5 : 2) * h * slots * 2 + h);
    matrix(outputs, h, shape_.format);
    append(norm);
    matrix(config.ff * h, h, shape_.format);
    matrix(h, config.ff * h, shape_.format);
  }

  /// Weights that the format can express exactly, as those of a quantised bundle are.
  void matrix(size_t out, size_t in, WeightFormat format) {
    kinds_.push_back(static_cast<int32_t>(format));
    const size_t group = format == WeightFormat::int4 ? kInt4Group : in;
    const int32_t largest = format == WeightFormat::int4 ? 7 : 127;
    for (size_t o = 0; o < out; ++o) {
      float scale = 0.0F;
      for (size_t i = 0; i < in; ++i) {
        if (i % group == 0) {
          scale = 0.004F + 0.001F * static_cast<float>(generator_() % 4);
          if (format == WeightFormat::int8 || format == WeightFormat::int4) scales_.push_back(scale);
        }
        const float value = normal_(generator_);
        values_.push_back(rounded(value, scale, largest, format));
      }
    }
    append(out);
  }

  static float rounded(float value, float scale, int32_t largest, WeightFormat format) {
    if (format == WeightFormat::f32) return value;
    if (format == WeightFormat::bf16) {
      uint32_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      bits &= 0xFFFF0000U;
      std::memcpy(&value, &bits, sizeof bits);
      return value;
    }
    const float limit = static_cast<float>(largest);
    return std::fmin(std::fmax(std::round(value / scale), -limit), limit) * scale;
  }

  Shape shape_;
  std::vector<float> values_;
  std::vector<int32_t> kinds_;
  std::vector<float> scales_;
  std::mt19937 generator_{7};
  std::normal_distribution<float> normal_{0.0F, 0.15F};
};

/// A model with random weights.
class RandomModel {
 public:
  explicit RandomModel(const Shape& shape) : config_(config_of(shape)) {
    const RandomData data(shape);
    ModelData view = data.view();
    CHECK(weights_.load(config_, view) == nullptr);
    const auto refuses = [&](size_t& length) {
      --length;
      Weights wrong;
      CHECK(wrong.load(config_, view) != nullptr);
      ++length;
    };
    refuses(view.num_values);
    refuses(view.num_kinds);
    if (view.num_scales > 0) refuses(view.num_scales);
    for (size_t id = 0; id < config_.levels; ++id) {
      decode_.push_back(static_cast<float>(id) / static_cast<float>(config_.levels) * 2.0F - 1.0F);
    }
  }

  const Config& config() const { return config_; }
  const Weights& weights() const { return weights_; }
  const float* decode() const { return decode_.data(); }

 private:
  Config config_;
  Weights weights_;
  std::vector<float> decode_;
};

}  // namespace sashimi::test
