#pragma once

#include "plan.h"

namespace sashimi::cuda {

/// Weights that are summed one after the other: kBlock of TokenDraw.
inline constexpr uint32_t kSumBlock = 16;
inline constexpr uint32_t kSumBlocks = kMaxLevels / kSumBlock;

/// What the draw of one voice keeps between its phases.
struct alignas(16) DrawScratch {
  double weights[kMaxLevels];    ///< Of an id, at the order's temperature; then 0 for what is cut.
  double plain[kMaxLevels];      ///< Of an id at temperature 1, 0 for what topK cuts: the nucleus is found by these. Then sums of
                                 ///< `weights` from the beginning of a block on.
  double ranked[kMaxLevels];     ///< The same, of a rank.
  double id_sums[kSumBlocks];    ///< Of blocks in the order of ids.
  double rank_sums[kSumBlocks];  ///< In the order of ranks.
  double uniform;
  double share;  ///< Of a member of a mixture: its weight, over the sum of its weights.
  float peak;    ///< The same: its largest logit.
  uint32_t ranks[kMaxLevels];  ///< Of an id.
  uint32_t best;
  uint32_t kept;  ///< Ranks that topK and topP leave.
  uint32_t is_faulty;
};

/// A block's memory has what its threads share, the plan of each ensemble and its phases, then the draws and the scratch of its
/// slots.
static_assert(sizeof(Plan) % 16 == 0 && sizeof(PhasePlan) % 16 == 0 && sizeof(DrawScratch) % 16 == 0);

}  // namespace sashimi::cuda
