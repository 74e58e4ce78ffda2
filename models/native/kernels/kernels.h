#pragma once

#include <stddef.h>

#include "../core/config.h"

/// The inner loops of a step, each compiled once per instruction set from kernels_impl.h.
/// All arrays are 64-byte aligned and padded with zeros to a multiple of kLanes, so no loop
/// has a tail; every kernel leaves the padding zero.
namespace sashimi {

inline constexpr size_t kLanes = 16;
/// Output rows of a matrix are stored in tiles of this many.
inline constexpr size_t kTileRows = 64;

/// y = W x + bias. `tiles` holds, for each tile of up to kTileRows outputs, the columns one
/// after the other: (in, rows of the tile). Padding rows and columns are zero.
struct Matrix {
  size_t in = 0;   ///< Padded.
  size_t out = 0;  ///< Padded.
  const float* tiles = nullptr;
  const float* bias = nullptr;  ///< (out)
};

/// y = (x - mean + shift) / sqrt(variance + eps) * gain + offset, over the true width.
struct Norm {
  size_t width = 0;   ///< True number of channels.
  size_t padded = 0;
  float eps = 0.0F;
  float shift = 0.0F;
  const float* gain = nullptr;    ///< (padded)
  const float* offset = nullptr;  ///< (padded)
  const float* mask = nullptr;    ///< (padded), 1 for a channel, 0 for padding
};

/// One diagonal (s4d) or diagonal plus rank one (s4) state space per channel.
/// Channels go in groups of kLanes. Per group and pair the coefficients lie as rows of kLanes:
///   s4d: a.re a.im c.re c.im
///   s4:  a.re a.im c.re c.im p.re p.im b.re b.im q.re q.im
/// The state of a group is, for s4, one row `s` (what q makes of the state, ready for the next
/// frame), then per pair the rows x.re x.im.
struct StateSpace {
  size_t groups = 0;
  size_t pairs = 0;
  const float* coefficients = nullptr;
  const float* skip = nullptr;  ///< D (groups * kLanes)
};

inline constexpr size_t kRowsPerPairS4d = 4;
inline constexpr size_t kRowsPerPairS4 = 10;

inline constexpr size_t state_rows(SsmKind kind, size_t pairs) {
  return 2 * pairs + (kind == SsmKind::s4 ? 1 : 0);
}

struct Kernels {
  /// Names what was compiled: part of what decides the samples.
  const char* instruction_set;

  void (*matvec)(const Matrix& matrix, const float* x, float* y);       ///< y = W x + b
  void (*matvec_add)(const Matrix& matrix, const float* x, float* y);   ///< y += W x + b
  void (*matvec_gelu)(const Matrix& matrix, const float* x, float* y);  ///< y = gelu(W x + b)
  void (*normalise)(const Norm& norm, const float* x, float* y);
  /// z = gelu(state space of u), advancing `state` by one frame. (groups * kLanes) each.
  void (*s4d)(const StateSpace& ssm, float* state, const float* u, float* z);
  void (*s4)(const StateSpace& ssm, float* state, const float* u, float* z);
  /// x += value * sigmoid(gate); `padded` each.
  void (*glu_add)(const float* value, const float* gate, size_t padded, float* x);
  /// sum = a + b; `sum` may be `a` or `b`.
  void (*add)(const float* a, const float* b, size_t padded, float* sum);
  /// The largest of `count` values.
  float (*largest)(const float* values, size_t count);
  /// out[i] = exp((logits[i] - peak) / temperature) in float64, for `count` logits.
  void (*exponentials)(const float* logits, double peak, double temperature, size_t count, double* out);
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
