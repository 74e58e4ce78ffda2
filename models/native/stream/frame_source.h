#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/sampling.h"

namespace sashimi {

/// What a run-ahead thread steps. Called by that thread alone, apart from `snapshot_bytes`. Nothing
/// here may allocate, lock or throw.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual void reset(uint32_t seed) = 0;
  /// Writes `num_frames` to `out`.
  virtual void step(float* out, size_t num_frames, const Sampling& sampling) = 0;

  /// Bytes of one snapshot, always the same; 0 when the source cannot go back.
  virtual size_t snapshot_bytes() const { return 0; }
  /// Writes all that the next frames depend on, control values apart.
  virtual void snapshot(unsigned char* /*into*/) const {}
  /// From here on the very frames that followed the snapshot, as long as the control values are the same.
  virtual void restore(const unsigned char* /*from*/) {}

  // Snapshots by number, of which a source may keep what is far from this processor where it is.

  /// Of numbers below `count`. Before the thread starts; allocates. False when there is no memory.
  virtual bool reserve_marks(size_t /*count*/) { return true; }
  /// As `snapshot`, but for `return_to` with this number alone, until the next mark of it.
  virtual void mark(size_t /*number*/, unsigned char* into) { snapshot(into); }
  /// As `restore`, from what `mark` wrote. False, and nothing changed, when what the source has kept is lost.
  virtual bool return_to(size_t /*number*/, const unsigned char* from) {
    restore(from);
    return true;
  }
};

}  // namespace sashimi
