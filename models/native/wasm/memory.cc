#include "../core/arena.h"

/// Heap of the wasm module: blocks from the end of the linear memory, with a list of free ones.
/// First fit, with splitting; blocks are few, large and long-lived.
namespace sashimi {

namespace {

constexpr size_t kPage = 65536;

struct alignas(kAlignment) BlockHeader {
  size_t bytes;  ///< Without the header.
  BlockHeader* next;
};

extern "C" unsigned char __heap_base;

BlockHeader* free_list = nullptr;
size_t heap_end = 0;

/// A fresh block at the end of the memory, which grows when needed; null when it cannot.
BlockHeader* extend(size_t bytes) {
  if (heap_end == 0) heap_end = align_up(reinterpret_cast<size_t>(&__heap_base), kAlignment);
  const size_t end = heap_end + sizeof(BlockHeader) + bytes;
  if (end < heap_end) return nullptr;
  const size_t present = __builtin_wasm_memory_size(0) * kPage;
  if (end > present && __builtin_wasm_memory_grow(0, (end - present + kPage - 1) / kPage) == static_cast<size_t>(-1)) {
    return nullptr;
  }
  auto* block = reinterpret_cast<BlockHeader*>(heap_end);
  block->bytes = bytes;
  heap_end = end;
  return block;
}

/// Keeps the first `bytes` of a free block; what remains is a free block of its own.
void split(BlockHeader* block, size_t bytes) {
  if (block->bytes < bytes + 2 * sizeof(BlockHeader)) return;
  auto* rest = reinterpret_cast<BlockHeader*>(reinterpret_cast<unsigned char*>(block + 1) + bytes);
  rest->bytes = block->bytes - bytes - sizeof(BlockHeader);
  rest->next = block->next;
  block->next = rest;
  block->bytes = bytes;
}

}  // namespace

unsigned char* allocate_block(size_t bytes) {
  bytes = align_up(bytes ? bytes : 1, kAlignment);
  BlockHeader* block = nullptr;
  for (BlockHeader** link = &free_list; *link; link = &(*link)->next) {
    if ((*link)->bytes < bytes) continue;
    block = *link;
    split(block, bytes);
    *link = block->next;
    break;
  }
  if (!block) block = extend(bytes);
  if (!block) return nullptr;
  auto* data = reinterpret_cast<unsigned char*>(block + 1);
  __builtin_memset(data, 0, bytes);
  return data;
}

void free_block(unsigned char* data) {
  if (!data) return;
  BlockHeader* block = reinterpret_cast<BlockHeader*>(data) - 1;
  block->next = free_list;
  free_list = block;
}

}  // namespace sashimi

// The compiler may turn loops and copies into calls of these. With bulk memory most become
// single instructions, and the loops below must not become calls of themselves.
extern "C" {

__attribute__((no_builtin("memset"))) void* memset(void* to, int value, size_t count) {
  auto* bytes = static_cast<unsigned char*>(to);
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<unsigned char>(value);
  return to;
}

__attribute__((no_builtin("memcpy"))) void* memcpy(void* to, const void* from, size_t count) {
  auto* target = static_cast<unsigned char*>(to);
  const auto* source = static_cast<const unsigned char*>(from);
  for (size_t i = 0; i < count; ++i) target[i] = source[i];
  return to;
}

}  // extern "C"
