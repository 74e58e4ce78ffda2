#pragma once

#include <atomic>
#include <chrono>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "../stream/run_ahead.h"
#include "check.h"

namespace sashimi::test {

/// A slow input, a fast one, and one whose frames are no multiple of anything.
inline Config steered_config() {
  Config config;
  config.num_inputs = 3;
  config.inputs[0] = {4, 64};
  config.inputs[1] = {2, 1};
  config.inputs[2] = {1, 37};
  return config;
}

/// One step of what SteeredSource remembers: a row that was taken a frame too early or too late, or left out when stepping
/// again, changes everything after it. Null rows are dropped.
inline float stir(uint64_t& state, const Config& config, const float* const* rows) {
  for (size_t i = 0; i < config.num_inputs; ++i) {
    for (size_t d = 0; d < config.inputs[i].dim; ++d) {
      uint32_t bits = 0x7FC00000U;
      if (rows[i]) std::memcpy(&bits, rows[i] + d, sizeof bits);
      state = (state ^ bits) * 0x9E3779B97F4A7C15ULL;
      state ^= state >> 29;
    }
  }
  return static_cast<float>(state >> 40);  // 24 bits: exact
}

/// A source each of whose frames depends on all conditioning so far. Its thread is held up while `is_held`.
class SteeredSource : public FrameSource {
 public:
  SteeredSource(StreamConditioning& conditioning, const std::atomic<bool>& is_held)
      : conditioning_(conditioning), is_held_(is_held) {}

  void reset(uint32_t seed) override { memory_ = {seed + 1, 0}; }
  void step(float* out, size_t num_frames, const Sampling&) override {
    while (is_held_.load()) std::this_thread::sleep_for(std::chrono::microseconds(100));
    for (size_t done = 0; done < num_frames;) {
      Conditioning conditioning;
      const uint64_t first = memory_.frame;
      const size_t count = conditioning_.lend(first, num_frames - done, conditioning);
      CHECK(count > 0 && count <= num_frames - done);
      for (size_t t = 0; t < count; ++t, ++memory_.frame) {
        const float* rows[kMaxInputs] = {};
        for (size_t i = 0; i < config_.num_inputs; ++i) {
          const auto& [dim, hop] = config_.inputs[i];
          if (conditioning.rows[i]) rows[i] = conditioning.rows[i] + (memory_.frame / hop - first / hop) * dim;
        }
        out[done + t] = stir(memory_.state, config_, rows);
      }
      done += count;
    }
  }
  size_t snapshot_bytes() const override { return sizeof memory_; }
  void snapshot(unsigned char* into) const override { std::memcpy(into, &memory_, sizeof memory_); }
  void restore(const unsigned char* from) override { std::memcpy(&memory_, from, sizeof memory_); }

 private:
  struct Memory {
    uint64_t state = 1;
    uint64_t frame = 0;
  };
  const Config config_ = steered_config();
  StreamConditioning& conditioning_;
  const std::atomic<bool>& is_held_;
  Memory memory_;
};

/// Frames of one input, from `first_frame` on.
struct Saying {
  size_t input;
  int64_t first_frame;
  std::vector<float> rows;
  size_t num_frames() const { return rows.size() / steered_config().inputs[input].dim; }
};

/// What an offline run gives: the definition of conditioning, sample by sample.
class SteeredRun {
 public:
  explicit SteeredRun(size_t num_samples) : num_samples_(num_samples), rows_(config_.num_inputs) {
    for (auto& rows : rows_) rows.resize(num_samples);
  }
  /// Applies to no sample before `earliest`.
  void say(const Saying& saying, uint64_t earliest) {
    const auto& [dim, hop] = config_.inputs[saying.input];
    for (size_t t = 0; t < num_samples_; ++t) {
      const auto frame = static_cast<int64_t>(t / hop) - saying.first_frame;
      if (t < earliest || frame < 0) continue;
      const size_t row = std::min(static_cast<size_t>(frame), saying.num_frames() - 1);
      const float* const at = saying.rows.data() + row * dim;
      rows_[saying.input][t].assign(at, at + dim);
    }
  }
  std::vector<float> frames(uint32_t seed = 0) const {
    std::vector<float> out(num_samples_);
    uint64_t state = seed + 1;
    for (size_t t = 0; t < num_samples_; ++t) {
      const float* rows[kMaxInputs] = {};
      for (size_t i = 0; i < config_.num_inputs; ++i) rows[i] = rows_[i][t].empty() ? nullptr : rows_[i][t].data();
      out[t] = stir(state, config_, rows);
    }
    return out;
  }

 private:
  const Config config_ = steered_config();
  const size_t num_samples_;
  std::vector<std::vector<std::vector<float>>> rows_;
};

/// Random frames, hardly ever two alike.
inline Saying random_saying(std::minstd_rand& generator, size_t input, int64_t first_frame, size_t num_frames) {
  Saying saying{input, first_frame, {}};
  const size_t dim = steered_config().inputs[input].dim;
  for (size_t i = 0; i < num_frames * dim; ++i) saying.rows.push_back(static_cast<float>(generator() % 100000));
  return saying;
}

/// A stream of a SteeredSource; it always goes back, however slow the machine, unless told otherwise.
class SteeredStream {
 public:
  explicit SteeredStream(size_t look_ahead, bool rollback = true, bool begins_held = false)
      : is_held(begins_held),
        conditioning_(steered_config(), kRate, look_ahead),
        stream_(std::make_unique<SteeredSource>(conditioning_, is_held), options(look_ahead, rollback)) {}
  ~SteeredStream() { is_held = false; }
  RunAhead& operator*() { return stream_; }
  RunAhead* operator->() { return &stream_; }
  StreamConditioning& conditioning() { return conditioning_; }
  /// Begins anew; the thread, unless it is already at its first step, steps nothing before `say` was called.
  template <class Say>
  void begin(uint32_t seed, const Say& say) {
    is_held = true;
    stream_.reset(seed);
    say();
    float none = 0.0F;
    CHECK(stream_.read(&none, 0) == 0);
    is_held = false;
  }
  void say(const Saying& saying) {
    stream_.set_conditioning(saying.input, saying.first_frame, saying.rows.data(), saying.num_frames());
  }

  std::atomic<bool> is_held;

 private:
  static constexpr double kRate = 1e5;
  RunAheadOptions options(size_t look_ahead, bool rollback) {
    RunAheadOptions options;
    options.look_ahead_frames = look_ahead;
    options.sample_rate = kRate;
    options.fade_ms = 0.2;  // 20 frames
    options.min_speed = 0.0;
    options.rollback = rollback;
    options.conditioning = &conditioning_;
    return options;
  }

  StreamConditioning conditioning_;
  RunAhead stream_;
};

}  // namespace sashimi::test
