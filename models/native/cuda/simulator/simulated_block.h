#pragma once

#include "../kernel/serve.h"
#include "multiprocessor.h"

namespace sashimi::cuda {

/// Block `index` of a launch, by the machine code that SASHIMI_SIMULATOR_CODE names. As run_block of ../test/emulated_kernel.h.
inline void run_block(const Arguments& arguments, uint32_t index, EmulatedThreads) {
  static const simulator::Program program = simulator::parse(std::getenv("SASHIMI_SIMULATOR_CODE"));
  simulator::Multiprocessor(program, &arguments, sizeof arguments, 32 * kWarps, arguments.memory_bytes, index).run();
}

}  // namespace sashimi::cuda
