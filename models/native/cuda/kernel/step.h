#pragma once

#include "multiply.h"
#include "state_space.h"

namespace sashimi::cuda {

/// What a product becomes, in the lanes that have its sums.
enum class Then : uint32_t {
  glu,       ///< x + value * sigmoid(gate)
  residual,  ///< x + value
  gelu,      ///< Into `wide`.
  frame,     ///< x of the tier below the one whose window it was.
  queue,     ///< What the tier above adds from its next frame on.
  logits,
};

/// The model, one frame of all voices of a block at a time: Backbone of ../../core/backbone.h, phase by phase. A phase costs
/// more than what is done in it, so phases do what they can: a norm is made by each warp that needs it, sums are added within a
/// warp, and what becomes of them is done by the lanes that have them.
class Step {
 public:
  SASHIMI_DEVICE Step(Block& block, const Plan& plan, const PairPlan* pairs, Shared& shared, const Scratch& scratch)
      : block_(block), plan_(plan), pairs_(pairs), shared_(shared), scratch_(scratch) {}

  /// Whether a voice takes a token in at its next frame, and which tiers then run. A voice whose last token was forced draws
  /// first and consumes nothing. One thread per voice.
  SASHIMI_DEVICE void begin(uint32_t slot) {
    Slot& voice = shared_.slots[slot];
    const bool is_forcing = shared_.order.kind == OrderKind::force;
    voice.consumes = voice.is_active && (is_forcing || !voice.is_forced) ? 1 : 0;
    voice.depth = 0;
    if (!voice.consumes) return;
    while (voice.depth + 1 < plan_.num_tiers && voice.places[voice.depth] + 1 == plan_.tiers[voice.depth].pool) ++voice.depth;
  }

  /// After the frame.
  SASHIMI_DEVICE void end(uint32_t slot) {
    Slot& voice = shared_.slots[slot];
    ++voice.frame;
    if (!voice.consumes) return;
    ++voice.consumed;
    for (uint32_t k = 0; k <= voice.depth; ++k) {
      ++voice.tier_frames[k];
      voice.places[k] = voice.places[k] + 1 == plan_.tiers[k].pool ? 0 : voice.places[k] + 1;
    }
  }

  /// The voices of every tier, of those from `first_slot` on, and where their inputs stand: after `begin` of all.
  SASHIMI_DEVICE void gather(uint32_t first_slot, uint32_t num_slots) {
    block_.tasks(plan_.num_tiers + 1 + num_slots * plan_.num_inputs, [&](uint32_t i) {
      if (i > plan_.num_tiers) {
        i -= plan_.num_tiers + 1;
        return meet(shared_.slots[first_slot + i % num_slots], i / num_slots);
      }
      Columns& columns = i == plan_.num_tiers ? shared_.active : shared_.tiers[i];
      uint32_t count = 0;
      for (uint32_t slot = first_slot; slot < first_slot + num_slots; ++slot) {
        const Slot& voice = shared_.slots[slot];
        if (i == plan_.num_tiers ? voice.is_active : voice.consumes && voice.depth >= i) columns.slots[count++] = slot;
      }
      columns.count = count;
    });
  }

  /// Takes the tokens in; leaves the normalised output of every active voice in `normed`.
  SASHIMI_DEVICE void consume() {
    if (shared_.tiers[0].count > 0) {
      embed();
      uint32_t deepest = 0;
      for (;; ++deepest) {
        if (plan_.tiers[deepest].has_down_pairs) {
          run_down_pairs(deepest);
          if (plan_.tiers[deepest].pool != 0) fill_windows(deepest);
        }
        if (deepest + 1 == plan_.num_tiers || shared_.tiers[deepest + 1].count == 0) break;
        Product down = product_from(plan_.windows_at + (deepest & 1U) * plan_.window_floats, Then::frame, deepest + 1);
        multiply_all(plan_.tiers[deepest].down, shared_.tiers[deepest + 1], down);
      }
      for (uint32_t k = deepest;; --k) {
        run_pairs(k);
        if (k == 0) break;
        multiply_all(plan_.tiers[k - 1].up, shared_.tiers[k], product_from(plan_.tiers[k].x_at, Then::queue, k));
      }
    }
    finish();
  }

