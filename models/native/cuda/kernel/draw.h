#pragma once

#include "block.h"
#include "mathematics.h"
#include "voices.h"

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
  SASHIMI_DEVICE Draw(Block& block, const Plan& plan, Shared& shared, const Scratch& scratch)
      : block_(block), plan_(plan), shared_(shared), scratch_(scratch) {}

  /// Gives every active voice its next token, and tallies it.
  SASHIMI_DEVICE_CALL void run() {
    const Columns& active = shared_.active;
    const uint32_t levels = plan_.levels;
    bool draws = false;
    bool cuts = false;
    bool has_nucleus = false;
    for (uint32_t c = 0; c < active.count; ++c) {
      if (is_greedy(active.slots[c])) continue;
      draws = true;
      const Cuts of_voice = cuts_of(active.slots[c]);
      cuts = cuts || of_voice.has_any;
      has_nucleus = has_nucleus || of_voice.has_nucleus;
    }
    block_.warps(active.count, [&](const Warp& warp, uint32_t c) { find_peak(warp, active.slots[c]); });
    if (draws) {
      if (cuts) block_.tasks(active.count * levels, [&](uint32_t i) { rank(active.slots[i / levels], i % levels); });
      if (has_nucleus) find_nuclei();
      block_.tasks(active.count * levels, [&](uint32_t i) { weigh(active.slots[i / levels], i % levels); });
      block_.tasks(active.count * kSumBlocks, [&](uint32_t i) {
        DrawScratch& at = draws_of(active.slots[i / kSumBlocks]);
        const uint32_t block = i % kSumBlocks;
        double sum = 0.0;
        for (uint32_t id = block * kSumBlock; id < (block + 1) * kSumBlock && id < levels; ++id) sum = sum + at.weights[id];
        at.id_sums[block] = sum;
      });
    }
    block_.tasks(active.count, [&](uint32_t c) { choose(active.slots[c]); });
  }

 private:
  SASHIMI_DEVICE DrawScratch& draws_of(uint32_t slot) const { return scratch_.draws[slot]; }
  SASHIMI_DEVICE const float* logits_of(uint32_t slot) const { return scratch_.of(slot) + plan_.logits_at; }
  SASHIMI_DEVICE const SlotOrder& order_of(uint32_t slot) const { return shared_.order.slots[slot]; }
  SASHIMI_DEVICE bool is_greedy(uint32_t slot) const { return !(order_of(slot).temperature > 0.0); }

  SASHIMI_DEVICE Cuts cuts_of(uint32_t slot) const {
    const SlotOrder& order = order_of(slot);
    const bool has_few = order.top_k > 0 && order.top_k < plan_.levels;
    return {has_few || order.top_p < 1.0, order.top_p < 1.0, has_few ? order.top_k : plan_.levels};
  }

  SASHIMI_DEVICE void find_peak(const Warp& warp, uint32_t slot) {
    const float* logits = logits_of(slot);
    const float peak = warp.largest(plan_.levels, [&](uint32_t i) { return logits[i]; });
    const uint32_t best = warp.first(plan_.levels, [&](uint32_t i) { return logits[i] == peak; });
    warp.once([&] {
      DrawScratch& at = draws_of(slot);
      at.peak = peak;
      at.best = best;
      at.is_faulty = peak - peak == 0.0F ? 0 : 1;
      at.kept = cuts_of(slot).max_ranks;
    });
  }

  /// An integer that is larger for a larger logit; 0 for what is no number.
  SASHIMI_DEVICE static uint32_t rank_key(float logit) {
    if (!(logit == logit)) return 0;
    const uint32_t bits = bits_of(logit + 0.0F);  // -0 is 0.
    return bits & 0x80000000U ? ~bits : bits | 0x80000000U;
  }

  /// Larger logit first, then lower id. And the weight at temperature 1, for the nucleus.
  SASHIMI_DEVICE void rank(uint32_t slot, uint32_t id) {
    DrawScratch& at = draws_of(slot);
    const Cuts cuts = cuts_of(slot);
    if (is_greedy(slot) || !cuts.has_any) return;
    const float* logits = logits_of(slot);
    const uint32_t key = rank_key(logits[id]);
    uint32_t before = 0;
    for (uint32_t other = 0; other < plan_.levels; ++other) {
      const uint32_t key_of_other = rank_key(logits[other]);
      before += key_of_other > key || (key_of_other == key && other < id) ? 1 : 0;
    }
    at.ranks[id] = before;
    at.ids[before] = id;
    if (cuts.has_nucleus) at.weights[id] = draw_weight(logits[id], at.peak, 1.0);
  }

  /// How many ranks each nucleus keeps.
  SASHIMI_DEVICE void find_nuclei() {
    const Columns& active = shared_.active;
    block_.tasks(active.count * kSumBlocks * 2, [&](uint32_t i) {
      const uint32_t slot = active.slots[i / (kSumBlocks * 2)];
      if (is_greedy(slot) || !cuts_of(slot).has_nucleus) return;
      const uint32_t max_ranks = cuts_of(slot).max_ranks;
      DrawScratch& at = draws_of(slot);
      const uint32_t block = i / 2 % kSumBlocks;
      const bool is_by_rank = i % 2 == 1;
      double sum = 0.0;
      for (uint32_t n = block * kSumBlock; n < (block + 1) * kSumBlock && n < plan_.levels; ++n) {
        const uint32_t id = is_by_rank ? at.ids[n] : n;
        const double kept = at.ranks[id] < max_ranks ? 1.0 : 0.0;
        sum = sum + kept * at.weights[id];
      }
      (is_by_rank ? at.rank_sums : at.id_sums)[block] = sum;
    });
    block_.tasks(active.count, [&](uint32_t c) {
      const uint32_t slot = active.slots[c];
      const Cuts cuts = cuts_of(slot);
      if (is_greedy(slot) || !cuts.has_nucleus) return;
      if (!find_nucleus(slot, cuts.max_ranks)) find_nucleus_in_order(slot, cuts.max_ranks);
    });
  }

  /// False when the sum by blocks comes so close to the bound that the order of summation could decide.
  SASHIMI_DEVICE bool find_nucleus(uint32_t slot, uint32_t max_ranks) {
    DrawScratch& at = draws_of(slot);
    double total = 0.0;
    for (uint32_t block = 0; block * kSumBlock < plan_.levels; ++block) total = total + at.id_sums[block];
    const double bound = order_of(slot).top_p * total;
    // 256 sums of float64 in another order differ by less than 1e-13 of the total.
    const double doubt = 1e-12 * total;
    double before = 0.0;
    uint32_t rank = 0;
    while (rank + kSumBlock < max_ranks && before + at.rank_sums[rank / kSumBlock] + doubt < bound) {
      before = before + at.rank_sums[rank / kSumBlock];
      rank += kSumBlock;
    }
    double cumulative = before;
    while (rank < max_ranks && cumulative <= bound) {
      before = cumulative;
      cumulative = cumulative + at.weights[at.ids[rank++]];
    }
    at.kept = rank;
    return cumulative - bound > doubt && bound - before > doubt;
  }

  SASHIMI_DEVICE void find_nucleus_in_order(uint32_t slot, uint32_t max_ranks) {
    DrawScratch& at = draws_of(slot);
    double total = 0.0;
    for (uint32_t id = 0; id < plan_.levels; ++id) {
      const double kept = at.ranks[id] < max_ranks ? 1.0 : 0.0;
      total = total + kept * at.weights[id];
    }
    const double bound = order_of(slot).top_p * total;
    double cumulative = 0.0;
    uint32_t rank = 0;
    while (rank < max_ranks && cumulative <= bound) cumulative = cumulative + at.weights[at.ids[rank++]];
    at.kept = rank;
  }

  SASHIMI_DEVICE void weigh(uint32_t slot, uint32_t id) {
    if (is_greedy(slot)) return;
    DrawScratch& at = draws_of(slot);
    const Cuts cuts = cuts_of(slot);
    const double temperature = order_of(slot).temperature;
    const double kept = !cuts.has_any || at.ranks[id] < at.kept ? 1.0 : 0.0;
    at.weights[id] = draw_weight(logits_of(slot)[id], at.peak, temperature) * kept;
  }

  SASHIMI_DEVICE void choose(uint32_t slot) {
    DrawScratch& at = draws_of(slot);
    Slot& voice = shared_.slots[slot];
    const uint32_t levels = plan_.levels;
    if (at.is_faulty) {
      ++voice.tally.faulty;
      voice.token = levels / 2;
      return;
    }
    if (is_greedy(slot)) {
      voice.token = at.best;
      return;
    }
    double total = 0.0;
    for (uint32_t block = 0; block * kSumBlock < levels; ++block) total = total + at.id_sums[block];
    uint32_t id = find(at, frame_uniform(voice.seed, voice.frame) * total);
    if (id == levels) {
      // Rounding left none: the last kept one.
      id = levels - 1;
      while (id > at.best && at.weights[id] == 0.0) --id;
    }
    voice.token = tally(quotient(total, at.weights[id]), voice.tally) ? id : levels / 2;
  }

  /// The first id at which the cumulative weight rises above `target`; `levels` when none does.
  SASHIMI_DEVICE uint32_t find(const DrawScratch& at, double target) const {
    const uint32_t levels = plan_.levels;
    double before = 0.0;
    uint32_t block = 0;
    while (block * kSumBlock < levels && !(before + at.id_sums[block] > target)) before = before + at.id_sums[block++];
    double sum = 0.0;
    uint32_t id = block * kSumBlock;
    while (id < levels) {
      sum = sum + at.weights[id];
      if (before + sum > target) break;
      ++id;
    }
    return id < levels ? id : levels;
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
  const Plan& plan_;
  Shared& shared_;
  const Scratch& scratch_;
};

}  // namespace sashimi::cuda
