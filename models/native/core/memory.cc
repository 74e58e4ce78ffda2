#include <cstdlib>
#include <cstring>

#include "arena.h"

namespace sashimi {

unsigned char* allocate_block(size_t bytes) {
  const size_t rounded = align_up(bytes ? bytes : 1, kAlignment);
  void* block = std::aligned_alloc(kAlignment, rounded);
  if (block) std::memset(block, 0, rounded);
  return static_cast<unsigned char*>(block);
}

void free_block(unsigned char* block) { std::free(block); }

}  // namespace sashimi
