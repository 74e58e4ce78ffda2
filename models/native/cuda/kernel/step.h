#pragma once

#include "multiply.h"
#include "state_space.h"
#include "team.h"

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
class Step {
 public:
  SASHIMI_DEVICE Step(Block& block, uint32_t ensemble)
      : block_(block), near_(block), team_(block), ensemble_(ensemble), plan_(near_.plan(ensemble)),
        phases_at_(near_.shared().ensembles[ensemble].phases_at) {}

  /// After `begin_frame` of all voices: takes their tokens in. With `predicts` their logits are made too.
  SASHIMI_DEVICE void run(bool predicts) {
    gather();
    const uint32_t num_segments = plan().num_segments - (predicts ? 0 : 1);
    for (uint32_t s = 0; s < num_segments; ++s) {
      const Segment& segment = plan().segments[s];
      if (!team_.has(segment.tier) || near_.columns(segment.columns).count == 0) continue;
      if (!segment.goes_up) come_down(segment.tier);
      for (uint32_t i = segment.begin; i < segment.end; ++i) run_phase(i, segment.columns);
      if (segment.goes_up) {
        if (team_.is_handed(segment.tier)) team_.give_back();
      } else if (team_.hands_on(plan(), segment.tier) && near_.columns(segment.tier + 1).count > 0) {
        team_.hand_on();
      }
    }
  }

  /// Phase `index` of the plan, of the voices of `columns`.
  SASHIMI_DEVICE void run_phase(uint32_t index, uint32_t columns);

  /// What it does, of a kind that is known: run_apart makes a function of each.
  template <Work kWork, Then kThen, Format kFormat>
  SASHIMI_DEVICE void work(uint32_t index, uint32_t columns_of) {
    const PhasePlan& phase = near_.phase(phases_at_, index);
    const Columns& columns = near_.columns(columns_of);
    if constexpr (kWork == Work::product) {
      run_product<kThen, kFormat>(index, columns_of);
    } else if constexpr (kWork == Work::embed) {
      each_channel(phase, columns, 1, [&](const Warp&, uint32_t slot, uint32_t h, uint32_t) { embed(slot, h); });
    } else if constexpr (kWork == Work::fill) {
      each_channel(phase, columns, 1, [&](const Warp&, uint32_t slot, uint32_t h, uint32_t) {
        float& x = near_.scratch(slot)[plan().tiers[phase.tier].x_at + h];
        x = filled(slot, phase.tier, h, x);
      });
    } else if constexpr (kWork == Work::diagonal) {
      run_diagonal(phase, columns);
    } else if constexpr (kWork == Work::normalise) {
      normalise(phase, columns);
    } else if constexpr (kWork == Work::rank_one) {
      each_channel(phase, columns, phase.ssm.slices, [&](const Warp&, uint32_t slot, uint32_t h, uint32_t slice) {
        const uint32_t padded = plan().tiers[phase.tier].padded;
        float* at = near_.scratch(slot);
        advance_rank_one(phase.ssm, state_of(slot), h, slice, at[plan().normed_at + h],
                         at + plan().responses_at + slice * 2 * padded + h, padded);
      });
    } else if constexpr (kWork == Work::rank_one_sum) {
      each_channel(phase, columns, 1, [&](const Warp&, uint32_t slot, uint32_t h, uint32_t) { sum_rank_one(phase, slot, h); });
    } else {
      finish(phase, columns);
    }
  }

 private:
  SASHIMI_DEVICE const Plan& plan() const { return plan_; }
  SASHIMI_DEVICE Slot& voice_of(uint32_t slot) const { return near_.shared().slots[slot]; }
  SASHIMI_DEVICE float* state_of(uint32_t slot) const { return in_device_memory(voice_of(slot).state); }
  SASHIMI_DEVICE float* memory_of(uint32_t slot) const { return in_device_memory(voice_of(slot).memory); }

  /// What other blocks of the team have made for a frame of `tier` is there, and the windows that it takes in are in the scratch.
  SASHIMI_DEVICE void come_down(uint32_t tier) {
    team_.meet(plan(), tier);
    if (!team_.is_handed(tier)) return;
    const TierPlan& above = plan().tiers[tier - 1];
    const Columns& columns = near_.columns(tier);
    const uint32_t floats = above.pool * above.padded;
    block_.tasks(columns.count * floats, [&](uint32_t i) {
      const uint32_t slot = columns.slots[divide(i, floats)];
      (near_.scratch(slot) + window_of(tier - 1))[i] = memory_of(slot)[above.handed_at + i];
    });
  }

