/// Who reads a stream in a test, and waits for its thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "../stream/run_ahead.h"
#include "check.h"

namespace sashimi::test {

template <class Condition>
void wait_until(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    CHECK(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

/// Waits until no further sub-block fits: the thread has done all that it was told. Five times in a row, as one that is held up while it
/// goes back wants less of the ring for that time.
inline void settle(const RunAhead& stream) {
  for (int times = 0; times < 5;) {
    wait_until([&] { return stream.available() + stream.sub_block_frames() > stream.look_ahead_frames(); });
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    times = stream.available() + stream.sub_block_frames() > stream.look_ahead_frames() ? times + 1 : 0;
  }
}

/// A stream whose source began with seed 0, read into `heard`.
struct Listener {
  explicit Listener(RunAhead& s) : stream(s) {
    stream.reset(0);
    settle(stream);
  }
  void read(size_t count) {
    const size_t at = heard.size();
    heard.resize(at + count);
    CHECK(stream.read(&heard[at], count) == count);
    CHECK(stream.position() == heard.size());
  }
  /// Reads in blocks of `block` and lets the thread refill in between.
  void play(size_t count, size_t block) {
    for (size_t done = 0; done < count; done += block) {
      settle(stream);
      read(std::min(block, count - done));
    }
  }
  RunAhead& stream;
  std::vector<float> heard;
};

inline void check_equal(const std::vector<float>& heard, const std::vector<float>& expected, size_t from, size_t to) {
  for (size_t t = from; t < to; ++t) CHECK(heard[t] == expected[t]);
}

inline void check_equal(const std::vector<float>& heard, const std::vector<float>& expected, size_t from = 0) {
  check_equal(heard, expected, from, heard.size());
}

}  // namespace sashimi::test
