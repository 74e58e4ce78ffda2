#pragma once

#include <random>
#include <vector>

#include "../core/conditioning.h"

namespace sashimi::test {

/// Random conditioning of a stream of `num_frames` samples, half of it zeros, as most of a note roll is.
class Track {
 public:
  Track(const Config& config, size_t num_frames, uint32_t seed = 1) : config_(config) {
    std::minstd_rand generator(seed);
    std::normal_distribution<float> normal;
    for (size_t i = 0; i < config.num_inputs; ++i) {
      const InputConfig& input = config.inputs[i];
      rows_[i].resize((num_frames / input.hop + 1) * input.dim);
      for (float& value : rows_[i]) value = generator() % 2 == 0 ? normal(generator) : 0.0F;
    }
  }

  /// What a call takes that begins at sample `frame`.
  Conditioning at(uint64_t frame) const {
    Conditioning conditioning;
    for (size_t i = 0; i < config_.num_inputs; ++i) {
      conditioning.rows[i] = rows_[i].data() + frame / config_.inputs[i].hop * config_.inputs[i].dim;
    }
    return conditioning;
  }

 private:
  const Config config_;
  std::vector<float> rows_[kMaxInputs];
};

}  // namespace sashimi::test
