#include "config.h"

namespace sashimi {

namespace {

constexpr size_t kFixedWords = 14;
constexpr int32_t kMaxWidth = 16384;
constexpr int32_t kMaxDim = 4096;
constexpr int32_t kMaxHop = 1 << 30;
constexpr size_t kWordsPerInput = 2;

/// 32-bit FNV-1a.
uint32_t hash(const int32_t* words, size_t count) {
  uint32_t value = 2166136261U;
  for (size_t i = 0; i < count; ++i) {
    for (uint32_t shift = 0; shift < 32; shift += 8) {
      value = (value ^ ((static_cast<uint32_t>(words[i]) >> shift) & 0xFFU)) * 16777619U;
    }
  }
  return value;
}

bool within(int32_t value, int32_t low, int32_t high) { return value >= low && value <= high; }

}  // namespace

const char* Config::parse(const int32_t* words, size_t count) {
  if (count < kFixedWords) return "the configuration is too short";
  const int32_t pools = words[13];
  if (!within(pools, 0, static_cast<int32_t>(kMaxPools))) return "0 to 6 pools are supported";
  const size_t inputs_at = kFixedWords + static_cast<size_t>(pools);
  if (count <= inputs_at) return "the configuration is too short";
  if (!within(words[inputs_at], 0, static_cast<int32_t>(kMaxInputs))) return "0 to 8 conditioning inputs are supported";
  if (count != inputs_at + 1 + kWordsPerInput * static_cast<size_t>(words[inputs_at])) {
    return "the configuration has the wrong length";
  }
  if (!within(words[0], 1, 4096)) return "dModel must be 1 to 4096";
  if (!within(words[1], 1, static_cast<int32_t>(kMaxLayers))) return "numLayers must be 1 to 64";
  if (!within(words[2], 1, 8)) return "expand must be 1 to 8";
  if (!within(words[3], 1, 8)) return "ff must be 1 to 8";
  if (!within(words[4], 0, 1)) return "unknown norm";
  if (!within(words[5], 0, 1)) return "unknown output activation";
  if (!within(words[6], 0, 1)) return "unknown kind of state space";
  if (!within(words[7], 1, 1024)) return "conjugatePairs must be 1 to 1024";
  if (!within(words[8], 0, 1)) return "unet must be 0 or 1";
  if (!within(words[9], 2, static_cast<int32_t>(kMaxLevels))) return "levels must be 2 to 256";
  if (!within(words[10], 0, words[9] - 1)) return "startToken must be below levels";

  if (!within(words[12], 1, 2048)) return "modeSlots must be 1 to 2048";

  d_model = static_cast<size_t>(words[0]);
  num_layers = static_cast<size_t>(words[1]);
  expand = static_cast<size_t>(words[2]);
  ff = static_cast<size_t>(words[3]);
  norm = static_cast<NormKind>(words[4]);
  activation = static_cast<OutputActivation>(words[5]);
  ssm = static_cast<SsmKind>(words[6]);
  pairs = static_cast<size_t>(words[7]);
  unet = words[8] == 1;
  levels = static_cast<size_t>(words[9]);
  start_token = static_cast<uint32_t>(words[10]);
  // words[11] is a fingerprint of the weights: it only marks snapshots.
  mode_slots = static_cast<size_t>(words[12]);
  signature = hash(words, count);
  num_pools = static_cast<size_t>(pools);
  for (size_t k = 0; k < num_pools; ++k) {
    if (!within(words[kFixedWords + k], 1, 64)) return "a pooling factor must be 1 to 64";
    pool[k] = static_cast<size_t>(words[kFixedWords + k]);
    if (width(k + 1) > static_cast<size_t>(kMaxWidth)) return "the deepest tier is wider than 16384 channels";
  }
  num_inputs = static_cast<size_t>(words[inputs_at]);
  for (size_t i = 0; i < num_inputs; ++i) {
    const int32_t* const input = words + inputs_at + 1 + kWordsPerInput * i;
    if (!within(input[0], 1, kMaxDim)) return "a conditioning frame must have 1 to 4096 numbers";
    if (!within(input[1], 1, kMaxHop)) return "a conditioning frame must last 1 to 2^30 samples";
    inputs[i] = {static_cast<size_t>(input[0]), static_cast<size_t>(input[1])};
  }
  return nullptr;
}

}  // namespace sashimi
