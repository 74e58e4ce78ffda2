/// The kernels of sashimi.ptx: ../build.sh. They differ in where the scratch of the voices lies, so that the compiler knows.
#include "serve.h"

namespace sashimi::cuda {

SASHIMI_DEVICE void serve(const Arguments& arguments, Shared& shared, unsigned char* memory) {
  Block block;
  Serve(block, arguments, shared, memory).run();
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
