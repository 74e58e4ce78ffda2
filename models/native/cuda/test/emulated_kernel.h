#pragma once

#include <cstring>
#include <memory>
#include <vector>

#include "../kernel/serve.h"

namespace sashimi::cuda {

/// Block `index` of a launch, on this thread. What is not initialised on a GPU is full of numbers that are none here.
inline void run_block(const Arguments& arguments, uint32_t index, EmulatedThreads threads) {
  std::vector<Quad> memory(arguments.memory_bytes / sizeof(Quad));
  std::memset(static_cast<void*>(memory.data()), 0xFF, memory.size() * sizeof(Quad));
  Block block(index, reinterpret_cast<unsigned char*>(memory.data()), threads);
  Serve(block, arguments).run();
}

}  // namespace sashimi::cuda