  /// Where the full windows of tier `k` are in the scratch.
  SASHIMI_DEVICE uint32_t window_of(uint32_t k) const { return plan().windows_at + (k & 1U) * plan().window_floats; }

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

  /// Warps that have a lane for each channel.
  SASHIMI_DEVICE static uint32_t warps_of(uint32_t padded) { return (padded + 31) / 32; }

  /// Which of stretches of `each` tasks, whose rest is left in `task`: without a division, for there are few.
  SASHIMI_DEVICE static uint32_t divide(uint32_t& task, uint32_t each) {
    uint32_t which = 0;
    for (; task >= each; ++which) task -= each;
    return which;
  }

  /// f(warp, slot, h, part) for all channels of all voices, `parts` times.
  template <class F>
  SASHIMI_DEVICE void each_channel(const PhasePlan& phase, const Columns& columns, uint32_t parts, const F& f) {
    const uint32_t padded = plan().tiers[phase.tier].padded;
    const uint32_t each = parts * warps_of(padded);
    block_.warps(columns.count * each, [&](const Warp& warp, uint32_t task) {
      const uint32_t slot = columns.slots[divide(task, each)];
      const uint32_t part = divide(task, warps_of(padded));
      each_lane(warp, task, padded, [&](uint32_t h) { f(warp, slot, h, part); });
    });
  }

  /// f(h) for the channels of one of warps_of(padded) stretches.
  template <class F>
  SASHIMI_DEVICE static void each_lane(const Warp& warp, uint32_t stretch, uint32_t padded, const F& f) {
    const uint32_t left = padded - stretch * 32;
    warp.each(left < 32 ? left : 32, [&](uint32_t lane) { f(stretch * 32 + lane); });
  }

  /// x and what the inputs add to channel `h` of tier `k`.
  SASHIMI_DEVICE float steered(uint32_t slot, uint32_t k, uint32_t h, float x) const {
    const TierPlan& tier = plan().tiers[k];
    const Slot& voice = voice_of(slot);
    for (uint32_t i = 0; i < plan().num_inputs; ++i) {
      const float* rows = near_.shared().order.slots[slot].rows[i];
      if (!rows) {
        x = x + read_number(tier.inputs[i].dropped + h);
        continue;
      }
      float* projected = memory_of(slot) + tier.projected_at + i * tier.padded + h;
      if (voice.inputs[i].is_fresh >> k & 1U) *projected = project(slot, i, tier, h);
      x = x + *projected;
    }
    return x;
  }

  SASHIMI_DEVICE float project(uint32_t slot, uint32_t i, const TierPlan& tier, uint32_t h) const {
    const uint32_t dim = plan().inputs[i].dim;
    const float* row = memory_of(slot) + plan().inputs[i].rows_at + voice_of(slot).inputs[i].row * dim;
    const float* columns = tier.inputs[i].columns + h;
    float sum = 0.0F;
SASHIMI_UNROLL(8)
    for (uint32_t d = 0; d < dim; ++d) {
      if (row[d] != 0.0F) sum = fused(read_number(columns + d * tier.padded), row[d], sum);
    }
    return sum;
  }

  SASHIMI_DEVICE void embed(uint32_t slot, uint32_t h) {
    const float* row = plan().embedding + voice_of(slot).token * plan().tiers[0].padded;
    enter(slot, 0, h, steered(slot, 0, h, read_number(row + h)));
  }

  /// x is channel `h` of a new frame of tier `k`.
  SASHIMI_DEVICE void enter(uint32_t slot, uint32_t k, uint32_t h, float x) {
    const TierPlan& tier = plan().tiers[k];
    near_.scratch(slot)[tier.x_at + h] = tier.pool == 0 || tier.has_down_pairs ? x : filled(slot, k, h, x);
  }

  /// Puts x into the window for the tier below, and adds what that tier gave back for it before. A window that is full is
  /// what the tier below takes in.
  SASHIMI_DEVICE float filled(uint32_t slot, uint32_t k, uint32_t h, float x) {
    const TierPlan& tier = plan().tiers[k];
    const Slot& voice = voice_of(slot);
    float* state = state_of(slot);
    float* window = state + tier.window_at + h;
    const uint32_t place = voice.places[k];
    const float back = state[tier.queue_at + place * tier.padded + h];
    if (voice.depth > k) {
      float* full = (team_.hands_on(plan(), k) ? memory_of(slot) + tier.handed_at : near_.scratch(slot) + window_of(k)) + h;
      for (uint32_t s = 0; s < place; ++s) full[s * tier.padded] = window[s * tier.padded];
      full[place * tier.padded] = x;
    }
    window[place * tier.padded] = x;
    return back + x;
  }

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

