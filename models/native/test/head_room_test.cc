/// Whether there is time to go back, what a stream does without, and what its short reads are put down to. Built with the
/// thread sanitizer too.
#include <algorithm>

#include "history_source.h"
#include "listener.h"

namespace sashimi::test {
namespace {

void no_head_room() {
  section("without head-room a change applies at the write head, the look-ahead is short, and this is told");
  RunAheadOptions options = history_options(512);
  options.min_speed = 1e12;
  options.fixed_look_ahead_frames = 128;
  RunAhead stream(std::make_unique<HistorySource>(), options);
  Listener listener(stream);
  CHECK(stream.rollback() == Rollback::no_headroom);
  CHECK(stream.look_ahead_frames() == 128);
  listener.play(400, 40);
  stream.set_sampling(sampling_of(5.0));
  const size_t head = listener.heard.size() + stream.available();
  listener.play(1000, 40);
  OfflineRun offline(1.0);
  // The write head moves by sub-blocks: the change is at the first one after the next read.
  size_t t = 0;
  const auto old_frames = offline.frames(listener.heard.size());
  while (listener.heard[t] == old_frames[t]) ++t;
  CHECK(t >= head && t <= head + 128 + 2 * stream.sub_block_frames());
  offline.change(t, 5.0);
  check_equal(listener.heard, offline.frames(listener.heard.size()), 0, listener.heard.size());
  CHECK(stream.rollbacks() == 0);
}

/// Each frame is the temperature in force there.
class EchoSource : public FrameSource {
 public:
  void reset(uint32_t) override {}
  void step(float* out, size_t num_frames, const Sampling& sampling) override {
    std::fill(out, out + num_frames, static_cast<float>(sampling.temperature));
  }
  size_t snapshot_bytes() const override { return 8; }
};

void planned_without_head_room() {
  section("without head-room each of many plans applies at its own frame, for as long as they go on");
  constexpr size_t kSlotFrames = 8;
  constexpr size_t kBlockFrames = 85;
  RunAheadOptions options = history_options(1024);
  options.min_speed = 1e12;
  options.fixed_look_ahead_frames = 256;
  // Trial snapshots are made every quarter of a second of audio.
  options.sample_rate = 16000.0;
  RunAhead stream(std::make_unique<EchoSource>(), options);
  Listener listener(stream);
  size_t next = 0;
  while (listener.heard.size() < 30000) {
    const size_t until = listener.heard.size() + kBlockFrames + stream.plan_ahead_frames();
    for (; next * kSlotFrames <= until; ++next) {
      stream.plan_sampling(next * kSlotFrames, sampling_of(static_cast<double>(next)));
    }
    listener.play(kBlockFrames, kBlockFrames);
  }
  // What was stepped before the first plan came is as it was.
  for (size_t t = 512; t < listener.heard.size(); ++t) CHECK(listener.heard[t] == static_cast<float>(t / kSlotFrames));
  CHECK(stream.rollback() == Rollback::no_headroom);
}

void restless() {
  section("while control moves the ring is not filled far ahead, and afterwards it is again");
  RunAheadOptions options = history_options(512);
  options.fixed_look_ahead_frames = 128;
  RunAhead stream(std::make_unique<HistorySource>(), options);
  Listener listener(stream);
  CHECK(stream.look_ahead_frames() == 512);
  CHECK(stream.plan_ahead_frames() == 512);
  listener.play(200, 50);
  stream.set_sampling(sampling_of(2.0));
  listener.read(50);
  OfflineRun offline(1.0);
  offline.change(listener.heard.size(), 2.0);
  wait_until([&] { return stream.rollbacks() == 1; });
  CHECK(stream.look_ahead_frames() == 128);
  listener.play(1000, 50);
  wait_until([&] { return stream.look_ahead_frames() == 512; });
  listener.play(500, 50);
  CHECK(stream.rollbacks() == 1);
  check_equal(listener.heard, offline.frames(listener.heard.size()), 1000, listener.heard.size());
}

void head_room() {
  section("head-room: taken away at once, given back late");
  HeadRoom room(true, 1.5, 0.01);
  CHECK(room.state() == Rollback::no_headroom);
  for (int i = 0; i < 50; ++i) room.stepped(0.0006, 0.002);
  CHECK(room.state() == Rollback::ready);
  CHECK(room.load() > 0.29 && room.load() < 0.31);
  double seconds = 0.0;
  while (room.state() == Rollback::ready) room.stepped(0.0016, 0.002), seconds += 0.002;
  CHECK(seconds > 0.1 && seconds < 1.5);
  // At the very bound it does not come back.
  for (int i = 0; i < 5000; ++i) room.stepped(0.0013, 0.002);
  CHECK(room.state() == Rollback::no_headroom);
  for (int i = 0; i < 900; ++i) room.stepped(0.0004, 0.002);
  CHECK(room.state() == Rollback::no_headroom);
  for (int i = 0; i < 2000; ++i) room.stepped(0.0004, 0.002);
  CHECK(room.state() == Rollback::ready);
  // Snapshots that cost too much are no head-room either.
  for (int i = 0; i < 30; ++i) room.snapped(0.008);
  room.stepped(0.0004, 0.002);
  CHECK(room.state() == Rollback::no_headroom);
  CHECK(!room.wants_trial());
  for (int i = 0; i < 200; ++i) room.stepped(0.0004, 0.002);
  CHECK(room.wants_trial());
  CHECK(HeadRoom(false, 0.0, 0.01).state() == Rollback::off);
}

void xrun_causes() {
  section("xruns: each by its cause");
  Xruns xruns(0.016);
  const auto expect = [&](XrunCause cause, double load) {
    const uint64_t before = xruns.of(cause);
    xruns.count();
    xruns.count();
    xruns.explain(load);
    CHECK(xruns.of(cause) == before + 2);
  };
  expect(XrunCause::starting, 0.3);
  expect(XrunCause::overload, 1.3);
  xruns.ring_is_full();
  expect(XrunCause::burst, 0.3);
  expect(XrunCause::overload, 1.1);
  xruns.rolled_back();
  expect(XrunCause::rollback, 0.3);
  xruns.stalled(0.005);
  xruns.stalled(-1.0);
  expect(XrunCause::rollback, 0.3);
  xruns.stalled(0.005);
  expect(XrunCause::preempted, 0.3);
  xruns.ring_is_full();
  expect(XrunCause::burst, 0.3);
  xruns.restarted();
  expect(XrunCause::starting, 0.3);
  CHECK(xruns.total() == 18);
}

}  // namespace
}  // namespace sashimi::test

int main() {
  using namespace sashimi::test;
  no_head_room();
  planned_without_head_room();
  restless();
  head_room();
  xrun_causes();
  std::puts("head-room: ok");
}
