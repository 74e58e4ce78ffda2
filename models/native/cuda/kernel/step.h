#pragma once

#include "products.h"

namespace sashimi::cuda {

/// Which tiers of a voice run at its next frame, and whether it takes a token in: one whose last token was forced draws first
/// and consumes nothing.
SASHIMI_DEVICE void begin_frame(const Plan& plan, Slot& voice, bool is_forcing) {
  voice.consumes = voice.is_active && (is_forcing || !voice.is_forced) ? 1 : 0;
  voice.depth = 0;
  if (!voice.consumes) return;
  while (voice.depth + 1 < plan.num_tiers && voice.places[voice.depth] + 1 == plan.tiers[voice.depth].pool) ++voice.depth;
}

/// After a frame.
SASHIMI_DEVICE void pass_frame(const Plan& plan, Slot& voice) {
  ++voice.frame;
  if (!voice.consumes) return;
  ++voice.consumed;
  for (uint32_t k = 0; k <= voice.depth; ++k) {
    ++voice.tier_frames[k];
    voice.places[k] = voice.places[k] + 1 == plan.tiers[k].pool ? 0 : voice.places[k] + 1;
  }
}

/// The model, one frame of all voices of an ensemble at a time: Backbone of ../../core/backbone.h, phase by phase as the plan
/// has them. A phase costs more than what is done in it, so phases do what they can: a norm is made by each warp that needs it,
/// sums are added within a warp, and what becomes of them is done by the lanes that have them.
class Step : public Stage {
 public:
  SASHIMI_DEVICE Step(Block& block, uint32_t ensemble) : Stage(block, ensemble), team_(block), windows_(block, ensemble) {}

  /// After `begin_frame` of all voices: takes their tokens in. With `predicts` their logits are made too.
  SASHIMI_DEVICE void run(bool predicts) {
    gather();
    const uint32_t num_segments = plan().num_segments - (predicts ? 0 : 1);
    for (uint32_t s = 0; s < num_segments; ++s) {
      // All of it at once.
      const Segment segment = plan().segments[s];
      if (!team_.has(segment.tier) || near_.columns(segment.columns).count == 0) continue;
      if (!segment.goes_up) come_down(segment.tier);
      for (uint32_t i = segment.begin; i < segment.end;) i = run_from(i, segment.columns);
      if (segment.goes_up) {
        if (team_.is_handed(segment.tier)) team_.give_back();
      } else if (team_.hands_on(plan(), segment.tier) && near_.columns(segment.tier + 1).count > 0) {
        team_.hand_on();
      }
    }
  }

  /// Phase `index` of the plan, of the voices of `columns`: what it does, of a kind that is known. run_apart makes a function of each.
  template <Work kWork>
  SASHIMI_DEVICE void work(uint32_t index, uint32_t columns_of) {
    const PhasePlan& phase = phase_at(index);
    const Columns& columns = near_.columns(columns_of);
    if constexpr (kWork == Work::embed) {
      each_channel(phase, columns, 1, [&](const Warp&, uint32_t slot, uint32_t h, uint32_t) { windows_.embed(slot, h); });
    } else if constexpr (kWork == Work::fill) {
      each_channel(phase, columns, 1, [&](const Warp&, uint32_t slot, uint32_t h, uint32_t) {
        float& x = near_.scratch(slot)[plan().tiers[phase.tier].x_at + h];
        x = windows_.filled(slot, phase.tier, h, x);
      });
    } else if constexpr (kWork == Work::normalise) {
      Recurrences(block_, ensemble_).normalise(phase, columns);
    } else if constexpr (kWork == Work::rank_one) {
      Recurrences(block_, ensemble_).run_rank_one(phase, columns);
    } else if constexpr (kWork == Work::rank_one_sum) {
      Recurrences(block_, ensemble_).sum_rank_one(phase, columns);
    } else {
      finish(phase, columns);
    }
  }

 private:
  /// Phase `index`, or the stretch that begins with it: the phase behind.
  SASHIMI_DEVICE uint32_t run_from(uint32_t index, uint32_t columns);

  /// What other blocks of the team have made for a frame of `tier` is there, and the windows that it takes in are in the scratch.
  SASHIMI_DEVICE void come_down(uint32_t tier) {
    team_.meet(plan(), tier);
    if (!team_.is_handed(tier)) return;
    const TierPlan& above = plan().tiers[tier - 1];
    const Columns& columns = near_.columns(tier);
    const uint32_t floats = above.pool * above.padded;
    block_.tasks(columns.count * floats, [&](uint32_t i) {
      const uint32_t slot = columns.slots[divide(i, floats)];
      (near_.scratch(slot) + windows_.window_of(tier - 1))[i] = memory_of(slot)[above.handed_at + i];
    });
  }

  /// The voices of every tier, and where their inputs stand.
  SASHIMI_DEVICE void gather() {
    const Ensemble& voices = near_.shared().ensembles[ensemble_].given;
    const uint32_t num_tiers = plan().num_tiers;
    block_.tasks(num_tiers + 1 + voices.num_slots * plan().num_inputs, [&](uint32_t i) {
      if (i > num_tiers) {
        i -= num_tiers + 1;
        return meet(voice_of(voices.first_slot + i % voices.num_slots), i / voices.num_slots);
      }
      Columns& columns = near_.shared().columns[i == num_tiers ? kActive : i];
      uint32_t count = 0;
      for (uint32_t slot = voices.first_slot; slot < voices.first_slot + voices.num_slots; ++slot) {
        const Slot& voice = voice_of(slot);
        if (i == num_tiers ? voice.is_active : voice.consumes && voice.depth >= i) columns.slots[count++] = slot;
      }
      columns.count = count;
    });
  }

