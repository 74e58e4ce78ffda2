#include "launch_shape.h"

#include <algorithm>

namespace sashimi::cuda {

namespace {

/// Of a phase for one voice: chains of reads, sums from lane to lane, a barrier. And of each further voice.
constexpr double kPhaseCycles = 900.0;
constexpr double kVoiceCycles = 300.0;
/// Of drawing a token.
constexpr double kDrawCycles = 3'000.0;
/// That reach one multiprocessor from the second cache in a cycle, and all of them together: data sheets of recent cards.
constexpr double kBytesPerCycle = 64.0;
constexpr double kBytesPerCycleOfAll = 3'000.0;

uint32_t quotient_up(uint32_t a, uint32_t b) { return (a + b - 1) / b; }

/// Of a frame of a tier.
struct TierCost {
  double phases = 0.0;
  double bytes = 0.0;
};

double bytes_of(const MatrixPlan& matrix) {
  const double widths[] = {4.0, 2.0, 1.0, 0.5};
  return static_cast<double>(matrix.in) * matrix.out * widths[static_cast<size_t>(matrix.format)];
}

}  // namespace

double estimated_cycles(const BuiltPlan& built, const LaunchShape& shape, uint32_t capacity) {
  TierCost costs[kMaxTiers] = {};
  for (const PhasePlan& phase : built.phases) {
    TierCost& cost = costs[phase.tier];
    cost.phases += 1.0;
    if (phase.work != Work::product) continue;
    // Two voices share a weight.
    cost.bytes += bytes_of(phase.matrix) * quotient_up(shape.slots, 2);
  }
  double slowest = 0.0;
  double bytes = 0.0;
  double of_rank[kMaxTiers] = {kDrawCycles * shape.slots};
  for (uint32_t k = 0; k < built.plan.num_tiers; ++k) {
    const double rate = 1.0 / static_cast<double>(built.plan.tiers[k].pooled);
    const uint32_t rank = std::min(k, shape.team - 1);
    const double own = costs[k].phases * (kPhaseCycles + kVoiceCycles * (shape.slots - 1));
    of_rank[rank] += rate * (own + costs[k].bytes / kBytesPerCycle);
    bytes += rate * costs[k].bytes;
    slowest = std::max(slowest, of_rank[rank]);
  }
  const uint32_t teams = quotient_up(capacity, shape.slots);
  return std::max(slowest, teams * bytes / kBytesPerCycleOfAll);
}

LaunchShape shape_of_launch(const BuiltPlan& built, uint32_t capacity, const Room& room) {
  const uint32_t most = std::min(room.slots, kMaxSlots);
  LaunchShape best = {std::clamp(quotient_up(capacity, room.blocks), 1U, most), 1};
  // Blocks that take turns are no worse than that many at once, by this estimate: they are compared with nothing.
  if (!room.runs_together || quotient_up(capacity, best.slots) > room.blocks) return best;
  double fewest = estimated_cycles(built, best, capacity);
  for (uint32_t team = 2; team <= std::min(built.plan.num_tiers, room.blocks); ++team) {
    const LaunchShape shape = {quotient_up(capacity, room.blocks / team), team};
    if (shape.slots > most) break;
    const double cycles = estimated_cycles(built, shape, capacity);
    if (cycles < fewest) best = shape, fewest = cycles;
  }
  return best;
}

}  // namespace sashimi::cuda
