#pragma once

#include "kernels.h"
#include "simd.h"

/// Matrices of int8 and int4 codes. Activations become int16 codes, a scale per column, so that
/// sums are integers: exact, and the same on every instruction set. The double build has none: the
/// values of every format are floats.
#if !defined(SASHIMI_FLOAT64)
namespace sashimi {
namespace {

constexpr int32_t kLargestCode = 32767;

/// The largest activation code with which `in` products with int8 weights fit into int32.
inline int32_t largest_activation_code(size_t in) {
  const auto fits = static_cast<int32_t>(2147483647 / (127 * static_cast<int64_t>(in)));
  return fits < kLargestCode ? fits : kLargestCode;
}

constexpr size_t coded_inputs(size_t in) { return (in + kInt4Group - 1) / kInt4Group * kInt4Group; }

/// `in` activations to coded_inputs(in) codes in [-largest, largest]; returns the scale.
inline float encode_column(const float* x, size_t in, int32_t largest, int16_t* codes) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves the integer in the low bits
  Float32s peaks{};
  for (size_t i = 0; i < in; i += kIntegers) peaks = max(absolute(load(x + i)), peaks);
  const float peak = largest_lane(peaks);
  const float inverse = peak > 0.0F ? static_cast<float>(largest) / peak : 0.0F;
  const Int32s origin = reinterpret_cast<Int32s>(Float32s{} + kRound);
  for (size_t i = 0; i < in; i += kIntegers) {
    const Float32s shifted = load(x + i) * inverse + kRound;
    store_narrow(codes + i, reinterpret_cast<Int32s>(shifted) - origin);
  }
  for (size_t i = in; i < coded_inputs(in); ++i) codes[i] = 0;
  return peak / static_cast<float>(largest);
}

inline void encode_columns(const Matrix& matrix, const float* x, size_t x_stride, size_t columns,
                           const ActivationCodes& to) {
  const size_t coded = coded_inputs(matrix.in);
  const bool is_int4 = matrix.format == WeightFormat::int4;
  const int32_t largest = is_int4 ? kLargestCode : largest_activation_code(matrix.in);
  for (size_t c = 0; c < columns; ++c) {
    int16_t* codes = to.codes + c * coded;
    to.scales[c] = encode_column(x + c * x_stride, matrix.in, largest, codes);
    if (!is_int4) continue;
    int32_t* sums = to.group_sums + c * (coded / kInt4Group);
    for (size_t g = 0; g < coded / kInt4Group; ++g) {
      int32_t sum = 0;
      for (size_t i = 0; i < kInt4Group; ++i) sum += codes[g * kInt4Group + i];
      sums[g] = sum;
    }
  }
}

inline Float32s to_floats(Int32s values) { return __builtin_convertvector(values, Float32s); }

struct CodedPass {
  const uint8_t* weights;  ///< Of the first output of the pass.
  const float* scales;
  size_t rows;  ///< Of the whole tile.
  size_t in;
  const int16_t* codes;
  const int32_t* group_sums;
  const float* column_scales;
  float* y;
  size_t y_stride;
  const float* bias;
  bool adds;
};

template <size_t kVecs, size_t kColumns>
inline void finish_pass(const CodedPass& pass, const Float32s (&sums)[kColumns][kVecs]) {
#pragma GCC unroll 4
  for (size_t c = 0; c < kColumns; ++c) {
    float* y = pass.y + c * pass.y_stride;
#pragma GCC unroll 4
    for (size_t v = 0; v < kVecs; ++v) {
      Float32s total = sums[c][v] * pass.column_scales[c] + load(pass.bias + v * kIntegers);
      if (pass.adds) total += load(y + v * kIntegers);
      store(y + v * kIntegers, total);
    }
  }
}

struct Int8Codes {
  template <size_t kVecs, size_t kColumns>
  static void multiply(const CodedPass& pass) {
    const size_t coded = coded_inputs(pass.in);
    Int32s sums[kColumns][kVecs] = {};
    for (size_t i = 0; i < pass.in; i += 2) {
      Int16s x[kColumns];
#pragma GCC unroll 4
      for (size_t c = 0; c < kColumns; ++c) x[c] = splat_pair(pass.codes + c * coded + i);
#pragma GCC unroll 4
      for (size_t v = 0; v < kVecs; ++v) {
        const uint8_t* at = pass.weights + i * pass.rows + v * kIntegers * 2;
        const Int16s w = widen(*reinterpret_cast<const Int8s*>(at));
#pragma GCC unroll 4
        for (size_t c = 0; c < kColumns; ++c) sums[c][v] = add_pair_products(sums[c][v], w, x[c]);
      }
    }
    Float32s scaled[kColumns][kVecs];
#pragma GCC unroll 4
    for (size_t c = 0; c < kColumns; ++c) {
#pragma GCC unroll 4
      for (size_t v = 0; v < kVecs; ++v) scaled[c][v] = to_floats(sums[c][v]) * load(pass.scales + v * kIntegers);
    }
    finish_pass<kVecs, kColumns>(pass, scaled);
  }

