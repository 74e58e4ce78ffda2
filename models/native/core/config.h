#pragma once

#include <stddef.h>
#include <stdint.h>

namespace sashimi {

enum class NormKind : int32_t { layer = 0, scalar = 1 };
enum class OutputActivation : int32_t { none = 0, glu = 1 };
enum class SsmKind : int32_t { s4d = 0, s4 = 1 };
enum class WeightFormat : int32_t { f32 = 0, bf16 = 1, int8 = 2, int4 = 3 };

inline constexpr size_t kMaxPools = 6;
inline constexpr size_t kMaxLevels = 256;
inline constexpr size_t kMaxLayers = 64;
inline constexpr size_t kMaxInputs = 8;

/// A conditioning input.
struct InputConfig {
  size_t dim = 0;  ///< Numbers per frame.
  size_t hop = 0;  ///< Samples per frame: frame k belongs to the samples from k * hop on.
};

/// Shape of a model, as docs/bundle-format.md words it. Filled from the integers that
/// pack.ts writes; nothing here comes from a file unchecked.
struct Config {
  size_t d_model = 0;
  size_t num_layers = 0;
  size_t expand = 0;
  size_t ff = 0;
  NormKind norm = NormKind::layer;
  OutputActivation activation = OutputActivation::glu;
  SsmKind ssm = SsmKind::s4d;
  size_t pairs = 0;       ///< N, complex states per channel.
  size_t mode_slots = 0;  ///< The same of an s4 that runs as diagonal: real modes take a slot each.
  bool unet = false;  ///< Pairs before each pool too.
  size_t levels = 0;  ///< Token alphabet, at most kMaxLevels.
  uint32_t start_token = 0;
  uint32_t signature = 0;  ///< Hash of all words: marks the snapshots of this shape and these weights.
  size_t num_pools = 0;
  size_t pool[kMaxPools] = {};  ///< Frames of tier k per frame of tier k + 1.
  size_t num_inputs = 0;
  InputConfig inputs[kMaxInputs] = {};

  size_t num_tiers() const { return num_pools + 1; }
  /// Whether tier `tier` has pairs on the way down as well.
  bool has_down_pairs(size_t tier) const { return unet && tier < num_pools; }
  /// Channels of tier `tier`.
  size_t width(size_t tier) const {
    size_t width = d_model;
    for (size_t k = 0; k < tier; ++k) width *= expand;
    return width;
  }
  /// Samples per frame of tier `tier`.
  uint64_t pooled(size_t tier) const {
    uint64_t samples = 1;
    for (size_t k = 0; k < tier; ++k) samples *= pool[k];
    return samples;
  }

  /// Reads the integers in the order of `configWords` in pack.ts.
  /// Returns null, or the sentence that says what is wrong.
  const char* parse(const int32_t* words, size_t count);
};

}  // namespace sashimi
