#include <cstdlib>
#include <cstring>

#include "arena.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace sashimi {

namespace {

#if defined(__linux__)
/// Weights are read from end to end many thousand times a second: in large pages without a look at the page table every
/// 4 KiB, where hardware prefetch stops, too.
constexpr size_t kLargePage = size_t{2} << 20;
#endif

}  // namespace

unsigned char* allocate_block(size_t bytes) {
  size_t alignment = kAlignment;
#if defined(__linux__)
  if (bytes >= kLargePage) alignment = kLargePage;
#endif
  const size_t rounded = align_up(bytes ? bytes : 1, alignment);
  void* block = std::aligned_alloc(alignment, rounded);
  if (!block) return nullptr;
#if defined(__linux__)
  // Advice: where it is not taken, pages are small.
  if (alignment == kLargePage) madvise(block, rounded, MADV_HUGEPAGE);
#endif
  std::memset(block, 0, rounded);
  return static_cast<unsigned char*>(block);
}

void free_block(unsigned char* block) { std::free(block); }

}  // namespace sashimi
