#pragma once

#include <cstdint>

namespace sashimi {

/// What was said up to a read, handed over at its end.
struct HandOver {
  uint64_t read = 0;      ///< Its number since the stream was opened.
  uint64_t position = 0;  ///< Of the next frame, in its stream: nothing applies before it.
};

}  // namespace sashimi
