#pragma once

#include "draw.h"
#include "multiply.h"
#include "state_space.h"

namespace sashimi::cuda {

/// The model, one frame of all voices of a block at a time: Backbone of ../../core/backbone.h, phase by phase.
class Step {
 public:
  SASHIMI_DEVICE Step(Block& block, const Plan& plan, const PairPlan* pairs, Shared& shared, const Scratch& scratch)
      : block_(block), plan_(plan), pairs_(pairs), shared_(shared), scratch_(scratch) {}

  /// Which of the voices from `first_slot` on runs which tiers at this frame. A voice whose last token was forced draws first and
  /// consumes nothing.
  SASHIMI_DEVICE void begin(uint32_t first_slot, uint32_t num_slots) {
    const bool is_forcing = shared_.order.kind == OrderKind::force;
    block_.tasks(num_slots * (1 + plan_.num_inputs), [&](uint32_t i) {
      Slot& voice = shared_.slots[first_slot + i % num_slots];
      if (i >= num_slots) return meet(voice, i / num_slots - 1);
      voice.consumes = voice.is_active && (is_forcing || !voice.is_forced) ? 1 : 0;
      if (!voice.consumes) return;
      uint64_t frames = voice.consumed;
      voice.depth = 0;
      voice.tier_frames[0] = frames;
      while (voice.depth + 1 < plan_.num_tiers && frames % plan_.tiers[voice.depth].pool + 1 == plan_.tiers[voice.depth].pool) {
        frames /= plan_.tiers[voice.depth].pool;
        voice.tier_frames[++voice.depth] = frames;
      }
    });
    block_.once([&] {
      shared_.active.count = 0;
      for (uint32_t k = 0; k < plan_.num_tiers; ++k) shared_.tiers[k].count = 0;
      for (uint32_t slot = first_slot; slot < first_slot + num_slots; ++slot) {
        const Slot& voice = shared_.slots[slot];
        if (!voice.is_active) continue;
        shared_.active.slots[shared_.active.count++] = slot;
        if (!voice.consumes) continue;
        for (uint32_t k = 0; k <= voice.depth; ++k) shared_.tiers[k].slots[shared_.tiers[k].count++] = slot;
      }
    });
  }

  /// Takes the tokens in; leaves the normalised output of every active voice in `normed`.
  SASHIMI_DEVICE void consume() {
    if (shared_.tiers[0].count > 0) {
      embed();
      uint32_t deepest = 0;
      for (;; ++deepest) {
        if (plan_.tiers[deepest].has_down_pairs) run_down_pairs(deepest);
        if (deepest + 1 == plan_.num_tiers) break;
        fill_windows(deepest);
        if (shared_.tiers[deepest + 1].count == 0) break;
        go_down(deepest);
      }
      for (uint32_t k = deepest;; --k) {
        run_pairs(k);
        if (k == 0) break;
        go_up(k);
      }
    }
    finish();
  }

  /// The logits of every active voice.
  SASHIMI_DEVICE void predict() {
    const Columns& active = shared_.active;
    multiply_all(plan_.decoder, active, plan_.normed_at, {});
    const uint32_t rows = plan_.decoder.out;
    block_.tasks(active.count * rows, [&](uint32_t i) {
      float* at = scratch_.of(active.slots[i / rows]);
      at[plan_.logits_at + i % rows] = product(plan_.decoder, at + plan_.partials_at, i % rows);
    });
  }

 private:
  /// What happens around the blocks of a pair. Places in the scratch of a slot; 0 for nothing, as the stream of tier 0
  /// is there.
  struct Around {
    uint32_t save_s4 = 0;  ///< Where the input of a block is kept.
    uint32_t save_ff = 0;
    uint32_t add_s4 = 0;  ///< What is added to its output.
    uint32_t add_ff = 0;
  };

  /// States that go on where a chunk ends.
  struct Chunks {
    const StateSpacePlan* ssm = nullptr;
    uint32_t layer = 0;
    uint32_t tier = 0;
  };

  SASHIMI_DEVICE Slot& voice_of(const Columns& columns, uint32_t c) const { return shared_.slots[columns.slots[c]]; }

  /// Where input `i` of a voice stands, and which tiers have not met its row yet. A tier runs at the sample that closes its
  /// window, which is the frame at hand.
  SASHIMI_DEVICE void meet(Slot& voice, uint32_t i) {
    const uint64_t hop = plan_.inputs[i].hop;
    const uint64_t row = voice.frame / hop;
    voice.inputs[i].row = static_cast<uint32_t>(row - voice.first_row_frame / hop);
    uint32_t is_fresh = 0;
    for (uint32_t k = 0; k < plan_.num_tiers; ++k) {
      const uint64_t pooled = plan_.tiers[k].pooled;
      const bool is_first = voice.frame < voice.first_consumed + pooled;
      if (is_first || (voice.frame - pooled) / hop != row) is_fresh |= 1U << k;
    }
    voice.inputs[i].is_fresh = is_fresh;
  }

