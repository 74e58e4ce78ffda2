#pragma once

#include "config.h"

namespace sashimi {

/// What steers a voice during one call, borrowed for it. Per input of the model, in its order: rows (frames, dim) of which
/// row 0 is the conditioning frame that contains the call's first sample, and there is a row for every frame up to the one
/// that contains the last. Null drops the input. What is beyond the model's inputs is not looked at.
struct Conditioning {
  const float* rows[kMaxInputs] = {};
};

}  // namespace sashimi
