#pragma once

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "../stream/run_ahead.h"
#include "check.h"

namespace sashimi::test {

/// Holds up whoever goes back while it is shut.
struct Gate {
  std::atomic<bool> is_open{true};
  std::atomic<int> arrivals{0};
  void pass() {
    arrivals.fetch_add(1);
    while (!is_open.load()) std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
};

/// A source each of whose frames depends on all control values so far: one that was applied a frame
/// too early or too late, or was left out when stepping again, changes everything after it.
class HistorySource : public FrameSource {
 public:
  explicit HistorySource(Gate* gate = nullptr) : gate_(gate) {}

  void reset(uint32_t seed) override { state_ = seed + 1; }
  void step(float* out, size_t num_frames, const Sampling& sampling) override {
    for (size_t i = 0; i < num_frames; ++i) {
      uint64_t bits = 0;
      std::memcpy(&bits, &sampling.temperature, sizeof bits);
      state_ = (state_ ^ bits ^ sampling.top_k) * 0x9E3779B97F4A7C15ULL;
      state_ ^= state_ >> 29;
      out[i] = static_cast<float>(state_ >> 40);  // 24 bits: exact
    }
  }
  size_t snapshot_bytes() const override { return sizeof state_; }
  void snapshot(unsigned char* into) const override { std::memcpy(into, &state_, sizeof state_); }
  void restore(const unsigned char* from) override {
    if (gate_) gate_->pass();
    std::memcpy(&state_, from, sizeof state_);
  }

 private:
  Gate* gate_;
  uint64_t state_ = 1;
};

inline Sampling sampling_of(double temperature) { return {temperature, 0.9, 7}; }

/// What an offline run gives: the same source, stepped frame by frame, changed where told.
class OfflineRun {
 public:
  explicit OfflineRun(double temperature) { changes_.push_back({0, temperature}); }
  /// From `frame` on; later than all others.
  void change(uint64_t frame, double temperature) { changes_.push_back({frame, temperature}); }
  std::vector<float> frames(size_t count, uint32_t seed = 0) const {
    HistorySource source;
    source.reset(seed);
    std::vector<float> out(count);
    size_t next = 0;
    double temperature = 0.0;
    for (size_t t = 0; t < count; ++t) {
      while (next < changes_.size() && changes_[next].frame <= t) temperature = changes_[next++].temperature;
      source.step(&out[t], 1, sampling_of(temperature));
    }
    return out;
  }

 private:
  struct Change {
    uint64_t frame;
    double temperature;
  };
  std::vector<Change> changes_;
};

/// Always ready to go back, however slow the machine.
inline RunAheadOptions history_options(size_t look_ahead) {
  RunAheadOptions options;
  options.look_ahead_frames = look_ahead;
  options.sample_rate = 1e5;
  options.fade_ms = 0.2;  // 20 frames
  options.min_speed = 0.0;
  options.sampling = sampling_of(1.0);
  return options;
}

}  // namespace sashimi::test
