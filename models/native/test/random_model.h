#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "../core/sashimi_voice.h"
#include "check.h"

namespace sashimi::test {

/// A shape of model, in the words of Config::parse.
struct Shape {
  int32_t d_model, layers, expand, ff, scalar_norm, glu, is_s4, pairs, unet, levels;
  std::vector<int32_t> pool;
};

/// Every branch of the core: kinds, norms, activations, unet, widths that need padding, pools or none.
inline std::vector<Shape> shapes() {
  return {
      {16, 1, 2, 2, 0, 1, 0, 4, 0, 256, {4, 4}}, {24, 2, 2, 2, 0, 1, 1, 3, 0, 256, {2, 4, 4}},
      {8, 1, 2, 2, 1, 0, 0, 2, 0, 256, {4, 2}},  {5, 1, 3, 1, 1, 0, 1, 1, 0, 17, {3}},
      {48, 1, 1, 3, 0, 1, 0, 5, 0, 256, {}},     {112, 1, 2, 2, 0, 0, 1, 2, 0, 64, {2}},
      {24, 3, 2, 2, 0, 1, 1, 3, 1, 256, {2, 3}}, {5, 1, 3, 1, 1, 0, 0, 1, 1, 17, {2, 4, 4}},
  };
}

inline Config config_of(const Shape& shape) {
  std::vector<int32_t> words = {shape.d_model, shape.layers, shape.expand, shape.ff, shape.scalar_norm,
                                shape.glu,     shape.is_s4,  shape.pairs,  shape.unet,   shape.levels,
                                shape.levels / 2, 12345,    static_cast<int32_t>(shape.pool.size())};
  words.insert(words.end(), shape.pool.begin(), shape.pool.end());
  Config config;
  CHECK(config.parse(words.data(), words.size()) == nullptr);
  return config;
}

/// A model with random weights: small enough that no state grows.
class RandomModel {
 public:
  explicit RandomModel(const Shape& shape) : config_(config_of(shape)) {
    std::vector<float> tensors(count_of(shape));
    std::mt19937 generator(7);
    std::normal_distribution<float> normal(0.0F, 0.15F);
    for (float& value : tensors) value = normal(generator);
    CHECK(weights_.load(config_, tensors.data(), tensors.size() - 1) != nullptr);
    CHECK(weights_.load(config_, tensors.data(), tensors.size()) == nullptr);
    for (size_t id = 0; id < config_.levels; ++id) {
      decode_.push_back(static_cast<float>(id) / static_cast<float>(config_.levels) * 2.0F - 1.0F);
    }
  }

  const Config& config() const { return config_; }
  const Weights& weights() const { return weights_; }
  const float* decode() const { return decode_.data(); }

  static size_t count_of(const Shape& shape) {
    const Config config = config_of(shape);
    size_t count = config.levels * config.d_model;
    for (size_t k = 0; k < config.num_tiers(); ++k) {
      const size_t h = config.width(k);
      if (k < config.num_pools) {
        const size_t window = h * config.pool[k];
        const size_t below = config.width(k + 1);
        count += 2 * window * below + window + below;
      }
      const size_t norm = config.norm == NormKind::layer ? 2 * h : 2;
      const size_t outputs = config.activation == OutputActivation::glu ? 2 * h : h;
      const size_t tensors = config.ssm == SsmKind::s4 ? 5 : 2;
      const size_t pair = 2 * norm + tensors * h * config.pairs * 2 + h + outputs * h + outputs +
                          2 * config.ff * h * h + config.ff * h + h;
      count += (config.has_down_pairs(k) ? 2 : 1) * config.num_layers * pair;
    }
    return count + 2 * config.d_model + config.levels * config.d_model + config.levels;
  }

 private:
  Config config_;
  Weights weights_;
  std::vector<float> decode_;
};

}  // namespace sashimi::test