  /// x and what the inputs add to channel `h` of tier `k`.
  SASHIMI_DEVICE float steered(uint32_t slot, uint32_t k, uint32_t h, float x) const {
    const TierPlan& tier = plan_.tiers[k];
    const Slot& voice = shared_.slots[slot];
    for (uint32_t i = 0; i < plan_.num_inputs; ++i) {
      const float* rows = shared_.order.slots[slot].rows[i];
      if (!rows) {
        x = x + read_number(tier.inputs[i].dropped + h);
        continue;
      }
      float* projected = voice.memory + tier.projected_at + i * tier.padded + h;
      if (voice.inputs[i].is_fresh >> k & 1U) *projected = project(voice, i, tier, h);
      x = x + *projected;
    }
    return x;
  }

  SASHIMI_DEVICE float project(const Slot& voice, uint32_t i, const TierPlan& tier, uint32_t h) const {
    const uint32_t dim = plan_.inputs[i].dim;
    const float* row = voice.memory + plan_.inputs[i].rows_at + voice.inputs[i].row * dim;
    const float* columns = tier.inputs[i].columns + h;
    float sum = 0.0F;
    for (uint32_t d = 0; d < dim; ++d) {
      if (row[d] != 0.0F) sum = fused(read_number(columns + d * tier.padded), row[d], sum);
    }
    return sum;
  }

  SASHIMI_DEVICE void embed() {
    const Columns& columns = shared_.tiers[0];
    const uint32_t padded = plan_.tiers[0].padded;
    block_.tasks(columns.count * padded, [&](uint32_t i) {
      const uint32_t slot = columns.slots[i / padded];
      const uint32_t h = i % padded;
      const float x = read_number(plan_.embedding + shared_.slots[slot].token * padded + h);
      scratch_.of(slot)[plan_.tiers[0].x_at + h] = steered(slot, 0, h, x);
    });
  }

  /// Puts the frame into the window for the tier below, and adds what that tier gave back for it before. A window that is
  /// full is what the tier below takes in.
  SASHIMI_DEVICE void fill_windows(uint32_t k) {
    const TierPlan& tier = plan_.tiers[k];
    const Columns& columns = shared_.tiers[k];
    const uint32_t padded = tier.padded;
    block_.tasks(columns.count * padded, [&](uint32_t i) {
      const uint32_t slot = columns.slots[i / padded];
      const uint32_t h = i % padded;
      const Slot& voice = shared_.slots[slot];
      float* scratch = scratch_.of(slot);
      float* window = voice.state + tier.window_at + h;
      const auto place = static_cast<uint32_t>(voice.tier_frames[k] % tier.pool);
      const float x = scratch[tier.x_at + h];
      window[place * padded] = x;
      if (voice.depth > k) {
        for (uint32_t s = 0; s < tier.pool; ++s) scratch[plan_.wide_at + s * padded + h] = window[s * padded];
      }
      scratch[tier.x_at + h] = voice.state[tier.queue_at + place * padded + h] + x;
    });
  }

  /// Full windows of tier `k` become frames of the tier below.
  SASHIMI_DEVICE void go_down(uint32_t k) {
    const Columns& columns = shared_.tiers[k + 1];
    const MatrixPlan& down = plan_.tiers[k].down;
    multiply_all(down, columns, plan_.wide_at, {});
    block_.tasks(columns.count * down.out, [&](uint32_t i) {
      const uint32_t slot = columns.slots[i / down.out];
      const uint32_t h = i % down.out;
      float* at = scratch_.of(slot);
      at[plan_.tiers[k + 1].x_at + h] = steered(slot, k + 1, h, product(down, at + plan_.partials_at, h));
    });
  }

  /// Frames of tier `k` become the next ones of the tier above.
  SASHIMI_DEVICE void go_up(uint32_t k) {
    const Columns& columns = shared_.tiers[k];
    const TierPlan& above = plan_.tiers[k - 1];
    multiply_all(above.up, columns, plan_.tiers[k].x_at, {});
    block_.tasks(columns.count * above.up.out, [&](uint32_t i) {
      const uint32_t row = i % above.up.out;
      const uint32_t slot = columns.slots[i / above.up.out];
      shared_.slots[slot].state[above.queue_at + row] = product(above.up, scratch_.of(slot) + plan_.partials_at, row);
    });
  }

  /// The pairs before the pool of a unet; the input of each block is kept.
  SASHIMI_DEVICE void run_down_pairs(uint32_t k) {
    const TierPlan& tier = plan_.tiers[k];
    for (uint32_t layer = 0; layer < plan_.num_layers; ++layer) {
      Around around;
      around.save_s4 = tier.down_skips_at + 2 * layer * tier.padded;
      around.save_ff = around.save_s4 + tier.padded;
      const PairPlan& pair = pairs_[tier.first_down_pair + layer];
      run_s4(pair, layer, k, around);
      run_ff(pair, k, around);
    }
  }

