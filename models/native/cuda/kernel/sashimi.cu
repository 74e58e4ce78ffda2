/// The kernels of sashimi.ptx: ../build.sh. They differ in where the scratch of the voices lies, so that the compiler knows.
#include "serve.h"

namespace sashimi::cuda {

SASHIMI_DEVICE void copy_words(Block& block, const void* from, void* to, uint32_t bytes) {
  const auto* source = static_cast<const uint32_t*>(from);
  auto* target = static_cast<uint32_t*>(to);
  block.tasks(bytes / sizeof(uint32_t), [&](uint32_t i) { target[i] = source[i]; });
}

/// `memory` is on 16 bytes: the plan, its pairs, the draws, the scratch.
SASHIMI_DEVICE void serve(const Arguments& arguments, Shared& shared, unsigned char* memory) {
  Block block;
  const auto* plan = reinterpret_cast<const Plan*>(memory);
  copy_words(block, arguments.plan, memory, sizeof(Plan));
  memory += sizeof(Plan);
  const auto* pairs = reinterpret_cast<const PairPlan*>(memory);
  copy_words(block, arguments.pairs, memory, arguments.num_pairs * sizeof(PairPlan));
  memory += arguments.num_pairs * sizeof(PairPlan);
  Scratch scratch;
  scratch.draws = reinterpret_cast<DrawScratch*>(memory);
  scratch.base = reinterpret_cast<float*>(memory + arguments.slots * sizeof(DrawScratch));
  scratch.stride = plan->scratch_floats;
  Serve(block, arguments, *plan, pairs, shared, scratch).run();
}

}  // namespace sashimi::cuda

extern __shared__ __attribute__((aligned(16))) unsigned char sashimi_memory[];

extern "C" __global__ SASHIMI_LAUNCH_BOUNDS void sashimi_serve(const sashimi::cuda::Arguments arguments) {
  __shared__ sashimi::cuda::Shared shared;
  sashimi::cuda::serve(arguments, shared, sashimi_memory);
}

extern "C" __global__ SASHIMI_LAUNCH_BOUNDS void sashimi_serve_large(const sashimi::cuda::Arguments arguments) {
  __shared__ sashimi::cuda::Shared shared;
  const sashimi::cuda::Block block;
  auto* memory = static_cast<unsigned char*>(arguments.scratch) + block.index() * arguments.memory_bytes;
  sashimi::cuda::serve(arguments, shared, memory);
}
