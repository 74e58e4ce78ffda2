#pragma once

#include <vector>

#include "../../core/voice_state.h"
#include "../kernel/block_memory.h"

namespace sashimi::cuda {

/// What the kernel is told of a model.
struct BuiltPlan {
  Plan plan = {};
  std::vector<PhasePlan> phases;
  std::vector<unsigned char> matrices;  ///< Tapes (tape.h), and scales of int4.

  /// What it takes of a block's memory, the draws and the scratch of its voices apart: kernel/block_memory.h.
  size_t bytes() const { return sizeof(Plan) + phases.size() * sizeof(PhasePlan); }
};

/// Where things lie on the device.
struct Addresses {
  uint64_t weights;   ///< As they lie in Weights.
  uint64_t matrices;  ///< BuiltPlan::matrices.
  uint64_t decode;    ///< (levels), amplitudes of the tokens.
};

/// `state` is any voice of the model: the kernel's states have its layout, so that their snapshots are those of the native
/// stepper.
BuiltPlan build_plan(const Weights& weights, VoiceState& state, const Addresses& addresses);

}  // namespace sashimi::cuda