  SASHIMI_DEVICE void sum_rank_one(const PhasePlan& phase, uint32_t slot, uint32_t h) {
    const uint32_t padded = plan().tiers[phase.tier].padded;
    float* at = near_.scratch(slot);
    const float* sums = at + plan().responses_at + h;
    const float y = fused(read_number(coefficients_of(phase.ssm, h)), at[plan().normed_at + h], sum_of_slices(phase.ssm, sums, 2 * padded));
    at[plan().wide_at + h] = gelu(y);
    channel_state(phase.ssm, state_of(slot), h)[0] = sum_of_slices(phase.ssm, sums + padded, 2 * padded);
  }

  /// A product of all of `columns`, and the state spaces beside it.
  template <Then kThen, Format kFormat>
  SASHIMI_DEVICE void run_product(uint32_t index, uint32_t columns_of) {
    const PhasePlan& phase = near_.phase(phases_at_, index);
    const Columns& columns = near_.columns(columns_of);
    constexpr bool kHasChunks = kThen == Then::gelu || kThen == Then::residual;
    const MatrixPlan& matrix = phase.matrix;
    constexpr uint32_t kAtOnce = columns_at_once(kFormat);
    const uint32_t groups = (columns.count + kAtOnce - 1) / kAtOnce;
    const uint32_t products = matrix.tasks * groups;
    block_.warps(products + (kHasChunks ? chunk_tasks(phase, columns) : 0), [&](const Warp& warp, uint32_t task) {
      if constexpr (kHasChunks) {
        if (task >= products) return run_chunk_apart(block_, warp, ensemble_, index, columns_of, task - products);
      }
      const uint32_t first = divide(task, matrix.tasks) * kAtOnce;
      if (kAtOnce == 1 || columns.count - first == 1) multiply_columns<1, kThen, kFormat>(warp, phase, columns.slots + first, task);
      else multiply_columns<kAtOnce, kThen, kFormat>(warp, phase, columns.slots + first, task);
    });
  }

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
      if (phase.then == Then::frame) enter(slot, phase.tier, row, steered(slot, phase.tier, row, value));
      else if (phase.then == Then::queue) state_of(slot)[plan().tiers[phase.tier - 1].queue_at + row] = value;
      else at[plan().logits_at + row] = row < plan().levels ? value : float_of(0xFF800000U);
    } else {
      float& x = at[plan().tiers[phase.tier].x_at + row];
      const float total = x + value;
      x = phase.add ? total + at[phase.add + row] : total;
    }
  }

  SASHIMI_DEVICE static uint32_t chunk_phase(const Slot& voice, const PhasePlan& phase) {
    return (static_cast<uint32_t>(voice.tier_frames[phase.tier]) + phase.layer) % kChunk;
  }
  SASHIMI_DEVICE static bool ends_chunk(const Slot& voice, const PhasePlan& phase) { return chunk_phase(voice, phase) + 1 == kChunk; }

  SASHIMI_DEVICE static uint32_t chunk_parts(const PhasePlan& phase) { return phase.chunk == Chunk::sums ? kChunk : phase.ssm.slices; }

  SASHIMI_DEVICE uint32_t chunk_tasks(const PhasePlan& phase, const Columns& columns) const {
    if (phase.chunk == Chunk::none) return 0;
    bool is_any = false;
    for (uint32_t c = 0; c < columns.count; ++c) is_any = is_any || ends_chunk(voice_of(columns.slots[c]), phase);
    return is_any ? columns.count * chunk_parts(phase) * warps_of(plan().tiers[phase.tier].padded) : 0;
  }

  /// Beside product `index`.
  SASHIMI_APART static void run_chunk_apart(Block& block, Warp warp, uint32_t ensemble, uint32_t index, uint32_t columns_of, uint32_t task) {
    Step step(block, ensemble);
    step.run_chunk(warp, step.near_.phase(step.phases_at_, index), step.near_.columns(columns_of), task);
  }

  SASHIMI_DEVICE void run_chunk(const Warp& warp, const PhasePlan& phase, const Columns& columns, uint32_t task) {
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

  SASHIMI_DEVICE static Moments moments_of(const NormPlan& norm, const Warp& warp, const float* x) {
    // The shapes that matter most, without a loop.
    if (norm.padded <= 64) return moments_in<2>(norm, warp, x);
    if (norm.padded <= 256) return moments_in<8>(norm, warp, x);
    return moments_in<0>(norm, warp, x);
  }

  template <uint32_t kTurns>
  SASHIMI_DEVICE static Moments moments_in(const NormPlan& norm, const Warp& warp, const float* x) {
    const float mean = warp.template sum<kTurns>(norm.width, [&](uint32_t i) { return x[i]; }) * norm.scale;
    const float variance = warp.template sum<kTurns>(norm.width, [&](uint32_t i) {
      const float centred = x[i] - mean;
      return centred * centred;
    }) * norm.scale;
    return {mean - norm.shift, quotient(1.0F, square_root(variance + norm.eps))};
  }

  struct NormTerms {
    float gain;
    float offset;
  };

  SASHIMI_DEVICE static NormTerms norm_terms(const NormPlan& norm, uint32_t i) {
    return {read_number(norm.gain + i), read_number(norm.offset + i)};
  }

  SASHIMI_DEVICE static float normalised(const NormTerms& terms, const Moments& moments, float x) {
    return fused((x - moments.centre) * moments.inverse, terms.gain, terms.offset);
  }

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

  /// Of a voice that consumed nothing the output is that of its last frame.
  SASHIMI_DEVICE void finish(const PhasePlan& phase, const Columns& columns) {
    block_.warps(columns.count, [&](const Warp& warp, uint32_t c) {
      const Slot& voice = voice_of(columns.slots[c]);
      float* at = near_.scratch(columns.slots[c]);
      const float* x = at + plan().tiers[0].x_at;
      float* features = state_of(columns.slots[c]) + plan().features_at;
      const Moments moments = voice.consumes ? moments_of(phase.norm, warp, x) : Moments{0.0F, 0.0F};
      warp.each(phase.norm.padded, [&](uint32_t i) {
        if (voice.consumes) features[i] = normalised(norm_terms(phase.norm, i), moments, x[i]);
        at[plan().normed_at + i] = features[i];
      });
    });
  }

  Block& block_;
  const Near near_;
  Team team_;
  const uint32_t ensemble_;
  const Plan& plan_;
  const uint32_t phases_at_;
};