  /// The pairs on the way up: x = blocks(x) + x; of a unet each block adds the input of its mirror image instead.
  SASHIMI_DEVICE void run_pairs(uint32_t k) {
    const TierPlan& tier = plan_.tiers[k];
    for (uint32_t layer = 0; layer < plan_.num_layers; ++layer) {
      Around around;
      if (tier.has_down_pairs) {
        around.add_s4 = tier.down_skips_at + (2 * (plan_.num_layers - layer) - 1) * tier.padded;
        around.add_ff = around.add_s4 - tier.padded;
      } else {
        if (layer == 0) around.save_s4 = plan_.saved_at;
        if (layer + 1 == plan_.num_layers) around.add_ff = plan_.saved_at;
      }
      const PairPlan& pair = pairs_[tier.first_pair + layer];
      run_s4(pair, layer, k, around);
      run_ff(pair, k, around);
    }
  }

  SASHIMI_DEVICE_CALL void run_s4(const PairPlan& pair, uint32_t layer, uint32_t k, Around around) {
    const Columns& columns = shared_.tiers[k];
    const uint32_t padded = plan_.tiers[k].padded;
    const StateSpacePlan& ssm = pair.ssm;
    const uint32_t channels = columns.count * padded;
    normalise(pair.s4_norm, columns, plan_.tiers[k].x_at, around.save_s4);
    if (ssm.is_diagonal) {
      block_.tasks(channels, [&](uint32_t i) {
        const Slot& voice = voice_of(columns, i / padded);
        const uint32_t h = i % padded;
        float* at = scratch_.of(columns.slots[i / padded]);
        at[plan_.wide_at + h] = diagonal_output(ssm, voice.state, h, phase_of(voice, k, layer), at[plan_.normed_at + h]);
      });
    } else {
      block_.tasks(channels * ssm.slices, [&](uint32_t i) {
        const uint32_t slot = columns.slots[i / padded / ssm.slices];
        const uint32_t slice = i / padded % ssm.slices;
        const uint32_t h = i % padded;
        float* at = scratch_.of(slot);
        advance_rank_one(ssm, shared_.slots[slot].state, h, slice, at[plan_.normed_at + h],
                         at + plan_.responses_at + slice * 2 * padded + h, padded);
      });
      block_.tasks(channels, [&](uint32_t i) {
        const uint32_t slot = columns.slots[i / padded];
        const uint32_t h = i % padded;
        float* at = scratch_.of(slot);
        const float* sums = at + plan_.responses_at + h;
        const float y = fused(read_number(coefficients_of(ssm, h)), at[plan_.normed_at + h], sum_of_slices(ssm, sums, 2 * padded));
        at[plan_.wide_at + h] = gelu(y);
        state_of(ssm, shared_.slots[slot].state, h)[0] = sum_of_slices(ssm, sums + padded, 2 * padded);
      });
    }

    // States that end a chunk go on beside the product, which has no use for them.
    multiply_all(pair.s4_out, columns, plan_.wide_at, {ssm.is_diagonal ? &ssm : nullptr, layer, k});
    block_.tasks(channels + (ssm.is_diagonal ? channels * kChunk : 0), [&](uint32_t i) {
      if (i < channels) return finish_s4(pair, columns.slots[i / padded], k, i % padded, around);
      i -= channels;
      const uint32_t slot = columns.slots[i / padded / kChunk];
      const Slot& voice = shared_.slots[slot];
      if (phase_of(voice, k, layer) + 1 != kChunk) return;
      const uint32_t j = i / padded % kChunk;
      const uint32_t h = i % padded;
      const float* parts = scratch_.of(slot) + plan_.responses_at + j * padded + h;
      state_of(ssm, voice.state, h)[(kChunk - 1 + j) * kLanes] = sum_of_slices(ssm, parts, kChunk * padded);
    });
  }

  /// The sums of W x, x at `operand_at` of the scratch of each of `columns`; and what `chunks` says beside them.
  SASHIMI_DEVICE_CALL void multiply_all(const MatrixPlan& matrix, const Columns& columns, uint32_t operand_at, Chunks chunks) {
    const uint32_t products = multiply_tasks(matrix, columns);
    const uint32_t padded = plan_.tiers[chunks.tier].padded;
    const uint32_t advances = chunks.ssm ? columns.count * padded * chunks.ssm->slices : 0;
    block_.tasks(products + advances, [&](uint32_t i) {
      if (i < products) return multiply(matrix, columns, scratch_, operand_at, plan_.partials_at, i);
      i -= products;
      const StateSpacePlan& ssm = *chunks.ssm;
      const uint32_t slot = columns.slots[i / padded / ssm.slices];
      const Slot& voice = shared_.slots[slot];
      if (phase_of(voice, chunks.tier, chunks.layer) + 1 != kChunk) return;
      const uint32_t slice = i / padded % ssm.slices;
      const uint32_t h = i % padded;
      float* at = scratch_.of(slot);
      advance_chunk(ssm, voice.state, h, slice, at[plan_.normed_at + h],
                    at + plan_.responses_at + slice * kChunk * padded + h, padded);
    });
  }

