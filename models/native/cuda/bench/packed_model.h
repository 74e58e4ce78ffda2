#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "../../core/sashimi_weights.h"

namespace sashimi::cuda {

/// A bundle and its golden in one file, which pack-model.mjs writes: eight bytes SASHCUDA, then counts (7 int32: words,
/// values, kinds, scales, decode, ids, logits), then these arrays of 4-byte numbers, one after the other. Of a golden the
/// ids are consumed, and logits (ids, levels) are the official code's after each.
class PackedModel {
 public:
  /// Null, or the sentence that says what is wrong.
  const char* read(const char* path) {
    std::FILE* const file = std::fopen(path, "rb");
    if (!file) return "cannot be opened";
    const char* const fault = read(file);
    std::fclose(file);
    return fault;
  }

  Config config;
  Weights weights;
  std::vector<float> decode;
  std::vector<uint8_t> ids;
  std::vector<float> logits;

 private:
  template <class T>
  static bool take(std::FILE* file, std::vector<T>& into, int32_t count) {
    into.resize(static_cast<size_t>(count));
    return std::fread(into.data(), sizeof(T), into.size(), file) == into.size();
  }

  const char* read(std::FILE* file) {
    char magic[8];
    int32_t counts[7];
    if (std::fread(magic, 1, 8, file) != 8 || std::memcmp(magic, "SASHCUDA", 8) != 0) return "is no packed model";
    if (std::fread(counts, sizeof(int32_t), 7, file) != 7) return "is cut off";
    for (const int32_t count : counts) {
      if (count < 0 || count > 1 << 28) return "has counts that cannot be";
    }
    std::vector<int32_t> words;
    std::vector<float> values;
    std::vector<int32_t> kinds;
    std::vector<float> scales;
    std::vector<int32_t> tokens;
    if (!take(file, words, counts[0]) || !take(file, values, counts[1]) || !take(file, kinds, counts[2]) ||
        !take(file, scales, counts[3]) || !take(file, decode, counts[4]) || !take(file, tokens, counts[5]) ||
        !take(file, logits, counts[6])) {
      return "is cut off";
    }
    if (const char* fault = config.parse(words.data(), words.size())) return fault;
    if (decode.size() != config.levels || logits.size() != tokens.size() * config.levels) return "does not fit together";
    for (const int32_t token : tokens) {
      if (token < 0 || static_cast<size_t>(token) >= config.levels) return "has a token beyond its levels";
      ids.push_back(static_cast<uint8_t>(token));
    }
    return weights.load(config, {values.data(), values.size(), kinds.data(), kinds.size(), scales.data(), scales.size()});
  }
};

}  // namespace sashimi::cuda
