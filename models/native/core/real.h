#pragma once

namespace sashimi {

/// What activations, states and sums are made of. float in every product; the double build exists
/// for one test, which measures how far float drifts in minutes of audio.
#if defined(SASHIMI_FLOAT64)
using Real = double;
#else
using Real = float;
#endif

}  // namespace sashimi