  SASHIMI_DEVICE void finish_s4(const PairPlan& pair, uint32_t slot, uint32_t k, uint32_t h, const Around& around) {
    float* at = scratch_.of(slot);
    const float* partials = at + plan_.partials_at;
    float& x = at[plan_.tiers[k].x_at + h];
    const float value = product(pair.s4_out, partials, h);
    float total;
    if (plan_.has_glu) total = fused(value, sigmoid(product(pair.s4_out, partials, pair.s4_out.out / 2 + h)), x);
    else total = x + value;
    x = around.add_s4 ? total + at[around.add_s4 + h] : total;
  }

  SASHIMI_DEVICE_CALL void run_ff(const PairPlan& pair, uint32_t k, Around around) {
    const Columns& columns = shared_.tiers[k];
    const TierPlan& tier = plan_.tiers[k];
    normalise(pair.ff_norm, columns, tier.x_at, around.save_ff);
    multiply_all(pair.ff_in, columns, plan_.normed_at, {});
    const uint32_t inner = pair.ff_in.out;
    block_.tasks(columns.count * inner, [&](uint32_t i) {
      float* at = scratch_.of(columns.slots[i / inner]);
      at[plan_.wide_at + i % inner] = gelu(product(pair.ff_in, at + plan_.partials_at, i % inner));
    });
    multiply_all(pair.ff_out, columns, plan_.wide_at, {});
    block_.tasks(columns.count * tier.padded, [&](uint32_t i) {
      const uint32_t h = i % tier.padded;
      float* at = scratch_.of(columns.slots[i / tier.padded]);
      float& x = at[tier.x_at + h];
      const float total = x + product(pair.ff_out, at + plan_.partials_at, h);
      x = around.add_ff ? total + at[around.add_ff + h] : total;
    });
  }

  SASHIMI_DEVICE static uint32_t phase_of(const Slot& voice, uint32_t k, uint32_t layer) {
    return static_cast<uint32_t>((voice.tier_frames[k] + layer) % kChunk);
  }

  /// `normed` of the columns from what stands at `x_at`, which is kept at `save_at` unless that is 0.
  SASHIMI_DEVICE void normalise(const NormPlan& norm, const Columns& columns, uint32_t x_at, uint32_t save_at) {
    block_.warps(columns.count, [&](const Warp& warp, uint32_t c) {
      float* at = scratch_.of(columns.slots[c]);
      normalise_column(norm, warp, at + x_at, at + plan_.normed_at, save_at ? at + save_at : nullptr);
    });
  }

  SASHIMI_DEVICE static void normalise_column(const NormPlan& norm, const Warp& warp, const float* x, float* y, float* saved) {
    const float scale = quotient(1.0F, static_cast<float>(norm.width));
    const float mean = warp.sum(norm.padded, [&](uint32_t i) { return x[i]; }) * scale;
    const float variance = warp.sum(norm.padded, [&](uint32_t i) {
      const float centred = (x[i] - mean) * read_number(norm.mask + i);
      return centred * centred;
    }) * scale;
    const float inverse = quotient(1.0F, square_root(variance + norm.eps));
    const float centre = mean - norm.shift;
    warp.each(norm.padded, [&](uint32_t i) {
      y[i] = fused((x[i] - centre) * inverse, read_number(norm.gain + i), read_number(norm.offset + i));
      if (saved) saved[i] = x[i];
    });
  }

  /// Of a voice that consumed nothing the output is that of its last frame.
  SASHIMI_DEVICE void finish() {
    const Columns& active = shared_.active;
    block_.warps(active.count, [&](const Warp& warp, uint32_t c) {
      const Slot& voice = voice_of(active, c);
      float* at = scratch_.of(active.slots[c]);
      float* features = voice.state + plan_.features_at;
      float* normed = at + plan_.normed_at;
      if (voice.consumes) {
        normalise_column(plan_.final_norm, warp, at + plan_.tiers[0].x_at, features, nullptr);
      }
      warp.each(plan_.tiers[0].padded, [&](uint32_t i) { normed[i] = features[i]; });
    });
  }

  Block& block_;
  const Plan& plan_;
  const PairPlan* pairs_;
  Shared& shared_;
  const Scratch& scratch_;
};

}  // namespace sashimi::cuda
