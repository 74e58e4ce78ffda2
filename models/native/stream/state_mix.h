#pragma once

#include <cstddef>
#include <cstring>

#include "../core/real.h"
#include "../core/snapshot_range.h"

namespace sashimi {

/// Writes the memory of `tiers` (bit k is tier k), mixed from `a` and `b`, into the snapshot `into`:
/// models/state/mix-states.ts says how, and is its twin. All three are aligned to Real.
inline void mix_states(const SnapshotRange* ranges, size_t num_ranges, const unsigned char* a, const unsigned char* b,
                       double position, uint32_t tiers, unsigned char* into) {
  const unsigned char* const nearer = position < 0.5 ? a : b;
  const bool is_copy = position <= 0.0 || position >= 1.0 || a == b;
  for (size_t i = 0; i < num_ranges; ++i) {
    const SnapshotRange& range = ranges[i];
    if (range.tier >= 32 || (tiers >> range.tier & 1U) == 0) continue;
    if (is_copy || range.is_mixed == 0) {
      std::memcpy(into + range.offset, nearer + range.offset, range.bytes);
      continue;
    }
    const auto* const x = reinterpret_cast<const Real*>(a + range.offset);
    const auto* const y = reinterpret_cast<const Real*>(b + range.offset);
    auto* const mixed = reinterpret_cast<Real*>(into + range.offset);
    for (size_t k = 0; k < range.bytes / sizeof(Real); ++k) {
      mixed[k] = static_cast<Real>((1.0 - position) * static_cast<double>(x[k]) + position * static_cast<double>(y[k]));
    }
  }
}

}  // namespace sashimi
