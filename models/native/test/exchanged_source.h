#pragma once

#include <cstring>
#include <memory>

#include "../stream/state_source.h"
#include "history_source.h"

namespace sashimi::test {

/// A source of two tiers: a fast one each of whose frames depends on all control values so far, and a slow one of two numbers
/// that the fast one feeds every 8 frames. Only then tiers may be exchanged.
class ExchangedSource : public AlignedSource {
 public:
  static constexpr uint64_t kPeriod = 8;

  void reset(uint32_t seed) override {
    memory_ = {};
    memory_.seed = seed;
  }
  void step(float* out, size_t num_frames, const Sampling& sampling) override {
    for (size_t i = 0; i < num_frames; ++i) {
      uint64_t bits = 0;
      std::memcpy(&bits, &sampling.temperature, sizeof bits);
      uint32_t slow = 0;
      std::memcpy(&slow, &memory_.slow[memory_.frame % 2], sizeof slow);
      memory_.fast = (memory_.fast ^ bits ^ slow ^ memory_.seed) * 0x9E3779B97F4A7C15ULL;
      memory_.fast ^= memory_.fast >> 29;
      out[i] = static_cast<float>(memory_.fast >> 40);  // 24 bits: exact
      if (++memory_.frame % kPeriod == 0) memory_.slow[memory_.frame / kPeriod % 2] = out[i] / 3.0F;
    }
  }
  size_t snapshot_bytes() const override { return sizeof memory_; }
  void snapshot(unsigned char* into) const override { std::memcpy(into, &memory_, sizeof memory_); }
  void restore(const unsigned char* from) override { std::memcpy(&memory_, from, sizeof memory_); }
  uint64_t surprise() const override { return 0; }
  uint64_t faulty_draws() const override { return 0; }
  void restore_as(const unsigned char* from, uint64_t frame) override {
    restore(from);
    memory_.frame = frame;
  }
  uint64_t frame() const override { return memory_.frame; }
  bool is_aligned() const override { return memory_.frame % kPeriod == 0; }
  std::vector<SnapshotRange> ranges() const override {
    return {{0, 0, offsetof(Memory, fast), sizeof memory_.fast}, {1, 1, offsetof(Memory, slow), sizeof memory_.slow}};
  }
  void reseed(uint32_t seed) override { memory_.seed = seed; }

 private:
  struct Memory {
    uint64_t fast = 1;
    uint64_t frame = 0;
    uint32_t seed = 0;
    Real slow[2] = {};
  };
  Memory memory_;
};

inline StateSizes exchanged_sizes() {
  StateSizes sizes;
  sizes.num_slots = 24;
  sizes.max_fade_frames = 30;
  sizes.history_period_frames = 100;
  sizes.num_history = 64;
  sizes.rewind_frames = 1200;
  return sizes;
}

/// A source and what its commands come through, which must outlive it.
struct Exchange {
  explicit Exchange(size_t look_ahead)
      : states(exchanged_sizes().num_slots, ExchangedSource().snapshot_bytes(), look_ahead),
        source(std::make_unique<StateSource>(std::make_unique<ExchangedSource>(), states, exchanged_sizes())) {
    CHECK(states.has_memory() && source->init());
    source->reset(0);
  }
  StreamStates states;
  std::unique_ptr<StateSource> source;
};

/// One of every kind in turn. Each `keep` has the next slot, each other command the last two of them: none is used anew soon.
inline StateCommand command_of(uint32_t number) {
  const uint32_t kept = number / kNumStateCommandKinds;
  StateCommand command;
  command.kind = static_cast<StateCommandKind>(number % kNumStateCommandKinds);
  command.a = kept % 24;
  command.b = (kept > 0 ? kept - 1 : kept) % 24;
  command.position = 0.125 * static_cast<double>(number % 9);
  command.tiers = 1 + number % 3;
  command.fade_frames = number % 40;
  command.frames = 40 + number * 13 % 400;
  command.seed = number;
  return command;
}

}  // namespace sashimi::test
