#pragma once

#include <stddef.h>
#include <stdint.h>

/// What one core of this machine can do at most: the rates that bound a stepper. Each is
/// measured with the widest vectors that the kernels use here (kernels/dispatch.cc).
namespace sashimi {

/// The inner loops of the probe, compiled once per instruction set from probe_impl.h.
struct ProbeLoops {
  /// The name of the kernels that are compiled alike.
  const char* instruction_set;
  /// Multiply-adds that one round of `multiply_add` makes.
  size_t macs_per_round;
  /// float32 multiply-adds in registers only; returns what they came to.
  float (*multiply_add)(size_t rounds, float factor, float addend);
  /// Multiply-adds that one round of `multiply_pairs` makes: two per sum.
  size_t pair_macs_per_round;
  /// int16 pairs times `factor`, added to int32 sums in registers, as int8 and int4 matrices do it. With a factor of 0
  /// nothing overflows.
  unsigned (*multiply_pairs)(size_t rounds, int16_t factor);
  /// Reads `bytes` (a multiple of 1024) at `data`, on a cache line, `passes` times over; returns
  /// what depends on all of it.
  unsigned (*read)(const unsigned char* data, size_t bytes, size_t passes);
};

extern const ProbeLoops kBaselineProbe;
// Linked in on x86-64 only, where SASHIMI_X64_KERNELS is defined.
extern const ProbeLoops kAvx2Probe;
extern const ProbeLoops kAvx512Probe;

/// Sizes of what is read, in bytes: within the first, second and third cache of most
/// processors, the last two both in the third.
inline constexpr size_t kProbeSets = 4;
inline constexpr size_t kProbeBytes[kProbeSets] = {16U << 10U, 512U << 10U, 4U << 20U, 12U << 20U};

struct ProbeResult {
  const char* instruction_set = nullptr;
  double macs_per_second = 0.0;              ///< float32.
  double int16_macs_per_second = 0.0;        ///< int16 in pairs, into int32.
  double bytes_per_second[kProbeSets] = {};  ///< Of reading kProbeBytes[i] over and over.
};

/// Measures; takes less than half a second of a free core. The fastest of several repeats counts, so
/// that a thread that comes between does not. False when there is no memory.
bool probe_core(ProbeResult& result);

}  // namespace sashimi
