#pragma once

#include "norm.h"
#include "stage.h"
#include "state_space.h"

namespace sashimi::cuda {

/// The state spaces of a tier. Diagonal ones go on chunk by chunk, beside the products of their layer: `Chunk` in plan.h.
class Recurrences : public Stage {
 public:
  using Stage::Stage;

  /// Each warp makes the norm of its voice for itself. `voice_of_column(c)` is Here, of `count`.
  template <class F>
  SASHIMI_DEVICE void run_diagonal(const PhasePlan& phase, uint32_t count, uint32_t padded, const F& voice_of_column) {
    const uint32_t each = warps_of(padded);
    block_.warps(count * each, [&](const Warp& warp, uint32_t task) {
      const Here voice = voice_of_column(divide(task, each));
      float* at = scratch_of(voice);
      const float* x = at + phase.from;
      const uint32_t within = (voice.frames + phase.layer) % kChunk;
      Moments moments;
      struct Terms {
        DiagonalTerms diagonal;
        NormTerms norm;
      };
      warp.meanwhile(
          [&](uint32_t lane) {
            // Lanes beyond the last channel read what their own warp has.
            const uint32_t h = task * 32 + (task * 32 + lane < padded ? lane : 0);
            return Terms{diagonal_terms(phase.ssm, voice.state, h, within), norm_terms(phase.norm, h)};
          },
          [&] { moments = moments_of(phase.norm, warp, x); },
          [&](uint32_t lane, const Terms& terms) {
            const uint32_t h = task * 32 + lane;
            if (h >= padded) return;
            const float u = normalised(terms.norm, moments, x[h]);
            at[plan().normed_at + h] = u;
            at[phase.to + h] = diagonal_output(phase.ssm, voice.state, h, within, u, terms.diagonal);
            if (phase.save) at[phase.save + h] = x[h];
          });
    });
  }

  /// The norm before a rank-one state space.
  SASHIMI_DEVICE void normalise(const PhasePlan& phase, const Columns& columns) {
    block_.warps(columns.count, [&](const Warp& warp, uint32_t c) {
      float* at = near_.scratch(columns.slots[c]);
      const float* x = at + phase.from;
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

  /// Whether a frame of a voice ends a chunk, which then goes on beside the products of `phase`.
  SASHIMI_DEVICE static bool ends_chunk(const Here& voice, const PhasePlan& phase) { return (voice.frames + phase.layer + 1) % kChunk == 0; }

  /// Of a voice that ends a chunk, channels from 32 * stretch on: part `part` of its pairs, or the sum of the parts of one frame.
  template <Chunk kChunkWork>
  SASHIMI_DEVICE void run_chunk(const Warp& warp, const PhasePlan& phase, const Here& voice, uint32_t padded, uint32_t part, uint32_t stretch) {
    const StateSpacePlan& ssm = phase.ssm;
    float* at = scratch_of(voice);
    each_lane(warp, stretch, padded, [&](uint32_t h) {
      float* responses = at + plan().responses_at + h;
      if constexpr (kChunkWork == Chunk::parts) {
        advance_chunk(ssm, voice.state, h, part, at[plan().normed_at + h], responses + part * kChunk * padded, padded);
      } else {
        channel_state(ssm, voice.state, h)[(kChunk - 1 + part) * kLanes] = sum_of_slices(ssm, responses + part * padded, kChunk * padded);
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
};

}  // namespace sashimi::cuda
