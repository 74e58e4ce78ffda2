#include "probe.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <cstring>

#include "../core/arena.h"
#include "../kernels/kernels.h"

namespace sashimi {

namespace {

constexpr size_t kRepeats = 15;
/// A repeat lasts about a millisecond: long against the clock, short against a scheduler's turn.
constexpr size_t kBytesPerRepeat = 48U << 20U;
constexpr size_t kRoundsPerRepeat = 200'000;

/// What the loops return goes here, so that they have to be run.
volatile float g_float_sink;
volatile unsigned g_unsigned_sink;

const ProbeLoops& loops_here() {
  const char* wanted = find_kernels(nullptr)->instruction_set;
#if defined(SASHIMI_X64_KERNELS)
  for (const ProbeLoops* loops : {&kAvx512Probe, &kAvx2Probe}) {
    if (std::strcmp(loops->instruction_set, wanted) == 0) return *loops;
  }
#endif
  static_cast<void>(wanted);
  return kBaselineProbe;
}

/// The fastest repeat: a limit is what the core does when nobody disturbs it.
template <class Work>
double least_seconds(const Work& work) {
  double least = std::numeric_limits<double>::max();
  work();  // brings the data into its cache and the core to its speed
  for (size_t repeat = 0; repeat < kRepeats; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const auto end = std::chrono::steady_clock::now();
    least = std::min(least, std::chrono::duration<double>(end - start).count());
  }
  return least;
}

}  // namespace

bool probe_core(ProbeResult& result) {
  const ProbeLoops& loops = loops_here();
  AlignedBlock block(kProbeBytes[kProbeSets - 1]);
  if (!block.data()) return false;
  result.instruction_set = find_kernels(nullptr)->instruction_set;

  // Chains run towards addend / (1 - factor): neither denormal nor infinite.
  const double mac_seconds =
      least_seconds([&] { g_float_sink = loops.multiply_add(kRoundsPerRepeat, 0.999F, 0.001F); });
  result.macs_per_second = static_cast<double>(kRoundsPerRepeat * loops.macs_per_round) / mac_seconds;

  const double pair_seconds = least_seconds([&] { g_unsigned_sink = loops.multiply_pairs(kRoundsPerRepeat, 0); });
  result.int16_macs_per_second = static_cast<double>(kRoundsPerRepeat * loops.pair_macs_per_round) / pair_seconds;

  for (size_t set = 0; set < kProbeSets; ++set) {
    const size_t bytes = kProbeBytes[set];
    const size_t passes = std::max<size_t>(1, kBytesPerRepeat / bytes);
    const double seconds = least_seconds([&] { g_unsigned_sink = loops.read(block.data(), bytes, passes); });
    result.bytes_per_second[set] = static_cast<double>(bytes * passes) / seconds;
  }
  return true;
}

}  // namespace sashimi
