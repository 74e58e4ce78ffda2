#pragma once

#include "multiply.h"
#include "recurrences.h"
#include "windows.h"

namespace sashimi::cuda {

/// Products of matrices, and what becomes of them.
class Products : public Stage {
 public:
  SASHIMI_DEVICE Products(Block& block, uint32_t ensemble)
      : Stage(block, ensemble), windows_(block, ensemble), recurrences_(block, ensemble) {}

  /// A product of all of `columns`, and the state spaces beside it.
  template <Then kThen, Format kFormat>
  SASHIMI_DEVICE void run_product(uint32_t index, uint32_t columns_of) {
    const PhasePlan& phase = phase_at(index);
    const Columns& columns = near_.columns(columns_of);
    constexpr bool kHasChunks = kThen == Then::gelu || kThen == Then::residual;
    const MatrixPlan& matrix = phase.matrix;
    constexpr uint32_t kAtOnce = columns_at_once(kFormat);
    const uint32_t groups = (columns.count + kAtOnce - 1) / kAtOnce;
    const uint32_t products = matrix.tasks * groups;
    block_.warps(products + (kHasChunks ? recurrences_.chunk_tasks(phase, columns) : 0), [&](const Warp& warp, uint32_t task) {
      if constexpr (kHasChunks) {
        if (task >= products) return run_chunk_apart(block_, warp, ensemble_, index, columns_of, task - products);
      }
      const uint32_t first = divide(task, matrix.tasks) * kAtOnce;
      if (kAtOnce == 1 || columns.count - first == 1) multiply_columns<1, kThen, kFormat>(warp, phase, columns.slots + first, task);
      else multiply_columns<kAtOnce, kThen, kFormat>(warp, phase, columns.slots + first, task);
    });
  }

 private:
  /// What a lane of a product reads before anything else: it takes longest to come.
  template <Format kFormat>
  struct Early {
    TwoSteps<kFormat> words;
    OutputTerms terms;
    OutputTerms gate_terms;  ///< Of a GLU.
  };

  template <uint32_t kColumns, Then kThen, Format kFormat>
  SASHIMI_DEVICE void multiply_columns(const Warp& warp, const PhasePlan& phase, const uint32_t* slots, uint32_t task) {
    constexpr bool kIsGlu = kThen == Then::glu;
    constexpr bool kHasNorm = kThen == Then::gelu;
    const MatrixPlan& matrix = phase.matrix;
    Operands<kColumns> operands;
    for (uint32_t c = 0; c < kColumns; ++c) operands.x[c] = near_.scratch(slots[c]) + phase.from;
    warp.template gather<kColumns>(
        1U << matrix.lanes_log2, kIsGlu,
        [&](uint32_t lane) {
          Early<kFormat> early;
          early.words = read_first<kFormat>(matrix, task, lane);
          const LaneShare share = share_of(matrix, task, lane);
          early.terms = terms_of<kFormat>(matrix, row_of<kIsGlu>(matrix, share.quad, share.kept));
          if constexpr (kIsGlu) early.gate_terms = terms_of<kFormat>(matrix, row_of<true>(matrix, share.quad, share.kept ^ 2U));
          return early;
        },
        [&] {
          if constexpr (kHasNorm) prepare_norm<kColumns>(warp, phase, slots, task == 0, operands);
        },
        [&](uint32_t lane, Numbers<4 * kColumns>& sums, const Early<kFormat>& early) {
          multiply<kColumns, kHasNorm, kFormat>(matrix, operands, task, lane, early.words, sums);
        },
        [&](uint32_t lane, const Numbers<kColumns>& sums, const Numbers<kColumns>& others, const Early<kFormat>& early) {
          const LaneShare share = share_of(matrix, task, lane);
          if (share.quad >= matrix.out / 4 || (kIsGlu && share.kept >= 2)) return;
          const uint32_t row = row_of<kIsGlu>(matrix, share.quad, share.kept);
          // Lanes that have the same sums take a voice each, as far as they go.
          const uint32_t alike = share.lanes / 4;
          for (uint32_t c = share.split & (alike - 1); c < kColumns; c += alike) {
            const float value = output_of<kFormat>(early.terms, c == 0 ? sums.v[0] : sums.v[kColumns - 1]);
            if constexpr (kIsGlu) {
              const float gate = output_of<kFormat>(early.gate_terms, c == 0 ? others.v[0] : others.v[kColumns - 1]);
              finish_glu(phase, slots[c], row, value, gate);
            } else {
              finish_row<kThen>(phase, slots[c], row, value);
            }
          }
        });
  }

  template <uint32_t kColumns>
  SASHIMI_DEVICE void prepare_norm(const Warp& warp, const PhasePlan& phase, const uint32_t* slots, bool saves,
                                   Operands<kColumns>& operands) {
    operands.gain = phase.norm.gain;
    operands.offset = phase.norm.offset;
    for (uint32_t c = 0; c < kColumns; ++c) {
      const float* x = operands.x[c];
      operands.moments[c] = moments_of(phase.norm, warp, x);
      if (!saves || !phase.save) continue;
      float* saved = near_.scratch(slots[c]) + phase.save;
      warp.each(phase.norm.padded, [&](uint32_t i) { saved[i] = x[i]; });
    }
  }

  SASHIMI_DEVICE void finish_glu(const PhasePlan& phase, uint32_t slot, uint32_t h, float value, float gate) {
    float* at = near_.scratch(slot);
    float& x = at[plan().tiers[phase.tier].x_at + h];
    const float total = fused(value, sigmoid(gate), x);
    x = phase.add ? total + at[phase.add + h] : total;
  }

  template <Then kThen>
  SASHIMI_DEVICE void finish_row(const PhasePlan& phase, uint32_t slot, uint32_t row, float value) {
    float* at = near_.scratch(slot);
    if constexpr (kThen == Then::gelu) {
      at[plan().wide_at + row] = gelu(value);
    } else if constexpr (kThen == Then::rarer) {
      if (phase.then == Then::frame) windows_.enter(slot, phase.tier, row, windows_.steered(slot, phase.tier, row, value));
      else if (phase.then == Then::queue) state_of(slot)[plan().tiers[phase.tier - 1].queue_at + row] = value;
      else at[plan().logits_at + row] = row < plan().levels ? value : float_of(0xFF800000U);
    } else {
      float& x = at[plan().tiers[phase.tier].x_at + row];
      const float total = x + value;
      x = phase.add ? total + at[phase.add + row] : total;
    }
  }

  Windows windows_;
  Recurrences recurrences_;
};

}  // namespace sashimi::cuda
