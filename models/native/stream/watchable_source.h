#pragma once

#include "frame_source.h"

namespace sashimi {

/// A source that can be watched: it tells how surprising its draws were, and its states may go on at another time.
class WatchableSource : public FrameSource {
 public:
  /// Since it was made, in 1/256 bit; no reset and no restore touches it.
  virtual uint64_t surprise() const = 0;
  /// Draws from what was no prediction, since it was made.
  virtual uint64_t faulty_draws() const = 0;
  /// The snapshot goes on as frame `frame`, congruent to its own modulo the length of a window.
  virtual void restore_as(const unsigned char* from, uint64_t frame) = 0;
};

}  // namespace sashimi
