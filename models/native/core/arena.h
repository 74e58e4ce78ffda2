#pragma once

#include <stddef.h>
#include <stdint.h>

namespace sashimi {

/// Every array starts on a cache line, which is also the widest vector.
inline constexpr size_t kAlignment = 64;

inline constexpr size_t align_up(size_t value, size_t to) { return (value + to - 1) / to * to; }

/// Zeroed memory on a cache line; null when there is none left. Defined per platform
/// (memory.cc, wasm/memory.cc): the core itself links against no C++ library.
unsigned char* allocate_block(size_t bytes);
void free_block(unsigned char* block);

/// Owns one block of aligned, zeroed memory. Move-only.
class AlignedBlock {
 public:
  AlignedBlock() = default;
  explicit AlignedBlock(size_t bytes) : data_(allocate_block(bytes)), bytes_(data_ ? bytes : 0) {}
  ~AlignedBlock() { free_block(data_); }
  AlignedBlock(const AlignedBlock&) = delete;
  AlignedBlock& operator=(const AlignedBlock&) = delete;
  AlignedBlock(AlignedBlock&& other) noexcept : data_(other.data_), bytes_(other.bytes_) {
    other.data_ = nullptr;
    other.bytes_ = 0;
  }
  AlignedBlock& operator=(AlignedBlock&& other) noexcept {
    if (this != &other) {
      free_block(data_);
      data_ = other.data_;
      bytes_ = other.bytes_;
      other.data_ = nullptr;
      other.bytes_ = 0;
    }
    return *this;
  }

  unsigned char* data() { return data_; }
  const unsigned char* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  unsigned char* data_ = nullptr;
  size_t bytes_ = 0;
};

/// Hands out aligned arrays from one block, front to back. Without a block it only measures,
/// so the same layout function first tells the size and then places the arrays.
class Arena {
 public:
  Arena() = default;
  explicit Arena(AlignedBlock& block) : base_(block.data()) {}

  bool placing() const { return base_ != nullptr; }
  size_t used() const { return used_; }

  /// `count` elements of T, zero-filled; null while measuring. T must be trivially copyable.
  template <class T>
  T* take(size_t count) {
    unsigned char* at = base_ ? base_ + used_ : nullptr;
    used_ += align_up(count * sizeof(T), kAlignment);
    return reinterpret_cast<T*>(at);
  }

 private:
  unsigned char* base_ = nullptr;
  size_t used_ = 0;
};

}  // namespace sashimi
