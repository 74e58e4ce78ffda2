#pragma once

#include "plan_builder.h"

namespace sashimi::cuda {

/// How the voices of a group are spread over blocks of threads.
struct LaunchShape {
  uint32_t slots;  ///< Voices of a block, 1 to kMaxSlots.
  uint32_t team;   ///< Blocks that step the same voices: kernel/team.h.
};

/// What a device has room for.
struct Room {
  uint32_t blocks;      ///< At once.
  uint32_t slots;       ///< Of a block, by its memory; at least 1.
  bool runs_together;   ///< Blocks may rely on each other to be there.
};

/// Cycles for a frame of all `capacity` voices, in the mean; an estimate, to choose by.
double estimated_cycles(const BuiltPlan& built, const LaunchShape& shape, uint32_t capacity);

/// The shape that is the fastest for `capacity` voices by that estimate. Blocks of a team are all there at once; more blocks without a
/// team than there is room for take turns.
LaunchShape shape_of_launch(const BuiltPlan& built, uint32_t capacity, const Room& room);

}  // namespace sashimi::cuda
