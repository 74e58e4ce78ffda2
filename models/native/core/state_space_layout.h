#pragma once

#include "../kernels/kernels.h"
#include "arena.h"

namespace sashimi {

/// Coefficients as a bundle has them: (H, N, 2) each, and D (H). All null while memory is measured.
struct DiagonalSource {
  const float* a = nullptr;
  const float* c = nullptr;
  const float* skip = nullptr;
};
struct RankOneSource {
  const float* a = nullptr;
  const float* b = nullptr;
  const float* p = nullptr;
  const float* q = nullptr;
  const float* c = nullptr;
  const float* skip = nullptr;
};

/// Lay a state space out for the kernels, `StateSpace` in kernels.h, in memory of `arena`. The powers and kernels of
/// the diagonal form are computed in float64. `has_short_outputs` keeps what makes outputs of states as bfloat16: as
/// coarse as quantised matrices, and half the memory; poles stay in float.
StateSpace lay_out_diagonal(Arena& arena, size_t width, size_t pairs, bool has_short_outputs,
                            const DiagonalSource& source);
StateSpace lay_out_rank_one(Arena& arena, size_t width, size_t pairs, const RankOneSource& source);

}  // namespace sashimi
