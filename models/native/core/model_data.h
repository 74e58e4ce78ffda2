#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config.h"

namespace sashimi {

/// What a state space of a model is given as.
enum class StateSpaceForm : int32_t {
  config = 0,  ///< As Config::ssm says: a, c of s4d, or a, b, p, q, c of s4.
  modes = 1,   ///< An s4 that was found to be diagonal: a, c.
};

/// The numbers of a model, borrowed while it is loaded. pack.ts writes all three arrays.
struct ModelData {
  /// The tensors one after the other in the order of models/bundle/layout.ts, the optional ones left out.
  const float* values = nullptr;
  size_t num_values = 0;
  /// A word per matrix (WeightFormat) and per state space (StateSpaceForm), in the order of their tensors.
  const int32_t* kinds = nullptr;
  size_t num_kinds = 0;
  /// Scales of the int8 and int4 matrices, row-major, in the order of the matrices.
  const float* scales = nullptr;
  size_t num_scales = 0;
};

}  // namespace sashimi
