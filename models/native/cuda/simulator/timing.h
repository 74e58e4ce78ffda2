#pragma once

#include <map>
#include <unordered_map>

namespace sashimi::cuda::simulator {

/// Cycles, where not said otherwise. As published of cards of compute capability 9.0 and of those before it; none was measured here.
struct Timing {
  int near_read = 30;  ///< Of shared memory; one of 16 bytes a lane takes `near_wide_read`.
  int near_wide_read = 34;
  int first_cache = 38;
  int second_cache = 280;
  int shuffle = 24;
  int barrier = 22;
  int special = 24;   ///< Reciprocals and square roots.
  int jump = 6;       ///< Until the first instruction behind a taken branch.
  int far_jump = 30;  ///< More, when its code is not in the scheduler's cache,
  int far_line = 4;   ///< and when a line of it is the next one.
  int near_instructions = 2048;
  int line_instructions = 8;
  int first_cache_bytes = 160 * 1024;
  int second_cache_bytes_per_cycle = 64;
};

/// A cache that forgets what was not used for longest.
struct Lru {
  std::unordered_map<uint64_t, uint64_t> seen;
  size_t capacity;
  uint64_t clock = 0;
  std::map<uint64_t, uint64_t> by_age;
  bool touch(uint64_t line, bool insert = true) {
    auto f = seen.find(line);
    if (f != seen.end()) {
      by_age.erase(f->second);
      f->second = ++clock;
      by_age[clock] = line;
      return true;
    }
    if (insert) {
      if (seen.size() >= capacity) {
        auto oldest = by_age.begin();
        seen.erase(oldest->second);
        by_age.erase(oldest);
      }
      seen[line] = ++clock;
      by_age[clock] = line;
    }
    return false;
  }
  void clear() {
    seen.clear();
    by_age.clear();
  }
};

}  // namespace sashimi::cuda::simulator