  /// Where input `i` of a voice stands, and which tiers have not met its row yet. A tier runs at the sample that closes its
  /// window, which is the frame at hand.
  SASHIMI_DEVICE void meet(Slot& voice, uint32_t i) {
    const auto hop = static_cast<uint32_t>(plan().inputs[i].hop);
    const uint32_t since = voice.inputs[i].start + static_cast<uint32_t>(voice.frame - voice.first_frame);
    voice.inputs[i].row = since / hop;
    const uint32_t within = since % hop;
    uint32_t is_fresh = 0;
    for (uint32_t k = 0; k < plan().num_tiers; ++k) {
      const uint64_t pooled = plan().tiers[k].pooled;
      if (voice.frame < voice.first_consumed + pooled || within < pooled) is_fresh |= 1U << k;
    }
    voice.inputs[i].is_fresh = is_fresh;
  }

  /// Of a voice that consumed nothing the output is that of its last frame.
  SASHIMI_DEVICE void finish(const PhasePlan& phase, const Columns& columns) {
    constexpr uint32_t kEarly = 4;
    struct Early {
      NormTerms terms[kEarly];
    };
    const uint32_t padded = phase.norm.padded;
    block_.warps(columns.count, [&](const Warp& warp, uint32_t c) {
      const Slot& voice = voice_of(columns.slots[c]);
      float* at = near_.scratch(columns.slots[c]);
      const float* x = at + plan().tiers[0].x_at;
      float* features = state_of(columns.slots[c]) + plan().features_at;
      Moments moments = {0.0F, 0.0F};
      const auto finish_one = [&](uint32_t i, const NormTerms& terms) {
        if (voice.consumes) features[i] = normalised(terms, moments, x[i]);
        at[plan().normed_at + i] = features[i];
      };
      warp.meanwhile(
          [&](uint32_t lane) {
            Early early;
            for (uint32_t turn = 0; turn < kEarly; ++turn) early.terms[turn] = norm_terms(phase.norm, lane + turn * 32 < padded ? lane + turn * 32 : 0);
            return early;
          },
          [&] {
            if (voice.consumes) moments = moments_of(phase.norm, warp, x);
          },
          [&](uint32_t lane, const Early& early) {
            for (uint32_t turn = 0; turn < kEarly; ++turn) {
              if (lane + turn * 32 < padded) finish_one(lane + turn * 32, early.terms[turn]);
            }
SASHIMI_UNROLL(1)
            for (uint32_t i = lane + kEarly * 32; i < padded; i += 32) finish_one(i, norm_terms(phase.norm, i));
          });
    });
  }

  Team team_;
  Windows windows_;
};

template <Work kWork>
SASHIMI_APART void run_apart(Block& block, uint32_t ensemble, uint32_t index, uint32_t columns) {
  Step(block, ensemble).work<kWork>(index, columns);
}

template <Format kFormat, uint32_t kColumns, bool kIsOfLayers>
SASHIMI_APART void run_stretch_apart(Block& block, uint32_t ensemble, uint32_t index, uint32_t columns) {
  Products<kFormat, kColumns, kIsOfLayers>(block, ensemble).run(index, columns);
}

template <Format kFormat>
SASHIMI_DEVICE void run_stretch(Block& block, uint32_t ensemble, uint32_t index, uint32_t columns) {
  const Near near(block);
  const uint32_t count = near.columns(columns).count;
  if (!near.phase(near.shared().ensembles[ensemble].phases_at, index).stretch.is_of_layers) {
    if (count == 1) return run_stretch_apart<kFormat, 1, false>(block, ensemble, index, columns);
    return run_stretch_apart<kFormat, kMaxSlots, false>(block, ensemble, index, columns);
  }
  // A voice alone is what has to be fast; two are guidance. Codes save bytes, which are not what takes time here.
  if constexpr (kFormat == Format::f32 || kFormat == Format::bf16) {
    if (count == 1) return run_stretch_apart<kFormat, 1, true>(block, ensemble, index, columns);
    if (count == 2) return run_stretch_apart<kFormat, 2, true>(block, ensemble, index, columns);
  }
  run_stretch_apart<kFormat, kMaxSlots, true>(block, ensemble, index, columns);
}

SASHIMI_DEVICE uint32_t Step::run_from(uint32_t index, uint32_t columns) {
  const PhasePlan& phase = phase_at(index);
  if (phase.stretch.until) {
    switch (phase.stretch.format) {
      case Format::f32: run_stretch<Format::f32>(block_, ensemble_, index, columns); break;
      case Format::bf16: run_stretch<Format::bf16>(block_, ensemble_, index, columns); break;
      case Format::int8: run_stretch<Format::int8>(block_, ensemble_, index, columns); break;
      default: run_stretch<Format::int4>(block_, ensemble_, index, columns); break;
    }
    return phase.stretch.until;
  }
  switch (phase.work) {
    case Work::embed: run_apart<Work::embed>(block_, ensemble_, index, columns); break;
    case Work::fill: run_apart<Work::fill>(block_, ensemble_, index, columns); break;
    case Work::normalise: run_apart<Work::normalise>(block_, ensemble_, index, columns); break;
    case Work::rank_one: run_apart<Work::rank_one>(block_, ensemble_, index, columns); break;
    case Work::rank_one_sum: run_apart<Work::rank_one_sum>(block_, ensemble_, index, columns); break;
    default: run_apart<Work::finish>(block_, ensemble_, index, columns); break;
  }
  return index + 1;
}

SASHIMI_APART void step_apart(Block& block, uint32_t ensemble, bool predicts) { Step(block, ensemble).run(predicts); }

}  // namespace sashimi::cuda
