#pragma once

#include "block.h"

/// The weights of a stretch of phases as its warps read them: each has a tape of its own, from front to back, and asks for the next steps
/// before it needs them, across phases and barriers. So the second cache's time is that of phases before.
namespace sashimi::cuda {

/// A lane's weights of a step as they lie on the tape: host/lane_order.h.
template <Format kFormat>
struct StepWords {
  Words4 v[kFormat == Format::f32 ? 4 : kFormat == Format::bf16 ? 2 : 1];
};
template <>
struct StepWords<Format::int4> {
  Words2 v[1];
};

/// A lane's place on the tape of its warp, and the steps before it that it has asked for.
template <Format kFormat>
struct TapeHead {
  static constexpr uint32_t kAhead = steps_ahead(kFormat);

  SASHIMI_DEVICE void begin(const StretchPlan& stretch, uint32_t warp, uint32_t lane) {
    next = static_cast<const unsigned char*>(stretch.tape) + warp * stretch.warp_bytes + lane * kPartBytes;
    for (StepWords<kFormat>& step : steps) ask(step);
  }

  /// The words of the next step, into `step`: behind the last stands what nobody uses.
  SASHIMI_DEVICE void ask(StepWords<kFormat>& step) {
    for (uint32_t k = 0; k < kParts; ++k) {
      if constexpr (kFormat == Format::int4) step.v[k] = read_passing_words2(next + k * 32 * kPartBytes);
      else step.v[k] = read_passing_words4(next + k * 32 * kPartBytes);
    }
    next += 32 * sizeof(StepWords<kFormat>);
  }

  /// The second becomes the first, and so on.
  SASHIMI_DEVICE void turn() {
    const StepWords<kFormat> first = steps[0];
    for (uint32_t k = 0; k + 1 < kAhead; ++k) steps[k] = steps[k + 1];
    steps[kAhead - 1] = first;
  }

  StepWords<kFormat> steps[kAhead];
  const unsigned char* next;

 private:
  static constexpr uint32_t kPartBytes = sizeof(StepWords<kFormat>::v[0]);
  static constexpr uint32_t kParts = sizeof(StepWords<kFormat>) / kPartBytes;
};

}  // namespace sashimi::cuda
