#pragma once

#include <stddef.h>

#include "../core/config.h"
#include "../core/real.h"

/// The inner loops of a step, each compiled once per instruction set from kernels_impl.h.
///
/// All work on columns: the activations of several voices, or of several frames of one voice.
/// Column c of an array begins at c * stride. What a column becomes does not depend on the
/// columns beside it, bit for bit. All arrays are 64-byte aligned and padded with zeros to a
/// multiple of kLanes, so no loop has a tail; every kernel leaves the padding zero.
namespace sashimi {

inline constexpr size_t kLanes = 16;
/// Output rows of a matrix are stored in tiles of this many.
inline constexpr size_t kTileRows = 64;
/// Inputs of an int4 matrix that share a scale.
inline constexpr size_t kInt4Group = 32;

/// y = W x + bias. Within a tile of up to kTileRows outputs (`rows`), by format:
///   f32:  (in, rows)
///   bf16: (in / 2, rows) words: the even input's weight in the lower half, the odd one's in the upper
///   int8: (in / 2, rows, 2)
///   int4: (in / 4, rows, 2) bytes: inputs i, i + 1 in the lower nibbles, i + 2, i + 3 in the upper; code + 8
/// Padding rows and columns have weight zero.
struct Matrix {
  size_t in = 0;   ///< Padded.
  size_t out = 0;  ///< Padded.
  WeightFormat format = WeightFormat::f32;
  const void* tiles = nullptr;
  /// int8: (out). int4: per tile (in / kInt4Group, rows).
  const Real* scales = nullptr;
  const Real* bias = nullptr;  ///< (out)
};

/// What becomes of W x + bias.
enum class Epilogue { store, add, gelu };

/// Scratch for activations as int16 codes, which int8 and int4 matrices multiply.
struct ActivationCodes {
  int16_t* codes = nullptr;       ///< (columns, widest input)
  int32_t* group_sums = nullptr;  ///< (columns, widest input / kInt4Group)
  Real* scales = nullptr;         ///< (columns)
};

/// y = (x - mean + shift) / sqrt(variance + eps) * gain + offset, over the true width.
struct Norm {
  size_t width = 0;   ///< True number of channels.
  size_t padded = 0;
  Real eps = 0;
  Real shift = 0;
  const Real* gain = nullptr;    ///< (padded)
  const Real* offset = nullptr;  ///< (padded)
  const Real* mask = nullptr;    ///< (padded), 1 for a channel, 0 for padding
};

/// What a conditioning input adds to a tier: W frame, or `dropped` without a frame.
struct Projection {
  size_t dim = 0;  ///< Numbers per frame.
  size_t padded = 0;
  const Real* columns = nullptr;  ///< (dim, padded), W column by column.
  const Real* dropped = nullptr;  ///< (padded)
};

/// Frames of a diagonal state space between two updates of its state.
inline constexpr size_t kChunk = 4;
/// Which frame of its chunk a layer is at: layers take turns, so that the updates spread over the frames.
inline constexpr size_t chunk_phase(uint64_t tier_frame, size_t layer) {
  return static_cast<size_t>((tier_frame + layer) % kChunk);
}

/// One state space per channel. Channels go in groups of kLanes; everything below is rows of kLanes.
///
/// Diagonal, x <- a x + u, y = Re sum c x + D u, in chunks of kChunk frames: with X the state at the
/// start of a chunk, frame j gives y_j = Re sum (c a^(j+1)) X + sum_i K_(j-i) u_i, K_m = Re sum c a^m, D in
/// K_0. So the state is touched once per chunk, by the last frame, which also makes the first terms
/// (the free response) of the chunk to come.
///   coefficients of a group: K_0 .. K_3, then per pair a.re a.im, and g_j.re g_j.im for j = 0 .. 3, g_j = c a^(j+1);
///   with `has_short_outputs` one row per g_j, as bfloat16: the real part in the lower half of a word, the imaginary
///   part in the upper
///   state of a group: inputs of the chunk so far (kChunk - 1), free response (kChunk), per pair x.re x.im
///
/// Rank one, x <- a x + p s + b u with s = Re sum q x:
///   coefficients of a group: D, then per pair a.re a.im c.re c.im p.re p.im b.re b.im q.re q.im
///   state of a group: s (ready for the next frame), then per pair x.re x.im
struct StateSpace {
  bool is_diagonal = true;
  bool has_short_outputs = false;
  size_t groups = 0;
  size_t pairs = 0;
  const Real* coefficients = nullptr;
};

inline constexpr size_t kDiagonalHeadRows = kChunk;
inline constexpr size_t diagonal_pair_rows(bool has_short_outputs) {
  return 2 + (has_short_outputs ? 1 : 2) * kChunk;
}
inline constexpr size_t kDiagonalStateRows = 2 * kChunk - 1;
inline constexpr size_t kRankOneHeadRows = 1;
inline constexpr size_t kRankOnePairRows = 10;
inline constexpr size_t kRankOneStateRows = 1;

inline constexpr size_t state_rows(bool is_diagonal, size_t pairs) {
  return 2 * pairs + (is_diagonal ? kDiagonalStateRows : kRankOneStateRows);
}

/// Consecutive frames of one voice among the columns.
struct Run {
  Real* state = nullptr;  ///< Of the voice's state space at hand.
  size_t first = 0;       ///< Column of the first frame.
  size_t count = 0;       ///< Frames.
  size_t phase = 0;       ///< Of the first frame, in its chunk.
};

struct Kernels {
  /// Names what was compiled: part of what decides the samples.
  const char* instruction_set;

  void (*matmul)(const Matrix& matrix, Epilogue epilogue, const Real* x, size_t x_stride, Real* y, size_t y_stride,
                 size_t columns, const ActivationCodes& codes);
  void (*normalise)(const Norm& norm, const Real* x, Real* y, size_t columns);
  /// z = gelu(state space of u), advancing the state of each run by its frames.
  void (*state_space)(const StateSpace& ssm, const Run* runs, size_t num_runs, const Real* u, Real* z, size_t stride);
  /// x += value * sigmoid(gate); a column of `halves` is the value, then the gate, `padded` each.
  void (*glu_add)(const Real* halves, size_t padded, Real* x, size_t columns);
  /// y (padded) = W frame, added up in the order of the frame's numbers; those that are 0 are passed over.
  void (*project)(const Projection& projection, const float* frame, Real* y);
  /// sum = a + b; `sum` may be `a` or `b`.
  void (*add)(const Real* a, const Real* b, size_t count, Real* sum);
  /// The largest of `count` values.
  Real (*largest)(const Real* values, size_t count);
  /// out[i] = exp((logits[i] - peak) / temperature) in float64, for `count` logits.
  void (*exponentials)(const Real* logits, double peak, double temperature, size_t count, double* out);
  /// out[i] = ln values[i]; of what is not above 0, less than -700.
  void (*logarithms)(const double* values, size_t count, Real* out);
};

extern const Kernels kBaselineKernels;
// Linked in on x86-64 only, where SASHIMI_X64_KERNELS is defined.
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;

/// The sets that this machine runs, fastest first; at least the baseline.
size_t available_kernels(const Kernels* const** list);
/// By name, or the fastest for null. Null when this machine does not run it.
const Kernels* find_kernels(const char* instruction_set);

}  // namespace sashimi
