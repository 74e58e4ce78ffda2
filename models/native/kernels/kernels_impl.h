#pragma once

#include "elementwise.h"
#include "kernels.h"
#include "matmul.h"
#include "matmul_codes.h"
#include "project.h"
#include "simd.h"
#include "state_space.h"

/// The kernels themselves. Included by one translation unit per instruction set, which then
/// defines its `Kernels` table with SASHIMI_KERNEL_TABLE.
namespace sashimi {
namespace {

void matmul(const Matrix& matrix, Epilogue epilogue, const Real* x, size_t x_stride, Real* y, size_t y_stride,
            size_t columns, const ActivationCodes& codes) {
  const bool adds = epilogue == Epilogue::add;
#if defined(SASHIMI_FLOAT64)
  (void)codes;
  multiply<FloatWeights>(matrix, adds, x, x_stride, y, y_stride, columns);
#else
  switch (matrix.format) {
    case WeightFormat::f32: multiply<FloatWeights>(matrix, adds, x, x_stride, y, y_stride, columns); break;
    case WeightFormat::bf16: multiply<Bfloat16Weights>(matrix, adds, x, x_stride, y, y_stride, columns); break;
    case WeightFormat::int8:
      encode_columns(matrix, x, x_stride, columns, codes);
      multiply_coded<Int8Codes>(matrix, adds, y, y_stride, columns, codes);
      break;
    case WeightFormat::int4:
      encode_columns(matrix, x, x_stride, columns, codes);
      multiply_coded<Int4Codes>(matrix, adds, y, y_stride, columns, codes);
      break;
  }
#endif
  if (epilogue == Epilogue::gelu) gelu_columns(y, y_stride, matrix.out, columns);
}

}  // namespace
}  // namespace sashimi

/// Defines the table `symbol` of this translation unit's instruction set.
#define SASHIMI_KERNEL_TABLE(symbol, name)                                     \
  const ::sashimi::Kernels sashimi::symbol = {                                 \
      name,                                                                    \
      ::sashimi::matmul,                                                       \
      ::sashimi::normalise,                                                    \
      ::sashimi::state_space,                                                  \
      ::sashimi::glu_add,                                                      \
      ::sashimi::project,                                                      \
      ::sashimi::add,                                                          \
      ::sashimi::largest,                                                      \
      ::sashimi::exponentials,                                                 \
      ::sashimi::logarithms,                                                   \
  }
