#pragma once

#include "mathematics.h"
#include "near.h"

/// Draws a token per voice: models/sampling/draw.ts is the definition, ../../core/sampling.cc the same on one thread.
/// Equal logits give equal tokens: sums that could decide are added up in the order that is written there.
namespace sashimi::cuda {

/// What topK and topP mean for one voice.
struct Cuts {
  bool has_any;
  bool has_nucleus;
  uint32_t max_ranks;
};

class Draw {
 public:
  SASHIMI_DEVICE Draw(Block& block, uint32_t levels) : block_(block), near_(block), levels_(levels) {}

  /// What `choose` needs of every active voice's logits. Of no use before: what stands beyond the levels is -infinity.
  SASHIMI_DEVICE void weigh() {
    const Columns& active = near_.active();
    bool draws = false;
    bool has_nucleus = false;
    for (uint32_t c = 0; c < active.count; ++c) {
      draws = draws || !is_greedy(active.slots[c]);
      has_nucleus = has_nucleus || (!is_greedy(active.slots[c]) && cuts_of(active.slots[c]).has_nucleus);
    }
    const uint32_t stretches = (levels_ + kIdsOfWarp - 1) / kIdsOfWarp;
    block_.warps(active.count * stretches, [&](const Warp& warp, uint32_t task) {
      uint32_t c = 0;
      for (; task >= stretches; ++c) task -= stretches;
      weigh_ids(warp, active.slots[c], task);
    });
    if (has_nucleus) find_nuclei();
    if (!draws) return;
    block_.tasks(active.count * kSumBlocks, [&](uint32_t i) { sum_block(active.slots[i / kSumBlocks], i % kSumBlocks); });
  }

  /// Gives a voice its next token, and tallies it: then one thread of the warp, the same each time, has done so.
  SASHIMI_DEVICE void choose(const Warp& warp, uint32_t slot) {
    const DrawScratch& at = draws_of(slot);
    if (at.is_faulty || is_greedy(slot)) {
      warp.once([&] {
        Slot& voice = near_.shared().slots[slot];
        if (at.is_faulty) ++voice.tally.faulty;
        voice.token = at.is_faulty ? levels_ / 2 : at.best;
      });
      return;
    }
    const double total = sum_of_blocks(at.id_sums);
    const uint32_t found = find(warp, at, at.uniform * total);
    warp.once([&] {
      Slot& voice = near_.shared().slots[slot];
      uint32_t id = found;
      if (id == levels_) {
        // Rounding left none: the last kept one.
        id = levels_ - 1;
        while (id > at.best && at.weights[id] == 0.0) --id;
      }
      voice.token = tally(quotient(total, at.weights[id]), voice.tally) ? id : levels_ / 2;
    });
  }

 private:
  /// Ids of a warp's task.
  static constexpr uint32_t kIdsOfWarp = 32;

  SASHIMI_DEVICE DrawScratch& draws_of(uint32_t slot) const { return near_.draws(slot); }
  SASHIMI_DEVICE const float* logits_of(uint32_t slot) const { return near_.logits(slot); }
  SASHIMI_DEVICE const SlotOrder& order_of(uint32_t slot) const { return near_.shared().order.slots[slot]; }
  SASHIMI_DEVICE bool is_greedy(uint32_t slot) const { return !(order_of(slot).temperature > 0.0); }

  SASHIMI_DEVICE Cuts cuts_of(uint32_t slot) const {
    const SlotOrder& order = order_of(slot);
    const bool has_few = order.top_k > 0 && order.top_k < levels_;
    return {has_few || order.top_p < 1.0, order.top_p < 1.0, has_few ? order.top_k : levels_};
  }

  /// The weights and ranks of a stretch of ids, a lane each.
  SASHIMI_DEVICE void weigh_ids(const Warp& warp, uint32_t slot, uint32_t stretch) {
    const float* logits = logits_of(slot);
    DrawScratch& at = draws_of(slot);
    const Cuts cuts = cuts_of(slot);
    const float peak = warp.largest(levels_, [&](uint32_t i) { return logits[i]; });
    if (stretch == 0) {
      const uint32_t best = warp.first(levels_, [&](uint32_t i) { return logits[i] == peak; });
      warp.once([&] {
        at.best = best;
        at.is_faulty = peak - peak == 0.0F ? 0 : 1;
        at.kept = cuts.max_ranks;
        at.uniform = frame_uniform(near_.shared().slots[slot].seed, near_.shared().slots[slot].frame);
      });
    }
    if (is_greedy(slot)) return;
    const double temperature = order_of(slot).temperature;
    warp.each(32, [&](uint32_t lane) {
      const uint32_t id = stretch * kIdsOfWarp + lane;
      if (id >= levels_) return;
      const double weight = draw_weight(logits[id], peak, temperature);
      at.weights[id] = weight;
      if (!cuts.has_any) return;
      const uint32_t rank = ranked_before(logits, stretch, id);
      at.ranks[id] = rank;
      if (!cuts.has_nucleus) return;
      const double plain = rank >= cuts.max_ranks ? 0.0 : temperature == 1.0 ? weight : draw_weight(logits[id], peak, 1.0);
      at.plain[id] = plain;
      at.ranked[rank] = plain;
    });
  }

