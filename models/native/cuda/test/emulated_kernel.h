#pragma once

#include <cstring>
#include <memory>
#include <vector>

#include "../kernel/serve.h"

namespace sashimi::cuda {

/// Block `index` of a launch, on this thread. What is not initialised on a GPU is full of numbers that are none here.
inline void run_emulated_block(const Arguments& arguments, uint32_t index, EmulatedThreads threads) {
  const Plan& plan = *arguments.plan;
  const auto shared = std::make_unique<Shared>();
  std::memset(static_cast<void*>(shared.get()), 0xFF, sizeof(Shared));
  std::vector<DrawScratch> draws(arguments.slots);
  std::memset(static_cast<void*>(draws.data()), 0xFF, draws.size() * sizeof(DrawScratch));
  std::vector<Quad> floats(arguments.slots * size_t{plan.scratch_floats} / 4);
  std::memset(static_cast<void*>(floats.data()), 0xFF, floats.size() * sizeof(Quad));
  Scratch scratch;
  scratch.base = reinterpret_cast<float*>(floats.data());
  scratch.draws = draws.data();
  scratch.stride = plan.scratch_floats;
  Block block(index, threads);
  Serve(block, arguments, plan, arguments.pairs, *shared, scratch).run();
}

}  // namespace sashimi::cuda