  static constexpr size_t tile_bytes(size_t rows, size_t in) { return rows * in; }
  static constexpr size_t scales_per_row(size_t) { return 1; }
  static constexpr size_t output_bytes(size_t outputs) { return 2 * outputs; }
};

struct Int4Codes {
  template <size_t kVecs, size_t kColumns>
  static void multiply(const CodedPass& pass) {
    const size_t coded = coded_inputs(pass.in);
    const size_t groups = coded / kInt4Group;
    Float32s totals[kColumns][kVecs] = {};
    for (size_t g = 0; g < groups; ++g) {
      Int32s sums[kColumns][kVecs];
#pragma GCC unroll 4
      for (size_t c = 0; c < kColumns; ++c) {
        // Codes are stored from 0 to 15.
        const Int32s offset = Int32s{} - 8 * pass.group_sums[c * groups + g];
#pragma GCC unroll 4
        for (size_t v = 0; v < kVecs; ++v) sums[c][v] = offset;
      }
      for (size_t i = g * kInt4Group; i < (g + 1) * kInt4Group; i += 4) {
#pragma GCC unroll 4
        for (size_t v = 0; v < kVecs; ++v) {
          const uint8_t* at = pass.weights + i / 2 * pass.rows + v * kIntegers * 2;
          const Uint8s both = *reinterpret_cast<const Uint8s*>(at);
          const Int16s low = widen(both & uint8_t{15});
          const Int16s high = widen(both >> 4);
#pragma GCC unroll 4
          for (size_t c = 0; c < kColumns; ++c) {
            const int16_t* x = pass.codes + c * coded + i;
            sums[c][v] = add_pair_products(sums[c][v], low, splat_pair(x));
            sums[c][v] = add_pair_products(sums[c][v], high, splat_pair(x + 2));
          }
        }
      }
#pragma GCC unroll 4
      for (size_t c = 0; c < kColumns; ++c) {
#pragma GCC unroll 4
        for (size_t v = 0; v < kVecs; ++v) {
          totals[c][v] += to_floats(sums[c][v]) * load(pass.scales + g * pass.rows + v * kIntegers);
        }
      }
    }
    finish_pass<kVecs, kColumns>(pass, totals);
  }

  static constexpr size_t tile_bytes(size_t rows, size_t in) { return rows * coded_inputs(in) / 2; }
  static constexpr size_t scales_per_row(size_t in) { return coded_inputs(in) / kInt4Group; }
  static constexpr size_t output_bytes(size_t outputs) { return 2 * outputs; }
};

template <class Codes, size_t kColumns, size_t kVecs = 4>
void multiply_coded_outputs(CodedPass pass, size_t vecs) {
  while (vecs >= kVecs) {
    Codes::template multiply<kVecs, kColumns>(pass);
    pass.weights += Codes::output_bytes(kVecs * kIntegers);
    pass.scales += kVecs * kIntegers;
    pass.y += kVecs * kIntegers;
    pass.bias += kVecs * kIntegers;
    vecs -= kVecs;
  }
  if constexpr (kVecs > 1) {
    if (vecs > 0) multiply_coded_outputs<Codes, kColumns, kVecs / 2>(pass, vecs);
  }
}

template <class Codes, size_t kColumns>
void multiply_coded_columns(CodedPass& pass, size_t& columns) {
  const size_t coded = coded_inputs(pass.in);
  for (; columns >= kColumns; columns -= kColumns) {
    // Two columns of four vectors are what sixteen registers hold.
    multiply_coded_outputs<Codes, kColumns, (kSumRegisters > 12 ? 4 : 4 / kColumns)>(pass, pass.rows / kIntegers);
    pass.codes += kColumns * coded;
    pass.group_sums += kColumns * (coded / kInt4Group);
    pass.column_scales += kColumns;
    pass.y += kColumns * pass.y_stride;
  }
}

template <class Codes>
void multiply_coded(const Matrix& matrix, bool adds, Real* y, size_t y_stride, size_t columns,
                    const ActivationCodes& codes) {
  const auto* weights = static_cast<const uint8_t*>(matrix.tiles);
  const float* scales = matrix.scales;
  for (size_t row = 0; row < matrix.out; row += kTileRows) {
    const size_t rows = matrix.out - row < kTileRows ? matrix.out - row : kTileRows;
    CodedPass pass{weights,      scales,       rows,    matrix.in,         codes.codes, codes.group_sums,
                   codes.scales, y + row,      y_stride, matrix.bias + row, adds};
    size_t left = columns;
    multiply_coded_columns<Codes, 4>(pass, left);
    multiply_coded_columns<Codes, 2>(pass, left);
    multiply_coded_columns<Codes, 1>(pass, left);
    weights += Codes::tile_bytes(rows, matrix.in);
    scales += rows * Codes::scales_per_row(matrix.in);
  }
}

}  // namespace
}  // namespace sashimi

#endif
