#pragma once

#include <vector>

#include "../core/snapshot_range.h"
#include "napi_support.h"

namespace sashimi::node {

/// number[], four of each range: tier, offset, length, isMixed. Allocates.
inline napi_value range_numbers(napi_env env, const std::vector<SnapshotRange>& ranges) {
  napi_value array = nullptr;
  napi_create_array(env, &array);
  uint32_t at = 0;
  for (const SnapshotRange& range : ranges) {
    const double numbers[] = {static_cast<double>(range.tier), static_cast<double>(range.offset),
                              static_cast<double>(range.bytes), static_cast<double>(range.is_mixed)};
    for (const double value : numbers) napi_set_element(env, array, at++, number(env, value));
  }
  return array;
}

}  // namespace sashimi::node