  /// How many of the other ids come before `id`: larger logits first, then lower ids; what is no number last. `stretch` is that of
  /// the id: all that is before it has lower ids, all behind it higher ones. Without branches, for these cost more than what they save.
  SASHIMI_DEVICE uint32_t ranked_before(const float* logits, uint32_t stretch, uint32_t id) const {
    const float own = logits[id];
    if (!(own == own)) return numbers_before(logits, id);
    const uint32_t begin = stretch * kIdsOfWarp;
    // Four counts, so that no addition waits for the one before it.
    Quad before = {};
    for (uint32_t first = 0; first < begin; first += 4) {
      const Quad others = *reinterpret_cast<const Quad*>(logits + first);
      for (uint32_t k = 0; k < 4; ++k) before.v[k] = before.v[k] + one_if_not_less(others.v[k], own);
    }
    for (uint32_t first = begin; first < begin + kIdsOfWarp && first < levels_; first += 4) {
      const Quad others = *reinterpret_cast<const Quad*>(logits + first);
      for (uint32_t k = 0; k < 4; ++k) {
        const float as_lower_id = one_if_not_less(others.v[k], own);
        const float as_higher_id = one_if_greater(others.v[k], own);
        before.v[k] = before.v[k] + (first + k < id ? as_lower_id : as_higher_id);
      }
    }
    // Beyond the levels stands what is larger than nothing.
    for (uint32_t first = begin + kIdsOfWarp; first < levels_; first += 4) {
      const Quad others = *reinterpret_cast<const Quad*>(logits + first);
      for (uint32_t k = 0; k < 4; ++k) before.v[k] = before.v[k] + one_if_greater(others.v[k], own);
    }
    return static_cast<uint32_t>(before.v[0] + before.v[1] + before.v[2] + before.v[3]);
  }

  /// The same for an id whose logit is no number.
  SASHIMI_DEVICE uint32_t numbers_before(const float* logits, uint32_t id) const {
    uint32_t before = 0;
SASHIMI_UNROLL(1)
    for (uint32_t other = 0; other < levels_; ++other) before += logits[other] == logits[other] || other < id ? 1 : 0;
    return before;
  }

  /// How many ranks each nucleus keeps.
  SASHIMI_DEVICE void find_nuclei() {
    const Columns& active = near_.active();
    block_.tasks(active.count * kSumBlocks * 2, [&](uint32_t i) {
      const uint32_t slot = active.slots[i / (kSumBlocks * 2)];
      if (is_greedy(slot) || !cuts_of(slot).has_nucleus) return;
      DrawScratch& at = draws_of(slot);
      const uint32_t block = i / 2 % kSumBlocks;
      const bool is_by_rank = i % 2 == 1;
      (is_by_rank ? at.rank_sums : at.id_sums)[block] = sum_of(is_by_rank ? at.ranked : at.plain, block);
    });
    block_.warps(active.count, [&](const Warp& warp, uint32_t c) {
      const uint32_t slot = active.slots[c];
      const Cuts cuts = cuts_of(slot);
      if (is_greedy(slot) || !cuts.has_nucleus) return;
      if (!find_nucleus(warp, slot, cuts.max_ranks)) warp.once([&] { find_nucleus_in_order(slot, cuts.max_ranks); });
    });
  }

  /// The numbers of a block, all of them read before the first is needed; 0 beyond the levels.
  template <class T>
  struct OfBlock {
    T v[kSumBlock];
  };
  template <class T>
  SASHIMI_DEVICE OfBlock<T> read_block(const T* from, uint32_t block) const {
    OfBlock<T> of;
SASHIMI_UNROLL(16)
    for (uint32_t n = 0; n < kSumBlock; ++n) of.v[n] = block * kSumBlock + n < levels_ ? from[block * kSumBlock + n] : T{};
    return of;
  }

  /// Weights are no less than 0, so that adding 0 beyond the levels changes nothing.
  SASHIMI_DEVICE double sum_of(const double* weights, uint32_t block) const {
    const OfBlock<double> of = read_block(weights, block);
    double sum = 0.0;
SASHIMI_UNROLL(16)
    for (uint32_t n = 0; n < kSumBlock; ++n) sum = sum + of.v[n];
    return sum;
  }

  /// `start` and the first `count` numbers of a block, added one after the other.
  SASHIMI_DEVICE static double sum_of_first(const OfBlock<double>& of, uint32_t count, double start) {
    double sum = start;
SASHIMI_UNROLL(16)
    for (uint32_t n = 0; n < kSumBlock; ++n) {
      const double more = sum + of.v[n];
      sum = n < count ? more : sum;
    }
    return sum;
  }

