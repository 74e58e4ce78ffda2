#pragma once

#include <atomic>

#include "../stream/run_ahead.h"
#include "check.h"

namespace sashimi::test {

/// Frame t of the stream with seed s is s * 2^16 + t (exact in a float while s < 256): a lost,
/// doubled or stale frame shows. Also sees to it that control values arrive whole.
class CountingSource : public FrameSource {
 public:
  void reset(uint32_t seed) override {
    seed_ = seed;
    t_ = 0;
  }
  void step(float* out, size_t num_frames, const Sampling& sampling) override {
    CHECK(sampling.temperature == sampling.top_p);
    CHECK(sampling.temperature == static_cast<double>(sampling.top_k));
    for (size_t i = 0; i < num_frames; ++i, ++t_) {
      out[i] = static_cast<float>(seed_ * 65536U + t_ % 65536U);
    }
  }

 private:
  uint32_t seed_ = 0;
  uint32_t t_ = 0;
};

inline RunAheadOptions counting_options(size_t look_ahead) {
  RunAheadOptions options;
  options.look_ahead_frames = look_ahead;
  options.sample_rate = 1e6;  // so that naps are short and the threads meet often
  options.sampling = {1.0, 1.0, 1};
  return options;
}

}  // namespace sashimi::test
