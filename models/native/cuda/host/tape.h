#pragma once

#include <vector>

#include "lane_order.h"

namespace sashimi::cuda {

/// The weights of the products of a stretch as the warps of a block come to them: StretchPlan of ../kernel/plan.h.
class Tape {
 public:
  /// A product whose format is that of all before it.
  void add(LaneOrder product) { products_.push_back(std::move(product)); }
  bool is_empty() const { return products_.empty(); }
  bool takes(Format format) const { return products_.empty() || products_.front().plan.format == format; }
  Format format() const { return products_.empty() ? Format::f32 : products_.front().plan.format; }

  /// Of each warp, what is asked for ahead of it included.
  size_t warp_bytes() const;
  /// (warps, warp_bytes)
  std::vector<unsigned char> bytes() const;

 private:
  std::vector<LaneOrder> products_;
};

}  // namespace sashimi::cuda
