/// The run-ahead thread and its ring under stress. Built with the thread sanitizer too.
#include <algorithm>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include "counting_source.h"

/// Null where there is no memory, as without the sanitizer.
extern "C" const char* __tsan_default_options() { return "allocator_may_return_null=1"; }

namespace sashimi::test {
namespace {

using Clock = std::chrono::steady_clock;

/// Reads until `wanted` frames came, checking that they continue `expected`.
void read_on(RunAhead& stream, size_t wanted, uint32_t seed, uint32_t& t) {
  float block[97];
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  while (wanted > 0) {
    CHECK(Clock::now() < deadline);
    const size_t asked = std::min(wanted, sizeof block / sizeof block[0]);
    const size_t n = stream.read(block, asked);
    for (size_t i = 0; i < n; ++i, ++t) CHECK(block[i] == static_cast<float>(seed * 65536U + t % 65536U));
    if (n == 0) std::this_thread::yield();
    wanted -= n;
  }
}

void every_frame_once() {
  section("every frame arrives once, in order, for odd look-aheads");
  for (const size_t look_ahead : {1UL, 32UL, 33UL, 100UL, 128UL, 1000UL}) {
    RunAhead stream(std::make_unique<CountingSource>(), counting_options(look_ahead));
    uint32_t t = 0;
    read_on(stream, 5000, 0, t);
  }
}

void never_further_ahead() {
  section("the ring holds no more than the look-ahead");
  RunAhead stream(std::make_unique<CountingSource>(), counting_options(128));
  uint32_t t = 0;
  for (int round = 0; round < 100; ++round) {
    CHECK(stream.available() <= 128);
    read_on(stream, 40, 0, t);
  }
}

void resets() {
  section("a reset gives the new stream from its first frame, however often");
  std::minstd_rand generator(1);
  RunAhead stream(std::make_unique<CountingSource>(), counting_options(128));
  for (uint32_t round = 0; round < 500; ++round) {
    const uint32_t seed = static_cast<uint32_t>(generator() % 200);
    if (round % 3 == 0) stream.reset((seed + 1) % 200);
    stream.reset(seed);
    uint32_t t = 0;
    read_on(stream, generator() % 300, seed, t);
  }
}

void control_values() {
  section("control values are never torn");
  RunAhead stream(std::make_unique<CountingSource>(), counting_options(64));
  uint32_t t = 0;
  for (uint32_t round = 1; round < 6000; ++round) {
    stream.set_sampling({static_cast<double>(round), static_cast<double>(round), round});
    if (round % 8 == 0) read_on(stream, 16, 0, t);
  }
}

void pauses() {
  section("a reader that pauses finds the ring full and wakes the thread again");
  RunAhead stream(std::make_unique<CountingSource>(), counting_options(128));
  uint32_t t = 0;
  for (int round = 0; round < 4; ++round) {
    read_on(stream, 1000, 0, t);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    CHECK(stream.available() > 96);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  stream.reset(3);
  t = 0;
  read_on(stream, 500, 3, t);
}

/// Steps only when told to, so that the ring stays dry.
class StuckSource : public FrameSource {
 public:
  explicit StuckSource(std::atomic<bool>& is_stuck) : is_stuck_(is_stuck) {}
  void reset(uint32_t) override {}
  void step(float* out, size_t num_frames, const Sampling&) override {
    while (is_stuck_.load()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (size_t i = 0; i < num_frames; ++i) out[i] = 1.0F;
  }

 private:
  std::atomic<bool>& is_stuck_;
};

void dry_ring() {
  section("a dry ring gives nothing, counts it, and comes back");
  std::atomic<bool> is_stuck{true};
  RunAhead stream(std::make_unique<StuckSource>(is_stuck), counting_options(128));
  float block[64];
  CHECK(stream.read(block, 64) == 0);
  CHECK(stream.read(block, 64) == 0);
  CHECK(stream.xruns().total() == 2);
  is_stuck = false;
  size_t total = 0;
  while (total < 256) total += stream.read(block, 64);
}

void without_memory() {
  section("without memory for its ring a stream does not run, and says so");
  RunAhead stream(std::make_unique<CountingSource>(), counting_options(size_t{1} << 56U));
  CHECK(!stream.is_running());
  stream.close();
}

void many_at_once() {
  section("eight streams at once, closed in any order");
  std::vector<std::unique_ptr<RunAhead>> streams;
  for (int i = 0; i < 8; ++i) {
    streams.push_back(std::make_unique<RunAhead>(std::make_unique<CountingSource>(), counting_options(128)));
  }
  std::vector<uint32_t> t(8, 0);
  for (int round = 0; round < 40; ++round) {
    for (size_t i = 0; i < 8; ++i) read_on(*streams[i], 43, 0, t[i]);
  }
  streams[3]->close();
  streams[3]->close();
  for (auto& stream : streams) stream.reset();
}

}  // namespace
}  // namespace sashimi::test

int main() {
  using namespace sashimi::test;
  every_frame_once();
  never_further_ahead();
  resets();
  control_values();
  pauses();
  dry_ring();
  without_memory();
  many_at_once();
  std::puts("stream: ok");
}
