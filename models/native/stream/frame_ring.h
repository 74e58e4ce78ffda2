#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace sashimi {

/// Single-producer single-consumer ring of float frames. Positions count frames since the start
/// and never wrap. Neither side waits; the memory is allocated once, by the constructor.
class FrameRing {
 public:
  /// Holds at least `min_frames`.
  explicit FrameRing(size_t min_frames) : mask_(power_of_two(min_frames) - 1), frames_(new float[mask_ + 1]()) {}

  size_t capacity() const { return mask_ + 1; }

  /// Position after the last frame written. Both sides.
  uint64_t written() const { return written_.load(std::memory_order_acquire); }
  /// Position of the next frame to read. Both sides.
  uint64_t taken() const { return taken_.load(std::memory_order_seq_cst); }

  /// Producer. The caller has checked that the reader has left room for `count`.
  void write(const float* from, size_t count) {
    const uint64_t at = written_.load(std::memory_order_relaxed);
    for (size_t i = 0; i < count; ++i) frames_[(at + i) & mask_] = from[i];
    written_.store(at + count, std::memory_order_release);
  }

  /// Reader. Fills out[0..n) and returns n <= count.
  size_t read(float* out, size_t count) {
    const uint64_t at = taken_.load(std::memory_order_relaxed);
    const uint64_t ready = written() - at;
    const size_t n = ready < count ? static_cast<size_t>(ready) : count;
    for (size_t i = 0; i < n; ++i) out[i] = frames_[(at + i) & mask_];
    taken_.store(at + n, std::memory_order_seq_cst);
    return n;
  }

  /// Reader. Drops everything before `position`, which has been written.
  void skip_to(uint64_t position) { taken_.store(position, std::memory_order_seq_cst); }

 private:
  static size_t power_of_two(size_t at_least) {
    size_t size = 1;
    while (size < at_least) size *= 2;
    return size;
  }

  const size_t mask_;
  const std::unique_ptr<float[]> frames_;
  // On lines of their own, so that the two sides do not slow each other down.
  alignas(64) std::atomic<uint64_t> written_{0};
  alignas(64) std::atomic<uint64_t> taken_{0};
};

}  // namespace sashimi
