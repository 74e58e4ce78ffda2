#pragma once

#include <stddef.h>
#include <stdint.h>

namespace sashimi {

/// One stretch of a snapshot that belongs to the memory of one tier: models/state/snapshot-layout.ts says what that means.
struct SnapshotRange {
  uint32_t tier = 0;
  uint32_t is_mixed = 0;
  size_t offset = 0;  ///< Bytes.
  size_t bytes = 0;
};

}  // namespace sashimi
