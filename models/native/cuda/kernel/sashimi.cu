/// The kernel of sashimi.ptx: ../build.sh.
#include "serve.h"

extern "C" __global__ SASHIMI_LAUNCH_BOUNDS void sashimi_serve(const sashimi::cuda::Arguments arguments) {
  sashimi::cuda::Block block;
  sashimi::cuda::Serve(block, arguments).run();
}
