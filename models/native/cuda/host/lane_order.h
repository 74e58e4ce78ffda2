#pragma once

#include <vector>

#include "../../core/matrix_layout.h"
#include "../kernel/plan.h"

namespace sashimi::cuda {

/// A matrix in the order in which the lanes of the kernel read it (kernel/multiply.h). By format a step of a lane, its four
/// outputs and four inputs, is:
///   f32:  4 parts (input) of 4 floats
///   bf16: 2 parts (pair of inputs) of 4 words, the even input's weight in the lower half
///   int8: 1 part of 16 bytes (pair of inputs, output, input of the pair)
///   int4: 1 part of 8 bytes (output, 2), nibbles as in `Matrix` of ../../kernels/kernels.h
/// Weights of outputs and inputs that are not there are zero.
struct LaneOrder {
  MatrixPlan plan = {};  ///< Without addresses.
  std::vector<unsigned char> weights;
  std::vector<float> scales;  ///< int4 alone: (groups of inputs, quads, 4).
};

/// `is_glu`: the outputs are values, then as many gates.
LaneOrder in_lane_order(const Matrix& matrix, bool is_glu);

}  // namespace sashimi::cuda
