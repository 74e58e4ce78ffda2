#pragma once

#include <cstddef>
#include <cstdint>

namespace sashimi {

/// In the order of STATE_COMMANDS in models/state/state-command.ts, which says what each does.
enum class StateCommandKind : uint32_t { keep, recall, repeat, move, release, rewind, fork };
inline constexpr uint32_t kNumStateCommandKinds = 7;

struct StateCommand {
  StateCommandKind kind = StateCommandKind::release;
  uint32_t a = 0;  ///< Slots.
  uint32_t b = 0;
  double position = 0.0;  ///< 0 is a, 1 is b.
  uint32_t tiers = 0;     ///< Bit k is tier k.
  uint64_t fade_frames = 0;
  uint64_t frames = 0;
  uint32_t seed = 0;
};

/// What a stream keeps of states: models/state/state-command.ts decides it.
struct StateSizes {
  size_t num_slots = 1;
  size_t max_fade_frames = 1;
  uint64_t history_period_frames = 1;
  size_t num_history = 1;
  uint64_t rewind_frames = 0;  ///< The furthest that `rewind` goes back.
};

}  // namespace sashimi
