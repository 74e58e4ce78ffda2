#include "tape.h"

#include <algorithm>
#include <cstring>

namespace sashimi::cuda {

namespace {

size_t step_bytes(const LaneOrder& product) { return product.weights.size() / (size_t{product.plan.tasks} * product.plan.steps); }

/// Tasks are dealt out in turn.
size_t tasks_of(const MatrixPlan& plan, size_t warp) { return warp < plan.tasks ? (plan.tasks - warp - 1) / kWarps + 1 : 0; }

}  // namespace

size_t Tape::warp_bytes() const {
  if (products_.empty()) return 0;
  size_t bytes = steps_ahead(format()) * step_bytes(products_.front());
  // The first has no fewer than the others.
  for (const LaneOrder& product : products_) bytes += tasks_of(product.plan, 0) * product.plan.steps * step_bytes(product);
  return bytes;
}

std::vector<unsigned char> Tape::bytes() const {
  const size_t of_warp = warp_bytes();
  std::vector<unsigned char> all(kWarps * of_warp);
  for (size_t warp = 0; warp < kWarps; ++warp) {
    unsigned char* to = all.data() + warp * of_warp;
    for (const LaneOrder& product : products_) {
      const size_t task_bytes = product.plan.steps * step_bytes(product);
      for (size_t task = warp; task < product.plan.tasks; task += kWarps) {
        std::memcpy(to, product.weights.data() + task * task_bytes, task_bytes);
        to += task_bytes;
      }
    }
  }
  return all;
}

}  // namespace sashimi::cuda
