#pragma once

#include "../core/conditioning.h"
#include "napi_support.h"

namespace sashimi::node {

/// Takes `value`, an array with a Float32Array or undefined per input of `config`, or undefined, as the conditioning of the
/// samples [frame, frame + num_frames). False with a pending error when rows are missing.
inline bool conditioning_of(napi_env env, napi_value value, const Config& config, uint64_t frame, size_t num_frames,
                            Conditioning& conditioning) {
  conditioning = {};
  if (num_frames == 0 || is_undefined(env, value)) return true;
  for (size_t i = 0; i < config.num_inputs; ++i) {
    napi_value element = nullptr;
    if (napi_get_element(env, value, static_cast<uint32_t>(i), &element) != napi_ok) {
      return refuse(env, "Expected an array of Float32Arrays for conditioning.");
    }
    if (is_undefined(env, element)) continue;
    float* rows = nullptr;
    size_t length = 0;
    if (!floats_of(env, element, rows, length)) return false;
    const auto& [dim, hop] = config.inputs[i];
    const uint64_t num_rows = (frame + num_frames - 1) / hop - frame / hop + 1;
    if (length / dim < num_rows) {
      fail(env, "Expected a row of conditioning for every frame that the block touches.");
      return false;
    }
    conditioning.rows[i] = rows;
  }
  return true;
}

}  // namespace sashimi::node
