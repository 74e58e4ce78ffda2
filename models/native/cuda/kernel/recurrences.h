#pragma once

#include "norm.h"
#include "stage.h"
#include "state_space.h"

namespace sashimi::cuda {

/// The state spaces of a tier. Diagonal ones go on chunk by chunk, beside the products of their layer: `Chunk` in plan.h.
class Recurrences : public Stage {
 public:
  using Stage::Stage;

  /// Each warp makes the norm of its voice for itself.
  SASHIMI_DEVICE void run_diagonal(const PhasePlan& phase, const Columns& columns) {
    const uint32_t padded = plan().tiers[phase.tier].padded;
    block_.warps(columns.count * warps_of(padded), [&](const Warp& warp, uint32_t task) {
      const uint32_t slot = columns.slots[divide(task, warps_of(padded))];
      const Slot& voice = voice_of(slot);
      float* at = near_.scratch(slot);
      const float* x = at + plan().tiers[phase.tier].x_at;
      const uint32_t within = chunk_phase(voice, phase);
      Moments moments;
      struct Terms {
        DiagonalTerms diagonal;
        NormTerms norm;
      };
      warp.meanwhile(
          [&](uint32_t lane) {
            // Lanes beyond the last channel read what their own warp has.
            const uint32_t h = task * 32 + (task * 32 + lane < padded ? lane : 0);
            return Terms{diagonal_terms(phase.ssm, state_of(slot), h, within), norm_terms(phase.norm, h)};
          },
          [&] { moments = moments_of(phase.norm, warp, x); },
          [&](uint32_t lane, const Terms& terms) {
            const uint32_t h = task * 32 + lane;
            if (h >= padded) return;
            const float u = normalised(terms.norm, moments, x[h]);
            at[plan().normed_at + h] = u;
            at[plan().wide_at + h] = diagonal_output(phase.ssm, state_of(slot), h, within, u, terms.diagonal);
            if (phase.save) at[phase.save + h] = x[h];
          });
    });
  }

  /// The norm before a rank-one state space.
  SASHIMI_DEVICE void normalise(const PhasePlan& phase, const Columns& columns) {
    block_.warps(columns.count, [&](const Warp& warp, uint32_t c) {
      float* at = near_.scratch(columns.slots[c]);
      const float* x = at + plan().tiers[phase.tier].x_at;
      const Moments moments = moments_of(phase.norm, warp, x);
      warp.each(phase.norm.padded, [&](uint32_t i) {
        at[plan().normed_at + i] = normalised(norm_terms(phase.norm, i), moments, x[i]);
        if (phase.save) at[phase.save + i] = x[i];
      });
    });
  }

  SASHIMI_DEVICE void run_rank_one(const PhasePlan& phase, const Columns& columns) {
    each_channel(phase, columns, phase.ssm.slices, [&](const Warp&, uint32_t slot, uint32_t h, uint32_t slice) {
      const uint32_t padded = plan().tiers[phase.tier].padded;
      float* at = near_.scratch(slot);
      advance_rank_one(phase.ssm, state_of(slot), h, slice, at[plan().normed_at + h],
                       at + plan().responses_at + slice * 2 * padded + h, padded);
    });
  }

  SASHIMI_DEVICE void sum_rank_one(const PhasePlan& phase, const Columns& columns) {
    each_channel(phase, columns, 1, [&](const Warp&, uint32_t slot, uint32_t h, uint32_t) { sum_channel(phase, slot, h); });
  }

  /// Tasks of a warp each that go on with what ends a chunk beside a product.
  SASHIMI_DEVICE uint32_t chunk_tasks(const PhasePlan& phase, const Columns& columns) const {
    if (phase.chunk == Chunk::none) return 0;
    bool is_any = false;
    for (uint32_t c = 0; c < columns.count; ++c) is_any = is_any || ends_chunk(voice_of(columns.slots[c]), phase);
    return is_any ? columns.count * chunk_parts(phase) * warps_of(plan().tiers[phase.tier].padded) : 0;
  }

  /// Task `task` of these, beside product `index`.
  SASHIMI_DEVICE void run_chunk(const Warp& warp, uint32_t index, uint32_t columns_of, uint32_t task) {
    const PhasePlan& phase = phase_at(index);
    const Columns& columns = near_.columns(columns_of);
    const StateSpacePlan& ssm = phase.ssm;
    const uint32_t padded = plan().tiers[phase.tier].padded;
    const uint32_t slot = columns.slots[divide(task, chunk_parts(phase) * warps_of(padded))];
    const Slot& voice = voice_of(slot);
    if (!ends_chunk(voice, phase)) return;
    const uint32_t part = divide(task, warps_of(padded));
    float* at = near_.scratch(slot);
    each_lane(warp, task, padded, [&](uint32_t h) {
      float* responses = at + plan().responses_at + h;
      if (phase.chunk == Chunk::parts) {
        advance_chunk(ssm, state_of(slot), h, part, at[plan().normed_at + h], responses + part * kChunk * padded, padded);
      } else {
        channel_state(ssm, state_of(slot), h)[(kChunk - 1 + part) * kLanes] = sum_of_slices(ssm, responses + part * padded, kChunk * padded);
      }
    });
  }

 private:
  SASHIMI_DEVICE void sum_channel(const PhasePlan& phase, uint32_t slot, uint32_t h) {
    const uint32_t padded = plan().tiers[phase.tier].padded;
    float* at = near_.scratch(slot);
    const float* sums = at + plan().responses_at + h;
    const float y = fused(read_number(coefficients_of(phase.ssm, h)), at[plan().normed_at + h], sum_of_slices(phase.ssm, sums, 2 * padded));
    at[plan().wide_at + h] = gelu(y);
    channel_state(phase.ssm, state_of(slot), h)[0] = sum_of_slices(phase.ssm, sums + padded, 2 * padded);
  }

  SASHIMI_DEVICE static uint32_t chunk_phase(const Slot& voice, const PhasePlan& phase) {
    return (static_cast<uint32_t>(voice.tier_frames[phase.tier]) + phase.layer) % kChunk;
  }
  SASHIMI_DEVICE static bool ends_chunk(const Slot& voice, const PhasePlan& phase) { return chunk_phase(voice, phase) + 1 == kChunk; }

  SASHIMI_DEVICE static uint32_t chunk_parts(const PhasePlan& phase) { return phase.chunk == Chunk::sums ? kChunk : phase.ssm.slices; }
};

/// Task `task` of chunk_tasks, beside product `index`.
SASHIMI_APART void run_chunk_apart(Block& block, Warp warp, uint32_t ensemble, uint32_t index, uint32_t columns, uint32_t task) {
  Recurrences(block, ensemble).run_chunk(warp, index, columns, task);
}

}  // namespace sashimi::cuda
