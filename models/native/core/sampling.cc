#include "sampling.h"

namespace sashimi {

namespace {

/// The rank order: larger logit first, then lower id.
bool ranks_before(const Real* logits, uint8_t a, uint8_t b) {
  return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
}

/// The sort bucket of a logit that lies `distance` below the peak, 0 to `last`; of what is no number the last.
int32_t bucket(Real distance, Real per_unit, Real last) {
  const Real scaled = distance * per_unit;
  return static_cast<int32_t>(scaled < last ? (scaled > 0 ? scaled : 0) : last);
}

/// One stable pass of a radix sort: `from` to `to` by eight bits of `keys`.
void sort_by_byte(const uint16_t* keys, int shift, size_t count, const uint8_t* from, uint8_t* to) {
  uint16_t next[256] = {};
  for (size_t i = 0; i < count; ++i) ++next[(keys[i] >> shift) & 0xFF];
  uint16_t sum = 0;
  for (uint16_t& bucket : next) {
    const uint16_t size = bucket;
    bucket = sum;
    sum = static_cast<uint16_t>(sum + size);
  }
  for (size_t i = 0; i < count; ++i) to[next[(keys[from[i]] >> shift) & 0xFF]++] = from[i];
}

}  // namespace

void philox4x32(uint32_t counter[4], uint32_t key0, uint32_t key1) {
  constexpr uint64_t kMultiplier0 = 0xD2511F53U;
  constexpr uint64_t kMultiplier1 = 0xCD9E8D57U;
  constexpr uint32_t kWeyl0 = 0x9E3779B9U;
  constexpr uint32_t kWeyl1 = 0xBB67AE85U;
  constexpr int kRounds = 10;
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t product0 = kMultiplier0 * counter[0];
    const uint64_t product1 = kMultiplier1 * counter[2];
    const uint32_t word0 = static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key0;
    const uint32_t word2 = static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key1;
    counter[0] = word0;
    counter[1] = static_cast<uint32_t>(product1);
    counter[2] = word2;
    counter[3] = static_cast<uint32_t>(product0);
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
}

double frame_uniform(uint32_t seed, uint64_t frame) {
  uint32_t block[4] = {static_cast<uint32_t>(frame), static_cast<uint32_t>(frame >> 32), 0, 0};
  philox4x32(block, seed, 0);
  return (static_cast<double>(block[0]) + 0.5) / 4294967296.0;
}

uint32_t TokenDraw::draw(const Kernels& kernels, const Real* logits, size_t levels, const Sampling& sampling,
                         double u) {
  const Real peak = kernels.largest(logits, levels);
  if (!(peak - peak == 0)) {
    ++faulty_;
    return static_cast<uint32_t>(levels / 2);
  }
  uint32_t best = 0;
  while (best + 1 < levels && logits[best] != peak) ++best;
  if (!(sampling.temperature > 0.0)) return best;

  const bool cuts = (sampling.top_k > 0 && sampling.top_k < levels) || sampling.top_p < 1.0;
  if (cuts) keep_best(kernels, logits, levels, peak, sampling);
  // The nucleus has already computed the weights at temperature 1.
  if (!(sampling.temperature == 1.0 && sampling.top_p < 1.0)) {
    kernels.exponentials(logits, static_cast<double>(peak), sampling.temperature, levels, weights_);
  }
  if (cuts) {
    for (size_t id = 0; id < levels; ++id) weights_[id] *= kept_[id];
  }
  const double total = sum_blocks(levels);
  size_t id = find(u * total, levels);
  if (id == levels) {
    // Rounding left none: the last kept one.
    id = levels - 1;
    while (id > best && weights_[id] == 0.0) --id;
  }
  return static_cast<uint32_t>(tally(total / weights_[id]) ? id : levels / 2);
}

/// Whether it is a number. `ratio`, at least 1, is one over the probability of what was drawn. Its logarithm: the exponent, and of the mantissa m in
/// [1, 2) the parabola through 1, 2 and about their middle, which is off by less than 0.01.
bool TokenDraw::tally(double ratio) {
  if (!(ratio < __builtin_inf())) {
    ++faulty_;
    return false;
  }
  constexpr uint64_t kMantissa = (uint64_t{1} << 52) - 1;
  constexpr uint64_t kOne = uint64_t{1023} << 52;
  uint64_t bits;
  __builtin_memcpy(&bits, &ratio, sizeof bits);
  const uint64_t mantissa_bits = (bits & kMantissa) | kOne;
  double m;
  __builtin_memcpy(&m, &mantissa_bits, sizeof m);
  const auto exponent = static_cast<double>(static_cast<int64_t>(bits >> 52) - 1023);
  const double log2 = exponent + (2.0 - m / 3.0) * m - 5.0 / 3.0;
  // Rounding may have left a ratio just below 1.
  surprise_ += log2 > 0.0 ? static_cast<uint64_t>(256.0 * log2 + 0.5) : 0;
  return true;
}

/// Sums the weights in blocks, which a processor adds side by side; returns the sum of all.
double TokenDraw::sum_blocks(size_t levels) {
  double total = 0.0;
  for (size_t block = 0; block * kBlock < levels; ++block) {
    const size_t end = (block + 1) * kBlock < levels ? (block + 1) * kBlock : levels;
    double sum = 0.0;
    for (size_t id = block * kBlock; id < end; ++id) sum += weights_[id];
    block_sums_[block] = sum;
    total += sum;
  }
  return total;
}

/// The first id at which the cumulative weight rises above `target`; `levels` when none does. An id of weight 0 never
/// rises above a target that its predecessor has not reached.
size_t TokenDraw::find(double target, size_t levels) const {
  double before = 0.0;
  size_t block = 0;
  while (block * kBlock < levels && !(before + block_sums_[block] > target)) before += block_sums_[block++];
  double sum = 0.0;
  size_t id = block * kBlock;
  while (id < levels) {
    sum += weights_[id];
    if (before + sum > target) break;
    ++id;
  }
  return id;
}

/// Marks the ids that topK and topP leave.
void TokenDraw::keep_best(const Kernels& kernels, const Real* logits, size_t levels, Real peak,
                          const Sampling& sampling) {
  const size_t max_ranks = sampling.top_k > 0 && sampling.top_k < levels ? sampling.top_k : levels;
  const bool has_nucleus = sampling.top_p < 1.0;
  if (has_nucleus) kernels.exponentials(logits, static_cast<double>(peak), 1.0, levels, weights_);
  if (max_ranks == levels && keep_nucleus(logits, levels, peak, sampling.top_p)) return;

  rank(logits, levels, peak);
  for (size_t i = 0; i < levels; ++i) kept_[ranks_[i]] = i < max_ranks ? 1.0 : 0.0;
  if (!has_nucleus) return;
  double total = 0.0;
  for (size_t id = 0; id < levels; ++id) total += kept_[id] * weights_[id];
  const double bound = sampling.top_p * total;
  double cumulative = 0.0;
  size_t kept = 0;
  while (kept < max_ranks && cumulative <= bound) cumulative += weights_[ranks_[kept++]];
  for (size_t i = kept; i < max_ranks; ++i) kept_[ranks_[i]] = 0.0;
}

/// Marks the ids that topP leaves, without ranking all of them: logits fall into buckets by their
/// distance from the peak, and only the bucket in which the weight crosses the bound is put in order.
/// False, and nothing marked, when the sum by buckets comes so close to the bound that the order of
/// summation could decide, or when that bucket is crowded.
bool TokenDraw::keep_nucleus(const Real* logits, size_t levels, Real peak, double top_p) {
  constexpr size_t kBuckets = 128;
  constexpr Real kBucketsPerUnit = 8;
  constexpr Real kLastBucket = kBuckets - 1;
  constexpr size_t kMostMembers = 24;
  uint8_t* const buckets = swap_;
  for (size_t id = 0; id < levels; ++id) {
    buckets[id] = static_cast<uint8_t>(bucket(peak - logits[id], kBucketsPerUnit, kLastBucket));
  }
  // Several sums per bucket: neighbours often share one, and would wait for each other.
  constexpr size_t kWays = 4;
  double ways[kWays][kBuckets] = {};
  for (size_t id = 0; id < levels; ++id) ways[id % kWays][buckets[id]] += weights_[id];
  double mass[kBuckets];
  for (size_t i = 0; i < kBuckets; ++i) mass[i] = (ways[0][i] + ways[1][i]) + (ways[2][i] + ways[3][i]);
  const double total = sum_blocks(levels);
  const double bound = top_p * total;
  double cumulative = 0.0;
  size_t crossing = 0;
  while (crossing + 1 < kBuckets && cumulative + mass[crossing] <= bound) cumulative += mass[crossing++];

  size_t members = 0;
  for (size_t id = 0; id < levels; ++id) {
    ranks_[members] = static_cast<uint8_t>(id);
    members += buckets[id] == crossing ? 1 : 0;
  }
  if (members > kMostMembers) return false;
  sort_ranks(logits, members);
  // 256 sums of float64 in another order differ by less than 1e-13 of the total.
  const double doubt = 1e-12 * total;
  const auto is_clear = [&] { return __builtin_fabs(cumulative - bound) > doubt; };
  size_t kept = 0;
  bool is_certain = is_clear();
  while (kept < members && cumulative <= bound) {
    cumulative += weights_[ranks_[kept++]];
    is_certain = is_certain && is_clear();
  }
  if (!is_certain || !(cumulative > bound)) return false;
  for (size_t id = 0; id < levels; ++id) kept_[id] = buckets[id] < crossing ? 1.0 : 0.0;
  for (size_t i = 0; i < kept; ++i) kept_[ranks_[i]] = 1.0;
  return true;
}

/// Fills ranks_: larger logit first, then lower id. Two radix passes over the distance from the
/// peak, which has so fine buckets that the insertion sort after them finds next to nothing to
/// do. A heap or a quicksort would spend several times as long on mispredicted branches.
void TokenDraw::rank(const Real* logits, size_t levels, Real peak) {
  constexpr Real kBucketsPerUnit = 1024;
  constexpr Real kLastBucket = 65535;
  for (size_t id = 0; id < levels; ++id) {
    distance_[id] = static_cast<uint16_t>(bucket(peak - logits[id], kBucketsPerUnit, kLastBucket));
    ranks_[id] = static_cast<uint8_t>(id);
  }
  sort_by_byte(distance_, 0, levels, ranks_, swap_);
  sort_by_byte(distance_, 8, levels, swap_, ranks_);
  sort_ranks(logits, levels);
}

/// Insertion sort of the first `count` ranks_.
void TokenDraw::sort_ranks(const Real* logits, size_t count) {
  for (size_t i = 1; i < count; ++i) {
    const uint8_t moving = ranks_[i];
    size_t hole = i;
    for (; hole > 0 && ranks_before(logits, moving, ranks_[hole - 1]); --hole) ranks_[hole] = ranks_[hole - 1];
    ranks_[hole] = moving;
  }
}

}  // namespace sashimi
