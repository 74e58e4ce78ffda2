#pragma once

#include <vector>

#include "../../core/voice_state.h"
#include "../kernel/block_memory.h"

namespace sashimi::cuda {

/// What the kernel is told of a model.
struct BuiltPlan {
  Plan plan = {};
  std::vector<PairPlan> pairs;

  /// What it takes of a block's memory, the draws and the scratch of its voices apart: kernel/block_memory.h.
  size_t bytes() const { return sizeof(Plan) + pairs.size() * sizeof(PairPlan); }
};

/// The weights lie at `weights_address` on the device as they lie in `weights` here, and the amplitudes of the tokens at
/// `decode_address`. `state` is any voice of the model: the kernel's states have its layout, so that their snapshots are
/// those of the native stepper.
BuiltPlan build_plan(const Weights& weights, VoiceState& state, uint64_t weights_address, uint64_t decode_address);

}  // namespace sashimi::cuda
