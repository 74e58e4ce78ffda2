#include "launch_shape.h"

#include <algorithm>

namespace sashimi::cuda {

namespace {

/// Of a phase for one voice: chains of reads, sums from lane to lane, a barrier. And of each further voice. By the machine code and
/// the time that each of its instructions takes, as those of the draw.
constexpr double kPhaseCycles = 1'400.0;
constexpr double kVoiceCycles = 700.0;
/// Of drawing a token, and of each further one.
constexpr double kDrawCycles = 15'000.0;
constexpr double kFurtherDrawCycles = 8'000.0;
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
  const auto pooled = [&](uint32_t k) { return static_cast<double>(built.plan.tiers[k].pooled); };
  TierCost costs[kMaxTiers] = {};
  for (const PhasePlan& phase : built.phases) {
    TierCost& cost = costs[phase.tier];
    cost.phases += 1.0;
    if (phase.work != Work::product) continue;
    cost.bytes += bytes_of(phase.matrix);
  }
  const uint32_t last = shape.team - 1;
  double frame[kMaxTiers];
  double bytes = 0.0;
  double of_rank[kMaxTiers] = {kDrawCycles + kFurtherDrawCycles * (shape.slots - 1)};
  for (uint32_t k = 0; k < built.plan.num_tiers; ++k) {
    // Weights come while phases before those that need them go on.
    frame[k] = std::max(costs[k].phases * (kPhaseCycles + kVoiceCycles * (shape.slots - 1)), costs[k].bytes / kBytesPerCycle);
    of_rank[std::min(k, last)] += frame[k] / pooled(k);
    bytes += costs[k].bytes / pooled(k);
  }
  // The first waits where what it gets back is late: a tier has the time between two frames of the one above; and what the last block does
  // besides has to be over when its next window is full.
  double late = 0.0;
  for (uint32_t k = 1; k <= last; ++k) late += std::max(0.0, frame[k] - of_rank[0] * pooled(k - 1)) / pooled(k);
  for (uint32_t k = last + 1; last > 0 && k < built.plan.num_tiers; ++k) {
    late += std::max(0.0, frame[last] + frame[k] - of_rank[0] * pooled(last)) / pooled(k);
  }
  of_rank[0] += late;
  const uint32_t teams = quotient_up(capacity, shape.slots);
  return std::max(*std::max_element(of_rank, of_rank + shape.team), teams * bytes / kBytesPerCycleOfAll);
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