template <Work kWork, Then kThen = Then::residual, Format kFormat = Format::f32>
SASHIMI_APART void run_apart(Block& block, uint32_t ensemble, uint32_t index, uint32_t columns_of) {
  Step step(block, ensemble);
  step.work<kWork, kThen, kFormat>(index, columns_of);
}

template <Then kThen>
SASHIMI_DEVICE void run_product_apart(Block& block, Format format, uint32_t ensemble, uint32_t index, uint32_t columns) {
  switch (format) {
    case Format::f32: return run_apart<Work::product, kThen, Format::f32>(block, ensemble, index, columns);
    case Format::bf16: return run_apart<Work::product, kThen, Format::bf16>(block, ensemble, index, columns);
    case Format::int8: return run_apart<Work::product, kThen, Format::int8>(block, ensemble, index, columns);
    default: return run_apart<Work::product, kThen, Format::int4>(block, ensemble, index, columns);
  }
}

SASHIMI_DEVICE void Step::run_phase(uint32_t index, uint32_t columns) {
  const PhasePlan& phase = near_.phase(phases_at_, index);
  switch (phase.work) {
    case Work::embed: return run_apart<Work::embed>(block_, ensemble_, index, columns);
    case Work::fill: return run_apart<Work::fill>(block_, ensemble_, index, columns);
    case Work::diagonal: return run_apart<Work::diagonal>(block_, ensemble_, index, columns);
    case Work::normalise: return run_apart<Work::normalise>(block_, ensemble_, index, columns);
    case Work::rank_one: return run_apart<Work::rank_one>(block_, ensemble_, index, columns);
    case Work::rank_one_sum: return run_apart<Work::rank_one_sum>(block_, ensemble_, index, columns);
    case Work::finish: return run_apart<Work::finish>(block_, ensemble_, index, columns);
    default: break;
  }
  const Format format = phase.matrix.format;
  switch (phase.then) {
    case Then::glu: return run_product_apart<Then::glu>(block_, format, ensemble_, index, columns);
    case Then::gelu: return run_product_apart<Then::gelu>(block_, format, ensemble_, index, columns);
    case Then::residual: return run_product_apart<Then::residual>(block_, format, ensemble_, index, columns);
    default: return run_product_apart<Then::rarer>(block_, format, ensemble_, index, columns);
  }
}

SASHIMI_APART void step_apart(Block& block, uint32_t ensemble, bool predicts) { Step(block, ensemble).run(predicts); }

}  // namespace sashimi::cuda