  /// False when the sum by blocks comes so close to the bound that the order of summation could decide. Each lane adds up to a place of
  /// its own, so that no place waits for those before it.
  SASHIMI_DEVICE bool find_nucleus(const Warp& warp, uint32_t slot, uint32_t max_ranks) {
    static_assert(kSumBlocks == kSumBlock && kSumBlock < 32);
    DrawScratch& at = draws_of(slot);
    const double total = sum_of_blocks(at.id_sums);
    const double bound = order_of(slot).top_p * total;
    // 256 sums of float64 in another order differ by less than 1e-13 of the total.
    const double doubt = 1e-12 * total;
    OfBlock<double> blocks;
SASHIMI_UNROLL(16)
    for (uint32_t n = 0; n < kSumBlock; ++n) blocks.v[n] = n * kSumBlock < levels_ ? at.rank_sums[n] : 0.0;
    // The last block that may have it is the one with the last rank.
    const uint32_t block = warp.template first<1>(kSumBlocks, [&](uint32_t b) {
      return (b + 1) * kSumBlock >= max_ranks || !(sum_of_first(blocks, b + 1, 0.0) + doubt < bound);
    });
    const double before = sum_of_first(blocks, block, 0.0);
    const OfBlock<double> ranks = read_block(at.ranked, block);
    const uint32_t rest = max_ranks - block * kSumBlock;
    const uint32_t count =
        warp.template first<1>(kSumBlock + 1, [&](uint32_t n) { return n >= rest || sum_of_first(ranks, n, before) > bound; });
    warp.once([&] { at.kept = block * kSumBlock + count; });
    return count > 0 && count <= kSumBlock && sum_of_first(ranks, count, before) - bound > doubt &&
           bound - sum_of_first(ranks, count - 1, before) > doubt;
  }

  SASHIMI_DEVICE void find_nucleus_in_order(uint32_t slot, uint32_t max_ranks) {
    DrawScratch& at = draws_of(slot);
    double total = 0.0;
    for (uint32_t id = 0; id < levels_; ++id) total = total + at.plain[id];
    const double bound = order_of(slot).top_p * total;
    double cumulative = 0.0;
    uint32_t rank = 0;
    while (rank < max_ranks && cumulative <= bound) cumulative = cumulative + at.ranked[rank++];
    at.kept = rank;
  }

  /// What is cut weighs nothing.
  SASHIMI_DEVICE void sum_block(uint32_t slot, uint32_t block) {
    if (is_greedy(slot)) return;
    DrawScratch& at = draws_of(slot);
    OfBlock<double> weights = read_block(at.weights, block);
    if (cuts_of(slot).has_any) {
      const OfBlock<uint32_t> ranks = read_block(at.ranks, block);
      const uint32_t kept = at.kept;
SASHIMI_UNROLL(16)
      for (uint32_t n = 0; n < kSumBlock; ++n) weights.v[n] = ranks.v[n] >= kept ? 0.0 : weights.v[n];
    }
    double sum = 0.0;
SASHIMI_UNROLL(16)
    for (uint32_t n = 0; n < kSumBlock; ++n) {
      const uint32_t id = block * kSumBlock + n;
      sum = sum + weights.v[n];
      if (id >= levels_) continue;
      at.weights[id] = weights.v[n];
      at.plain[id] = sum;
    }
    at.id_sums[block] = sum;
  }

  SASHIMI_DEVICE double sum_of_blocks(const double* sums) const {
    double total = 0.0;
SASHIMI_UNROLL(16)
    for (uint32_t block = 0; block < kSumBlocks; ++block) total = total + (block * kSumBlock < levels_ ? sums[block] : 0.0);
    return total;
  }

  /// The first id at which the cumulative weight rises above `target`; `levels` when none does.
  SASHIMI_DEVICE uint32_t find(const Warp& warp, const DrawScratch& at, double target) const {
    double before = 0.0;
    uint32_t block = 0;
    while (block * kSumBlock < levels_ && !(before + at.id_sums[block] > target)) before = before + at.id_sums[block++];
    const uint32_t begin = block * kSumBlock;
    if (begin >= levels_) return levels_;
    const uint32_t count = levels_ - begin < kSumBlock ? levels_ - begin : kSumBlock;
    return begin + warp.template first<1>(count, [&](uint32_t n) { return n < count && before + at.plain[begin + n] > target; });
  }

  /// As TokenDraw::tally: whether `ratio`, one over the probability of what was drawn, is a number.
  SASHIMI_DEVICE static bool tally(double ratio, Tally& to) {
    if (!(ratio < double_of(0x7FF0000000000000ULL))) {
      ++to.faulty;
      return false;
    }
    constexpr uint64_t kMantissa = (uint64_t{1} << 52) - 1;
    constexpr uint64_t kOne = uint64_t{1023} << 52;
    const uint64_t bits = bits_of(ratio);
    const double m = double_of((bits & kMantissa) | kOne);
    const auto exponent = static_cast<double>(static_cast<int64_t>(bits >> 52) - 1023);
    const double log2 = exponent + (2.0 - quotient(m, 3.0)) * m - 5.0 / 3.0;
    to.surprise += log2 > 0.0 ? static_cast<uint64_t>(256.0 * log2 + 0.5) : 0;
    return true;
  }

  Block& block_;
  const Near near_;
  const uint32_t levels_;
};

SASHIMI_APART void weigh_apart(Block& block, uint32_t levels) { Draw(block, levels).weigh(); }

}  // namespace sashimi::cuda
