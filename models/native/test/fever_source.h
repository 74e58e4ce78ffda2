#pragma once

#include <cstring>
#include <memory>

#include "../stream/watched_source.h"
#include "history_source.h"

namespace sashimi::test {

/// A history that runs into noise some windows after its beginning, each time that it comes back to one.
class FeverSource : public WatchableSource {
 public:
  static constexpr uint64_t kOnset = 3000;  ///< Frames.

  void reset(uint32_t seed) override {
    history_.reset(seed);
    heat_ = 0;
  }
  void step(float* out, size_t num_frames, const Sampling& sampling) override {
    history_.step(out, num_frames, sampling);
    for (size_t i = 0; i < num_frames; ++i) surprise_ += ++heat_ > kOnset ? 2048 : 256;
  }
  size_t snapshot_bytes() const override { return history_.snapshot_bytes() + sizeof heat_; }
  void snapshot(unsigned char* into) const override {
    history_.snapshot(into);
    std::memcpy(into + history_.snapshot_bytes(), &heat_, sizeof heat_);
  }
  void restore(const unsigned char* from) override {
    history_.restore(from);
    std::memcpy(&heat_, from + history_.snapshot_bytes(), sizeof heat_);
  }
  uint64_t surprise() const override { return surprise_; }
  uint64_t faulty_draws() const override { return 0; }
  /// Other draws than the last time.
  void restore_as(const unsigned char* from, uint64_t frame) override {
    restore(from);
    float unused = 0.0F;
    history_.step(&unused, 1, sampling_of(static_cast<double>(frame)));
  }

 private:
  HistorySource history_;
  uint64_t heat_ = 0;
  uint64_t surprise_ = 0;
};

inline std::unique_ptr<WatchedSource> watched_fever() {
  WatchdogSettings settings;
  settings.window_frames = 64;
  settings.fade_frames = 20;
  settings.max_power = 1e300;
  settings.max_surprise = 64.0 * 1024.0;
  auto source = std::make_unique<WatchedSource>(std::make_unique<FeverSource>(), settings);
  CHECK(source->init());
  return source;
}

}  // namespace sashimi::test
