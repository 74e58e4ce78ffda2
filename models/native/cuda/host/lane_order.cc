#include "lane_order.h"

#include <algorithm>
#include <cstring>

namespace sashimi::cuda {

namespace {

constexpr uint32_t kWarp = 32;

uint32_t quotient_up(uint32_t a, uint32_t b) { return (a + b - 1) / b; }

/// Bytes that one output has for the inputs of a part, as they lie in `Matrix`, and inputs and parts of a step.
struct Part {
  uint32_t bytes;
  uint32_t inputs;
  uint32_t count;
};

Part part_of(WeightFormat format) {
  switch (format) {
    case WeightFormat::f32: return {4, 1, 4};
    case WeightFormat::bf16: return {4, 2, 2};
    case WeightFormat::int8: return {2, 2, 2};
    default: return {2, 4, 1};
  }
}

/// Where `Matrix` keeps the weights of a row.
struct Row {
  size_t first;  ///< Of the tile.
  size_t rows;   ///< Of the tile.
  size_t within;
};

Row row_of(const Matrix& matrix, size_t row) {
  const size_t first = row / kTileRows * kTileRows;
  return {first, std::min(matrix.out - first, kTileRows), row - first};
}

/// The weights of one output from `input` on, Part::bytes of them.
const unsigned char* weights_at(const Matrix& matrix, const Row& row, const Part& part, size_t input) {
  const size_t inputs = matrix.format == WeightFormat::int4 ? align_up(matrix.in, kInt4Group) : matrix.in;
  const auto* tile = static_cast<const unsigned char*>(matrix.tiles) + row.first * inputs / part.inputs * part.bytes;
  return tile + (input / part.inputs * row.rows + row.within) * part.bytes;
}

uint32_t row_of_quad(const MatrixPlan& plan, uint32_t quad, uint32_t r) {
  if (!plan.is_glu) return 4 * quad + r;
  return r / 2 * (plan.out / 2) + 2 * quad + r % 2;
}

MatrixPlan shape_of(const Matrix& matrix, bool is_glu) {
  MatrixPlan plan = {};
  plan.in = static_cast<uint32_t>(matrix.in);
  plan.out = static_cast<uint32_t>(matrix.out);
  plan.format = static_cast<Format>(matrix.format);
  plan.is_glu = is_glu ? 1 : 0;
  const uint32_t quads = plan.out / 4;
  const uint32_t stretches = plan.in / 4;
  const uint32_t ahead = steps_ahead(plan.format);
  plan.lanes_log2 = kFewestLanesLog2;
  while (plan.lanes_log2 < kMostLanesLog2 && (quads << (plan.lanes_log2 + 1)) <= kTasks && (ahead << (plan.lanes_log2 + 1)) <= stretches) {
    ++plan.lanes_log2;
  }
  plan.tasks = quotient_up(quads << plan.lanes_log2, kWarp);
  plan.steps = quotient_up(quotient_up(stretches, 1U << plan.lanes_log2), ahead) * ahead;
  return plan;
}

}  // namespace

LaneOrder in_lane_order(const Matrix& matrix, bool is_glu) {
  LaneOrder order;
  MatrixPlan& plan = order.plan;
  plan = shape_of(matrix, is_glu);
  const Part part = part_of(matrix.format);
  const uint32_t quads = plan.out / 4;
  const bool is_one_part = plan.format == Format::int8;  // Two pairs of inputs are read at once.
  const uint32_t lane_bytes = 4 * part.bytes * (is_one_part ? part.count : 1);
  const uint32_t step_bytes = kWarp * 4 * part.bytes * part.count;
  // A code of 4 bits is 0 in the middle.
  const unsigned char none = plan.format == Format::int4 ? 0x88 : 0;
  order.weights.assign(size_t{plan.tasks} * plan.steps * step_bytes, none);
  for (uint32_t task = 0; task < plan.tasks; ++task) {
    for (uint32_t lane = 0; lane < kWarp; ++lane) {
      const uint32_t quad = (task << (5 - plan.lanes_log2)) + (lane >> plan.lanes_log2);
      if (quad >= quads) continue;
      const uint32_t split = lane & ((1U << plan.lanes_log2) - 1);
      for (uint32_t step = 0; step < plan.steps; ++step) {
        const uint32_t input = (split + (step << plan.lanes_log2)) * 4;
        if (input >= plan.in) continue;
        unsigned char* const to = order.weights.data() + (size_t{task} * plan.steps + step) * step_bytes;
        for (uint32_t n = 0; n < part.count; ++n) {
          unsigned char* const at = is_one_part ? to + lane * lane_bytes + n * 4 * part.bytes : to + (n * kWarp + lane) * lane_bytes;
          for (uint32_t r = 0; r < 4; ++r) {
            const Row row = row_of(matrix, row_of_quad(plan, quad, r));
            std::memcpy(at + r * part.bytes, weights_at(matrix, row, part, input + n * part.inputs), part.bytes);
          }
        }
      }
    }
  }
  if (plan.format != Format::int4) return order;
  const uint32_t groups = quotient_up(plan.in, kInt4Group);
  order.scales.resize(size_t{groups} * plan.out);
  for (uint32_t group = 0; group < groups; ++group) {
    for (uint32_t i = 0; i < plan.out; ++i) {
      const Row row = row_of(matrix, row_of_quad(plan, i / 4, i % 4));
      order.scales[size_t{group} * plan.out + i] = matrix.scales[row.first * groups + group * row.rows + row.within];
    }
  }
  return order;
}

}  // namespace sashimi::cuda
