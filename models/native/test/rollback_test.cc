/// Going back: what comes out is what an offline run gives that changes its control values at the
/// same frames, and the reader never waits. Built with the thread sanitizer too.
#include <algorithm>
#include <random>

#include "far_source.h"
#include "fever_source.h"
#include "history_source.h"
#include "listener.h"

namespace sashimi::test {
namespace {

RunAhead make(size_t look_ahead, Gate* gate = nullptr) {
  return RunAhead(std::make_unique<HistorySource>(gate), history_options(look_ahead));
}

void in_time() {
  section("a change shows at the frame after the read, exactly as offline, for odd look-aheads and blocks");
  for (const size_t look_ahead : {100UL, 128UL, 256UL, 1000UL}) {
    for (const size_t block : {33UL, 43UL, 64UL}) {
      RunAhead stream = make(look_ahead);
      Listener listener(stream);
      OfflineRun offline(1.0);
      listener.play(5 * block, block);
      for (int change = 1; change <= 30; ++change) {
        settle(stream);
        stream.set_sampling(sampling_of(1.0 + change));
        listener.read(block);
        offline.change(stream.position(), 1.0 + change);
        listener.play(static_cast<size_t>(change % 3) * block, block);
      }
      listener.play(20 * block, block);
      check_equal(listener.heard, offline.frames(listener.heard.size()), 0, listener.heard.size());
      CHECK(stream.rollbacks() == 30);
      CHECK(stream.late_rollbacks() == 0);
      CHECK(stream.frames_stepped_again() > 0);
      CHECK(stream.xruns().total() == 0);
    }
  }
}

void kept_by_the_source() {
  section("a source keeps its states itself; when it has lost them, nobody goes back, and all that follows is as ever");
  constexpr size_t kBlock = 43;
  std::atomic<bool> is_lost{false};
  RunAhead stream(std::make_unique<FarSource>(is_lost), history_options(256));
  Listener listener(stream);
  OfflineRun offline(1.0);
  for (int change = 1; change <= 30; ++change) {
    listener.play(static_cast<size_t>(10 + change % 3) * kBlock, kBlock);
    settle(stream);
    if (change == 20) is_lost = true;
    const uint64_t head = stream.position() + stream.available();
    stream.set_sampling(sampling_of(1.0 + change));
    listener.read(kBlock);
    offline.change(change == 20 ? head : stream.position(), 1.0 + change);
  }
  listener.play(20 * kBlock, kBlock);
  check_equal(listener.heard, offline.frames(listener.heard.size()), 0, listener.heard.size());
  CHECK(stream.rollbacks() == 29);
}

void planned() {
  section("what is planned beyond the write head applies at its frame, without going back");
  RunAhead stream = make(128);
  Listener listener(stream);
  OfflineRun offline(1.0);
  for (uint64_t frame = 150; frame < 3000; frame += 37) {
    stream.plan_sampling(frame, sampling_of(static_cast<double>(frame)));
    offline.change(frame, static_cast<double>(frame));
    while (stream.position() + 160 < frame + 37) listener.play(32, 32);
  }
  CHECK(stream.rollbacks() == 0);
  check_equal(listener.heard, offline.frames(listener.heard.size()), 0, listener.heard.size());
}

void revised() {
  section("a plan that is changed before its frame is heard as changed");
  RunAhead stream = make(256);
  Listener listener(stream);
  stream.plan_sampling(300, sampling_of(3.0));
  stream.plan_sampling(400, sampling_of(4.0));
  listener.play(200, 50);
  settle(stream);
  // The write head has passed both; the second begins inside a read.
  stream.plan_sampling(290, sampling_of(2.0));
  stream.plan_sampling(310, sampling_of(5.0));
  listener.play(600, 47);
  OfflineRun offline(1.0);
  offline.change(290, 2.0);
  offline.change(310, 5.0);
  check_equal(listener.heard, offline.frames(listener.heard.size()), 0, listener.heard.size());
  CHECK(stream.rollbacks() == 1);
  CHECK(stream.late_rollbacks() == 0);
}

/// Plays on while the thread is held up after it has gone back once, then lets it go. Returns the frame
/// of the change; `told` says more to the stream before each of the reads.
template <class Told>
uint64_t hold_up(Listener& listener, Gate& gate, const Sampling& sampling, const Told& told) {
  settle(listener.stream);
  const int before = gate.arrivals;
  gate.is_open = false;
  listener.stream.set_sampling(sampling);
  listener.read(40);
  const uint64_t changed = listener.stream.position();
  wait_until([&] { return gate.arrivals > before; });
  for (int i = 0; i < 5; ++i) {
    told(i);
    listener.read(30);
  }
  gate.is_open = true;
  settle(listener.stream);
  return changed;
}

void late() {
  section("a change that comes late is cross-faded where it has caught up; until then the old sound plays on");
  Gate gate;
  RunAhead stream = make(256, &gate);
  Listener listener(stream);
  listener.play(500, 50);
  OfflineRun offline(1.0);
  const auto old_frames = offline.frames(5000);
  const uint64_t changed = hold_up(listener, gate, sampling_of(2.0), [](int) {});
  offline.change(changed, 2.0);
  const uint64_t switched = listener.heard.size();
  listener.play(1000, 50);
  const auto new_frames = offline.frames(listener.heard.size());
  check_equal(listener.heard, old_frames, 0, switched);
  for (size_t t = switched; t < switched + 20; ++t) {
    CHECK(listener.heard[t] >= std::min(old_frames[t], new_frames[t]) - 2.0F);
    CHECK(listener.heard[t] <= std::max(old_frames[t], new_frames[t]) + 2.0F);
  }
  check_equal(listener.heard, new_frames, switched + 20, listener.heard.size());
  CHECK(stream.rollbacks() == 1);
  CHECK(stream.late_rollbacks() == 1);
  CHECK(stream.xruns().total() == 0);
}

void without_a_change() {
  section("going back without a change gives the very same samples, in time and late");
  Gate gate;
  RunAhead stream = make(256, &gate);
  Listener listener(stream);
  listener.play(400, 40);
  for (int round = 0; round < 20; ++round) {
    // The source does not listen to top_p, but the stream cannot know that.
    Sampling same = sampling_of(1.0);
    same.top_p = 0.1 + 0.01 * round;
    if (round % 2 == 0) {
      hold_up(listener, gate, same, [](int) {});
    } else {
      settle(stream);
      stream.set_sampling(same);
      listener.play(200, 40);
    }
  }
  listener.play(1000, 40);
  CHECK(stream.rollbacks() == 20);
  CHECK(stream.late_rollbacks() == 10);
  check_equal(listener.heard, OfflineRun(1.0).frames(listener.heard.size()), 0, listener.heard.size());
}

void coalesced() {
  section("what is said while the thread steps again waits and counts as one");
  Gate gate;
  RunAhead stream = make(512, &gate);
  Listener listener(stream);
  OfflineRun offline(1.0);
  std::vector<std::pair<uint64_t, double>> more;
  const uint64_t changed = hold_up(listener, gate, sampling_of(2.0), [&](int i) {
    stream.set_sampling(sampling_of(-1.0));  // of two in one tick, the latest
    stream.set_sampling(sampling_of(3.0 + i));
    more.push_back({stream.position() + 30, 3.0 + i});
  });
  offline.change(changed, 2.0);
  for (const auto& [frame, temperature] : more) offline.change(frame, temperature);
  const uint64_t switched = listener.heard.size();
  listener.play(1500, 50);
  CHECK(stream.rollbacks() == 1);
  CHECK(stream.late_rollbacks() == 1);
  const auto expected = offline.frames(listener.heard.size());
  check_equal(listener.heard, expected, switched + 20, listener.heard.size());
}

void stress() {
  section("random changes and blocks, a reader that never waits: in the end exactly as offline");
  std::minstd_rand generator(3);
  for (int run = 0; run < 6; ++run) {
    RunAhead stream = make(run % 2 == 0 ? 200 : 64);
    Listener listener(stream);
    OfflineRun offline(1.0);
    float block[64];
    uint64_t changed = 0;
    for (int round = 1; round < 3000; ++round) {
      const bool is_change = generator() % 4 == 0;
      if (is_change) stream.set_sampling(sampling_of(round));
      const size_t n = stream.read(block, generator() % 64 + 1);
      listener.heard.insert(listener.heard.end(), block, block + n);
      if (is_change) offline.change(changed = stream.position(), round);
      if (n == 0) std::this_thread::yield();
    }
    // Whatever still is to be done is done within two settled stretches.
    for (int i = 0; i < 4; ++i) listener.play(64, 32);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const size_t from = listener.heard.size() + 2 * stream.look_ahead_frames();
    listener.play(3000, 32);
    CHECK(from > changed);
    check_equal(listener.heard, offline.frames(listener.heard.size()), from, listener.heard.size());
  }
}

void resets() {
  section("a reset in the middle of going back begins the new stream at its first frame");
  Gate gate;
  RunAhead stream = make(128, &gate);
  Listener listener(stream);
  for (uint32_t round = 1; round < 100; ++round) {
    listener.play(120, 40);
    stream.set_sampling(sampling_of(round));
    stream.plan_sampling(stream.position() + 60, sampling_of(-2.0));
    gate.is_open = round % 3 != 0;
    listener.read(32);
    if (round % 2 == 0) stream.read(nullptr, 0);
    stream.reset(round);
    CHECK(stream.position() == 0);
    gate.is_open = true;
    settle(stream);
    listener.heard.clear();
    listener.play(200, 40);
    check_equal(listener.heard, OfflineRun(-2.0).frames(200, round), 0, 200);
  }
}

void reset_behind_the_playhead() {
  section("a reset while going back lies behind the playhead: the new stream begins whole");
  // Lanes hold the next power of two: what is left of it beyond the look-ahead differs.
  for (const auto& [look_ahead, fixed] : {std::pair<size_t, size_t>{128, 128}, {480, 480}, {960, 240}}) {
    Gate gate;
    RunAheadOptions options = history_options(look_ahead);
    options.fixed_look_ahead_frames = fixed;
    RunAhead stream(std::make_unique<HistorySource>(&gate), options);
    Listener listener(stream);
    listener.play(800, 40);
    settle(stream);
    const int before = gate.arrivals;
    gate.is_open = false;
    stream.set_sampling(sampling_of(2.0));
    listener.read(40);
    wait_until([&] { return gate.arrivals > before; });
    float block[40];
    while (stream.read(block, 40) == 40) continue;
    stream.reset(7);
    gate.is_open = true;
    settle(stream);
    listener.heard.clear();
    listener.play(2000, 40);
    check_equal(listener.heard, OfflineRun(2.0).frames(2000, 7), 0, 2000);
    CHECK(stream.rollbacks() == 1);
    CHECK(stream.late_rollbacks() == 0);
  }
}

void full_timeline() {
  section("a full timeline moves no value to an earlier position, and ends with the last one said");
  ControlTimeline timeline(sampling_of(0.0));
  constexpr uint64_t kPoints = 2 * ControlTimeline::kCapacity;
  for (uint64_t t = 1; t <= kPoints; ++t) {
    CHECK(timeline.set(10 * t, sampling_of(static_cast<double>(t)), 0) == ControlTimeline::kNever);
  }
  for (uint64_t t = 0; t <= kPoints; ++t) CHECK(timeline.in_force(10 * t).temperature <= static_cast<double>(t));
  CHECK(timeline.in_force(10 * kPoints - 1).temperature == static_cast<double>(ControlTimeline::kCapacity - 2));
  CHECK(timeline.last().temperature == static_cast<double>(kPoints));
  // What is given up may have been stepped already: then that is what has changed.
  CHECK(timeline.set(10 * kPoints + 10, sampling_of(-1.0), 10 * kPoints + 5) == 10 * kPoints);
}

void control_latency() {
  section("a change that came late is told for a second, and not beyond a reset");
  Gate gate;
  RunAheadOptions options = history_options(256);
  options.sample_rate = 4000.0;
  RunAhead stream(std::make_unique<HistorySource>(&gate), options);
  Listener listener(stream);
  listener.play(500, 50);
  hold_up(listener, gate, sampling_of(2.0), [](int) {});
  listener.play(40, 40);
  CHECK(stream.control_latency_frames() > 40 + 100);
  listener.play(3000, 40);
  CHECK(stream.control_latency_frames() > 40 + 100);
  listener.play(1040, 40);
  CHECK(stream.control_latency_frames() == 40);

  hold_up(listener, gate, sampling_of(3.0), [](int) {});
  listener.play(40, 40);
  CHECK(stream.control_latency_frames() > 40 + 100);
  stream.reset(1);
  settle(stream);
  float block[40];
  CHECK(stream.read(block, 40) == 40);
  CHECK(stream.control_latency_frames() == 40);
}

void available_frames() {
  section("a read gives all that was said to be available while a version begins ahead of the playhead");
  LanePair lanes(64);
  LaneReader reader(lanes, 4, 64);
  const float frames[64] = {};
  lanes.append(frames, 40);
  lanes.begin(10, 10, 1, 1);
  lanes.append(frames, 5);
  CHECK(reader.available() == 40);
  float out[64];
  CHECK(reader.read(out, 40) == 40);
  CHECK(reader.available() == 0);
}

void runaways() {
  section("a runaway is found again by who goes back over it, at the same frame, and heard of when it is heard");
  constexpr size_t kFrames = 12000;
  constexpr size_t kBlock = 50;
  const auto temperature_of = [](size_t block) { return 1.0 - 0.001 * static_cast<double>(block / 3); };
  std::vector<float> expected(kFrames);
  const auto offline = watched_fever();
  offline->reset(0);
  for (size_t t = 0; t < kFrames; ++t) {
    // What is set before the read of a block holds from the end of that block on.
    const size_t block = t / kBlock;
    offline->step(&expected[t], 1, sampling_of(block == 0 ? 1.0 : temperature_of(block - 1)));
  }
  const uint64_t noises = offline->news().heard(kFrames).of[static_cast<size_t>(RunawayCause::noise)];
  CHECK(noises >= 3);

  auto watched = watched_fever();
  RunawayNews& news = watched->news();
  RunAhead stream(std::move(watched), history_options(512));
  Listener listener(stream);
  uint64_t told = 0;
  for (size_t block = 0; block < kFrames / kBlock; ++block) {
    stream.set_sampling(sampling_of(temperature_of(block)));
    settle(stream);
    listener.read(kBlock);
    const uint64_t now = news.heard(stream.position()).of[static_cast<size_t>(RunawayCause::noise)];
    CHECK(now == told || now == told + 1);
    CHECK(now == told || news.heard(0).last_frame <= stream.position());
    told = now;
  }
  check_equal(listener.heard, expected, 0, kFrames);
  CHECK(told == noises);
  CHECK(stream.rollbacks() > 50);
}

}  // namespace
}  // namespace sashimi::test

int main() {
  using namespace sashimi::test;
  in_time();
  kept_by_the_source();
  planned();
  revised();
  late();
  without_a_change();
  coalesced();
  stress();
  resets();
  reset_behind_the_playhead();
  full_timeline();
  control_latency();
  available_frames();
  runaways();
  std::puts("rollback: ok");
}