  /// The logits of every active voice.
  SASHIMI_DEVICE void predict() {
    multiply_all(plan_.decoder, shared_.active, product_from(plan_.normed_at, Then::logits, 0));
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

  /// A product and what stands around it. Places in the scratch of a slot.
  struct Product {
    uint32_t from;
    Then then;
    uint32_t tier;
    const NormPlan* norm;  ///< Of its input, or null.
    uint32_t save;  ///< Where the input is kept, unless 0.
    uint32_t add;   ///< What is added, unless 0.
    const StateSpacePlan* ssm;  ///< Whose chunks go on beside it, or null.
    uint32_t layer;
    uint32_t is_sum;  ///< The sums of what they left, instead.
  };

  SASHIMI_DEVICE static Product product_from(uint32_t from, Then then, uint32_t tier) {
    return {from, then, tier, nullptr, 0, 0, nullptr, 0, 0};
  }

  /// Warps that have a lane for each channel.
  SASHIMI_DEVICE static uint32_t warps_of(uint32_t padded) { return (padded + 31) / 32; }

  /// `task` of `count` to each, without a division: there are few.
  SASHIMI_DEVICE static uint32_t divide(uint32_t& task, uint32_t each) {
    uint32_t which = 0;
    for (; task >= each; ++which) task -= each;
    return which;
  }

  SASHIMI_DEVICE Slot& voice_of(const Columns& columns, uint32_t c) const { return shared_.slots[columns.slots[c]]; }

  /// Where input `i` of a voice stands, and which tiers have not met its row yet. A tier runs at the sample that closes its
  /// window, which is the frame at hand.
  SASHIMI_DEVICE void meet(Slot& voice, uint32_t i) {
    const auto hop = static_cast<uint32_t>(plan_.inputs[i].hop);
    const uint32_t since = voice.inputs[i].start + static_cast<uint32_t>(voice.frame - voice.first_frame);
    voice.inputs[i].row = since / hop;
    const uint32_t within = since % hop;
    uint32_t is_fresh = 0;
    for (uint32_t k = 0; k < plan_.num_tiers; ++k) {
      const uint64_t pooled = plan_.tiers[k].pooled;
      if (voice.frame < voice.first_consumed + pooled || within < pooled) is_fresh |= 1U << k;
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
SASHIMI_UNROLL(8)
    for (uint32_t d = 0; d < dim; ++d) {
      if (row[d] != 0.0F) sum = fused(read_number(columns + d * tier.padded), row[d], sum);
    }
    return sum;
  }

  SASHIMI_DEVICE void embed() {
    const Columns& columns = shared_.tiers[0];
    const uint32_t padded = plan_.tiers[0].padded;
    block_.warps(columns.count * warps_of(padded), [&](const Warp& warp, uint32_t task) {
      const uint32_t slot = columns.slots[divide(task, warps_of(padded))];
      const float* row = plan_.embedding + shared_.slots[slot].token * padded;
      each_channel(warp, task, padded, [&](uint32_t h) { enter(slot, 0, h, steered(slot, 0, h, read_number(row + h))); });
    });
  }

  /// f(h) for the channels of one of warps_of(padded) tasks.
  template <class F>
  SASHIMI_DEVICE static void each_channel(const Warp& warp, uint32_t task, uint32_t padded, const F& f) {
    const uint32_t left = padded - task * 32;
    warp.each(left < 32 ? left : 32, [&](uint32_t lane) { f(task * 32 + lane); });
  }

  /// x is channel `h` of a new frame of tier `k`.
  SASHIMI_DEVICE void enter(uint32_t slot, uint32_t k, uint32_t h, float x) {
    const TierPlan& tier = plan_.tiers[k];
    scratch_.of(slot)[tier.x_at + h] = tier.pool == 0 || tier.has_down_pairs ? x : filled(slot, k, h, x);
  }

  /// Puts x into the window for the tier below, and adds what that tier gave back for it before. A window that is full is
  /// what the tier below takes in.
  SASHIMI_DEVICE float filled(uint32_t slot, uint32_t k, uint32_t h, float x) {
    const TierPlan& tier = plan_.tiers[k];
    const Slot& voice = shared_.slots[slot];
    float* window = voice.state + tier.window_at + h;
    const uint32_t place = voice.places[k];
    const float back = voice.state[tier.queue_at + place * tier.padded + h];
    if (voice.depth > k) {
      float* full = scratch_.of(slot) + plan_.windows_at + (k & 1U) * plan_.window_floats + h;
      for (uint32_t s = 0; s < place; ++s) full[s * tier.padded] = window[s * tier.padded];
      full[place * tier.padded] = x;
    }
    window[place * tier.padded] = x;
    return back + x;
  }

  SASHIMI_DEVICE void fill_windows(uint32_t k) {
    const Columns& columns = shared_.tiers[k];
    const uint32_t padded = plan_.tiers[k].padded;
    block_.warps(columns.count * warps_of(padded), [&](const Warp& warp, uint32_t task) {
      const uint32_t slot = columns.slots[divide(task, warps_of(padded))];
      float* x = scratch_.of(slot) + plan_.tiers[k].x_at;
      each_channel(warp, task, padded, [&](uint32_t h) { x[h] = filled(slot, k, h, x[h]); });
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
      run_ff(pair, layer, k, around);
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
      run_ff(pair, layer, k, around);
    }
  }

  SASHIMI_DEVICE_CALL void run_s4(const PairPlan& pair, uint32_t layer, uint32_t k, Around around) {
    const StateSpacePlan& ssm = pair.ssm;
    if (ssm.is_diagonal) run_diagonal(pair, layer, k, around.save_s4);
    else run_rank_one(pair, k, around.save_s4);
    Product out = product_from(plan_.wide_at, plan_.has_glu ? Then::glu : Then::residual, k);
    out.add = around.add_s4;
    multiply_all(pair.s4_out, shared_.tiers[k], out);
  }

  /// Each warp makes the norm of its voice for itself.
  SASHIMI_DEVICE void run_diagonal(const PairPlan& pair, uint32_t layer, uint32_t k, uint32_t save_at) {
    const Columns& columns = shared_.tiers[k];
    const uint32_t padded = plan_.tiers[k].padded;
    block_.warps(columns.count * warps_of(padded), [&](const Warp& warp, uint32_t task) {
      const uint32_t slot = columns.slots[divide(task, warps_of(padded))];
      const Slot& voice = shared_.slots[slot];
      float* at = scratch_.of(slot);
      const float* x = at + plan_.tiers[k].x_at;
      const Moments moments = moments_of(pair.s4_norm, warp, x);
      each_channel(warp, task, padded, [&](uint32_t h) {
        const float u = normalised(pair.s4_norm, moments, x[h], h);
        at[plan_.normed_at + h] = u;
        at[plan_.wide_at + h] = diagonal_output(pair.ssm, voice.state, h, phase_of(voice, k, layer), u);
        if (save_at) at[save_at + h] = x[h];
      });
    });
  }

  SASHIMI_DEVICE void run_rank_one(const PairPlan& pair, uint32_t k, uint32_t save_at) {
    const Columns& columns = shared_.tiers[k];
    const StateSpacePlan& ssm = pair.ssm;
    const uint32_t padded = plan_.tiers[k].padded;
    const uint32_t warps = warps_of(padded);
    normalise(pair.s4_norm, columns, plan_.tiers[k].x_at, save_at);
    block_.warps(columns.count * ssm.slices * warps, [&](const Warp& warp, uint32_t task) {
      const uint32_t slot = columns.slots[divide(task, ssm.slices * warps)];
      const uint32_t slice = divide(task, warps);
      float* at = scratch_.of(slot);
      each_channel(warp, task, padded, [&](uint32_t h) {
        advance_rank_one(ssm, shared_.slots[slot].state, h, slice, at[plan_.normed_at + h],
                         at + plan_.responses_at + slice * 2 * padded + h, padded);
      });
    });
    block_.warps(columns.count * warps, [&](const Warp& warp, uint32_t task) {
      const uint32_t slot = columns.slots[divide(task, warps)];
      float* at = scratch_.of(slot);
      each_channel(warp, task, padded, [&](uint32_t h) {
        const float* sums = at + plan_.responses_at + h;
        const float y = fused(read_number(coefficients_of(ssm, h)), at[plan_.normed_at + h], sum_of_slices(ssm, sums, 2 * padded));
        at[plan_.wide_at + h] = gelu(y);
        state_of(ssm, shared_.slots[slot].state, h)[0] = sum_of_slices(ssm, sums + padded, 2 * padded);
      });
    });
  }

  /// States that end a chunk go on beside the products, which have no use for them: their parts beside the first, the sums of
  /// these beside the second.
  SASHIMI_DEVICE_CALL void run_ff(const PairPlan& pair, uint32_t layer, uint32_t k, Around around) {
    const Columns& columns = shared_.tiers[k];
    Product in = product_from(plan_.tiers[k].x_at, Then::gelu, k);
    in.norm = &pair.ff_norm;
    in.save = around.save_ff;
    in.ssm = pair.ssm.is_diagonal ? &pair.ssm : nullptr;
    in.layer = layer;
    multiply_all(pair.ff_in, columns, in);
    Product out = product_from(plan_.wide_at, Then::residual, k);
    out.add = around.add_ff;
    out.ssm = in.ssm;
    out.layer = layer;
    out.is_sum = 1;
    multiply_all(pair.ff_out, columns, out);
  }

  /// A product of all of `columns`, and what stands around it.
  SASHIMI_DEVICE_CALL void multiply_all(const MatrixPlan& matrix, const Columns& columns, Product product) {
    const uint32_t products = matrix.tasks * (columns.count > kColumnsAtOnce ? 2 : 1);
    const uint32_t chunks = product.ssm ? chunk_tasks(columns, product) : 0;
    block_.warps(products + chunks, [&](const Warp& warp, uint32_t task) {
      if (task >= products) return run_chunk(warp, columns, product, task - products);
      const uint32_t first = task < matrix.tasks ? 0 : kColumnsAtOnce;
      if (first > 0) task -= matrix.tasks;
      const uint32_t left = columns.count - first;
      const uint32_t* slots = columns.slots + first;
      if (left == 1) multiply_columns<1>(warp, matrix, product, slots, left, task);
      else if (left == 2) multiply_columns<2>(warp, matrix, product, slots, left, task);
      else multiply_columns<4>(warp, matrix, product, slots, left < 4 ? left : 4, task);
    });
  }

  /// `count` voices at a time; of fewer than kColumns the last is computed again and left alone.
  template <uint32_t kColumns>
  SASHIMI_DEVICE void multiply_columns(const Warp& warp, const MatrixPlan& matrix, const Product& product, const uint32_t* slots,
                                       uint32_t count, uint32_t task) {
    Operands operands;
    operands.norm = product.norm;
    for (uint32_t c = 0; c < kColumns; ++c) {
      float* at = scratch_.of(slots[c < count ? c : count - 1]);
      operands.x[c] = at + product.from;
      if (!product.norm) continue;
      const Moments moments = moments_of(*product.norm, warp, operands.x[c]);
      operands.centre[c] = moments.centre;
      operands.inverse[c] = moments.inverse;
      if (product.save && task == 0 && c < count) {
        warp.each(product.norm->padded, [&](uint32_t i) { at[product.save + i] = operands.x[c][i]; });
      }
    }
    const uint32_t per_column = matrix.is_glu ? 2 : 4;
    warp.template gather<4 * kColumns>(
        matrix.lanes_log2, [&](uint32_t lane, Sums<kColumns>& sums) { multiply<kColumns>(matrix, operands, task, lane, sums); },
        [&](uint32_t lane, const Sums<kColumns>& sums) {
          const uint32_t quad = (task << (5 - matrix.lanes_log2)) + (lane >> matrix.lanes_log2);
          if (quad >= matrix.out / 4) return;
          const uint32_t lanes = 1U << matrix.lanes_log2;
          for (uint32_t i = lane & (lanes - 1); i < per_column * count; i += lanes) {
            const uint32_t c = matrix.is_glu ? i / 2 : i / 4;
            const uint32_t r = i & (per_column - 1);
            const float sum = picked<kColumns>(sums, 4 * c + r);
            if (matrix.is_glu) finish_glu(matrix, product, slots[c], 2 * quad + r, sum, picked<kColumns>(sums, 4 * c + r + 2));
            else finish_row(matrix, product, slots[c], 4 * quad + r, sum);
          }
        });
  }

  /// Registers have no index.
  template <uint32_t kColumns>
  SASHIMI_DEVICE static float picked(const Sums<kColumns>& sums, uint32_t index) {
    float value = sums.v[0];
    for (uint32_t n = 1; n < 4 * kColumns; ++n) value = index == n ? sums.v[n] : value;
    return value;
  }

  SASHIMI_DEVICE void finish_glu(const MatrixPlan& matrix, const Product& then, uint32_t slot, uint32_t h, float value, float gate) {
    const float gated = sigmoid(output_of(matrix, matrix.out / 2 + h, gate));
    float* at = scratch_.of(slot);
    float& x = at[plan_.tiers[then.tier].x_at + h];
    const float total = fused(output_of(matrix, h, value), gated, x);
    x = then.add ? total + at[then.add + h] : total;
  }

  SASHIMI_DEVICE void finish_row(const MatrixPlan& matrix, const Product& then, uint32_t slot, uint32_t row, float sum) {
    const float value = output_of(matrix, row, sum);
    float* at = scratch_.of(slot);
    switch (then.then) {
      case Then::gelu: at[plan_.wide_at + row] = gelu(value); return;
      case Then::frame: return enter(slot, then.tier, row, steered(slot, then.tier, row, value));
      case Then::queue: shared_.slots[slot].state[plan_.tiers[then.tier - 1].queue_at + row] = value; return;
      case Then::logits: at[plan_.logits_at + row] = row < plan_.levels ? value : lowest(); return;
      default: {
        float& x = at[plan_.tiers[then.tier].x_at + row];
        const float total = x + value;
        x = then.add ? total + at[then.add + row] : total;
      }
    }
  }

  SASHIMI_DEVICE static float lowest() { return float_of(0xFF800000U); }

  SASHIMI_DEVICE bool ends_chunk(const Slot& voice, const Product& product) const {
    return phase_of(voice, product.tier, product.layer) + 1 == kChunk;
  }

  SASHIMI_DEVICE uint32_t chunk_tasks(const Columns& columns, const Product& product) const {
    bool is_any = false;
    for (uint32_t c = 0; c < columns.count; ++c) is_any = is_any || ends_chunk(voice_of(columns, c), product);
    const uint32_t each = product.is_sum ? kChunk : product.ssm->slices;
    return is_any ? columns.count * each * warps_of(plan_.tiers[product.tier].padded) : 0;
  }

  SASHIMI_DEVICE void run_chunk(const Warp& warp, const Columns& columns, const Product& product, uint32_t task) {
    const StateSpacePlan& ssm = *product.ssm;
    const uint32_t padded = plan_.tiers[product.tier].padded;
    const uint32_t warps = warps_of(padded);
    const uint32_t slot = columns.slots[divide(task, (product.is_sum ? kChunk : ssm.slices) * warps)];
    const Slot& voice = shared_.slots[slot];
    if (!ends_chunk(voice, product)) return;
    const uint32_t part = divide(task, warps);
    float* at = scratch_.of(slot);
    each_channel(warp, task, padded, [&](uint32_t h) {
      float* response = at + plan_.responses_at + part * (product.is_sum ? 1 : kChunk) * padded + h;
      if (product.is_sum) state_of(ssm, voice.state, h)[(kChunk - 1 + part) * kLanes] = sum_of_slices(ssm, response, kChunk * padded);
      else advance_chunk(ssm, voice.state, h, part, at[plan_.normed_at + h], response, padded);
    });
  }

  SASHIMI_DEVICE static uint32_t phase_of(const Slot& voice, uint32_t k, uint32_t layer) {
    return (static_cast<uint32_t>(voice.tier_frames[k]) + layer) % kChunk;
  }

  /// (x - mean + shift) / sqrt(variance + eps) is (x - centre) * inverse.
  struct Moments {
    float centre;
    float inverse;
  };

  SASHIMI_DEVICE static Moments moments_of(const NormPlan& norm, const Warp& warp, const float* x) {
    const float mean = warp.sum(norm.padded, [&](uint32_t i) { return x[i]; }) * norm.scale;
    const float variance = warp.sum(norm.padded, [&](uint32_t i) {
      const float centred = (x[i] - mean) * read_number(norm.mask + i);
      return centred * centred;
    }) * norm.scale;
    return {mean - norm.shift, quotient(1.0F, square_root(variance + norm.eps))};
  }

  SASHIMI_DEVICE static float normalised(const NormPlan& norm, const Moments& moments, float x, uint32_t i) {
    return fused((x - moments.centre) * moments.inverse, read_number(norm.gain + i), read_number(norm.offset + i));
  }

  /// `normed` of the columns from what stands at `x_at`, which is kept at `save_at` unless that is 0.
  SASHIMI_DEVICE void normalise(const NormPlan& norm, const Columns& columns, uint32_t x_at, uint32_t save_at) {
    block_.warps(columns.count, [&](const Warp& warp, uint32_t c) {
      float* at = scratch_.of(columns.slots[c]);
      const float* x = at + x_at;
      const Moments moments = moments_of(norm, warp, x);
      warp.each(norm.padded, [&](uint32_t i) {
        at[plan_.normed_at + i] = normalised(norm, moments, x[i], i);
        if (save_at) at[save_at + i] = x[i];
      });
    });
  }

  /// Of a voice that consumed nothing the output is that of its last frame.
  SASHIMI_DEVICE void finish() {
    const Columns& active = shared_.active;
    block_.warps(active.count, [&](const Warp& warp, uint32_t c) {
      const Slot& voice = voice_of(active, c);
      float* at = scratch_.of(active.slots[c]);
      const float* x = at + plan_.tiers[0].x_at;
      float* features = voice.state + plan_.features_at;
      const Moments moments = voice.consumes ? moments_of(plan_.final_norm, warp, x) : Moments{0.0F, 0.0F};
      warp.each(plan_.tiers[0].padded, [&](uint32_t i) {
        if (voice.consumes) features[i] = normalised(plan_.final_norm, moments, x[i], i);
        at[plan_.normed_at + i] = features[i];
      });
    });
  }

  Block& block_;
  const Plan& plan_;
  const PairPlan* pairs_;
  Shared& shared_;
  const Scratch& scratch_;
};

}  // namespace sashimi::cuda
