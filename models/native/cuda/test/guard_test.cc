/// Voices that are guarded, by emulation: states that stay on the device, and what happens when the device fails.
///
///   guard_test FAKE_DRIVER [short]
#include <chrono>
#include <cstdlib>
#include <thread>

#include "../../test/track.h"
#include "../host/cuda_composite.h"
#include "../host/cuda_voice.h"
#include "on_device.h"

namespace sashimi::cuda {
namespace {

using test::RandomModel;
using test::Track;
using test::shapes;

constexpr size_t kSubBlock = 32;
constexpr size_t kMarks = 6;
/// With conditioning.
constexpr size_t kShape = 13;

/// A guarded voice, or a guidance of its model, that plays in sub-blocks and goes back now and then, as a stream does.
template <class V>
class Player {
 public:
  Player(V& voice, const Track& track, size_t sub_block = kSubBlock)
      : voice_(voice), track_(track), sub_block_(sub_block), marked_(kMarks, std::vector<unsigned char>(voice.snapshot_bytes())) {
    CHECK(voice_.reserve_marks(kMarks));
  }

  void play(size_t num_frames) {
    for (size_t done = 0; done < num_frames;) {
      const size_t count = std::min(sub_block_, num_frames - done);
      voice_.mark(number(), marked_[number()].data());
      positions_[number()] = voice_.frame();
      ++marks_;
      out_.resize(static_cast<size_t>(voice_.frame()) + count);
      voice_.step_block(&out_[voice_.frame()], count, kSamplings[0], nullptr, track_.at(voice_.frame()));
      done += count;
    }
  }

  /// Over so many marks; false when that one is lost.
  bool go_back(size_t count) {
    const size_t to = (marks_ - count) % kMarks;
    const uint64_t before = voice_.frame();
    const bool is_there = voice_.return_to(to, marked_[to].data());
    CHECK(voice_.frame() == (is_there ? positions_[to] : before));
    return is_there;
  }
  const std::vector<float>& out() const { return out_; }

 private:
  size_t number() const { return marks_ % kMarks; }

  V& voice_;
  const Track& track_;
  const size_t sub_block_;
  std::vector<std::vector<unsigned char>> marked_;
  uint64_t positions_[kMarks] = {};
  size_t marks_ = 0;
  std::vector<float> out_;
};

void lose_device() {
  setenv("SASHIMI_FAKE_FAILS_AFTER", "0", 1);
  // A kernel that is there stays for a while.
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
}
void find_device() { unsetenv("SASHIMI_FAKE_FAILS_AFTER"); }

/// What is tested of voices is tested of guidance, too.
template <class F>
void for_kinds(const RandomModel& model, const F& f) {
  const auto device = on_device(model);
  {
    CudaVoice voice;
    CHECK(voice.init(device, kernels(), model.decode(), 5, true));
    sashimi::Voice core;
    CHECK(core.init(model.weights(), kernels(), model.decode(), 5));
    f(voice, core);
  }
  CudaComposite guidance;
  sashimi::Composite core;
  const std::vector<CompositeMember> members(2, {&model.weights(), &kernels()});
  CHECK(guidance.init({device, device}, members, model.decode(), sashimi::Mixing::product, 5, true));
  CHECK(core.init(members, model.decode(), sashimi::Mixing::product, 5));
  const bool is_dropped[] = {true, false};
  guidance.set_dropped(is_dropped);
  core.set_dropped(is_dropped);
  guidance.set_blend(1.5);
  core.set_blend(1.5);
  f(guidance, core);
}

template <class V>
std::vector<float> played(V& core, const Track& track, size_t num_frames) {
  std::vector<float> out(num_frames);
  core.step_block(out.data(), num_frames, kSamplings[0], nullptr, track.at(0));
  return out;
}

void states_stay_on_the_device(const RandomModel& model, size_t num_frames) {
  section("a voice that goes back again and again gives the same samples, and few states cross the bus");
  const Track track(model.config(), num_frames);
  for_kinds(model, [&](auto& voice, auto& core) {
    const std::vector<float> expected = played(core, track, num_frames);
    Player player(voice, track);
    size_t returns = 0;
    while (voice.frame() < num_frames) {
      player.play(std::min<size_t>(5 * kSubBlock, num_frames - static_cast<size_t>(voice.frame())));
      if (voice.frame() < num_frames && ++returns % 2 == 1) CHECK(player.go_back(1 + returns % 4));
    }
    CHECK(player.out() == expected);
    CHECK(!voice.is_handed_over());
    const size_t states = voice.state_bytes_crossed() / voice.snapshot_bytes();
    // One for every kPeriodFrames that were played, again or not; a few were asked for once more after going back.
    CHECK(states <= 4 * (num_frames / Backup::kPeriodFrames + 1));
  });
}

void natives_go_on(const RandomModel& model, size_t num_frames) {
  section("a device that fails: the native voice goes on from where the stream is, wherever that is");
  const Track track(model.config(), num_frames + 2 * kSubBlock);
  for (const size_t lost_at : {size_t{0}, size_t{1}, size_t{31}, size_t{500}, size_t{1024}, size_t{1070}, size_t{1500}}) {
    if (lost_at >= num_frames) continue;
    for_kinds(model, [&](auto& voice, auto& core) {
      const std::vector<float> expected = played(core, track, num_frames);
      Player player(voice, track);
      player.play(lost_at);
      if (lost_at > 600) CHECK(player.go_back(3));
      lose_device();
      player.play(num_frames - static_cast<size_t>(voice.frame()));
      CHECK(voice.is_handed_over() && voice.fault());
      CHECK(player.out() == expected);
      // Marks of the device are lost with it, later ones are the native voice's.
      CHECK(player.go_back(2));
      player.play(2 * kSubBlock);
      find_device();
    });
  }
}

void small_calls_are_written_down(const RandomModel& model) {
  section("a device that fails: the same when frames were played one by one");
  constexpr size_t kFrames = 700;
  const Track track(model.config(), kFrames);
  for_kinds(model, [&](auto& voice, auto& core) {
    const std::vector<float> expected = played(core, track, kFrames);
    Player player(voice, track, 1);
    player.play(420);
    CHECK(player.go_back(4));
    lose_device();
    player.play(kFrames - static_cast<size_t>(voice.frame()));
    CHECK(voice.is_handed_over());
    CHECK(player.out() == expected);
    find_device();
  });
}

void marks_of_a_lost_device_are_lost(const RandomModel& model) {
  section("a device that fails: there is no way back to what it had, and the voice goes on");
  constexpr size_t kFrames = 640;
  const Track track(model.config(), kFrames);
  for_kinds(model, [&](auto& voice, auto& core) {
    const std::vector<float> expected = played(core, track, kFrames);
    Player player(voice, track);
    player.play(320);
    lose_device();
    player.play(kSubBlock);
    CHECK(voice.is_handed_over());
    CHECK(!player.go_back(3));
    player.play(kFrames - 320 - kSubBlock);
    CHECK(player.out() == expected);
    find_device();
  });
}

void forced_and_restored_voices_go_on(const RandomModel& model) {
  section("a device that fails after a reset, a forced prefix, a restored state or another seed");
  constexpr size_t kFrames = 96;
  const Track track(model.config(), 3 * kFrames);
  const std::vector<uint8_t> prefix = {3, 200, 7, 90, 128};
  const auto change = [&](auto& voice, int what) {
    std::vector<unsigned char> state(voice.snapshot_bytes());
    float sample;
    switch (what) {
      case 0: return voice.reset(9);
      case 1: return voice.force_block(prefix.data(), prefix.size(), nullptr, track.at(voice.frame()));
      case 2: return voice.reseed(77);
      case 3:
        voice.snapshot(state.data());
        voice.step_block(&sample, 1, kSamplings[0], nullptr, track.at(voice.frame()));
        CHECK(voice.restore(state.data()));
        return;
      default:
        voice.force_block(prefix.data(), prefix.size(), nullptr, track.at(voice.frame()));
        voice.step_block(&sample, 1, kSamplings[0], nullptr, track.at(voice.frame()));
    }
  };
  for (int what = 0; what < 5; ++what) {
    for (const bool is_lost_before : {false, true}) {
      for_kinds(model, [&](auto& voice, auto& core) {
        std::vector<float> expected(kFrames);
        std::vector<float> received(kFrames);
        const auto step = [&](size_t from, size_t count) {
          core.step_block(&expected[from], count, kSamplings[0], nullptr, track.at(core.frame()));
          voice.step_block(&received[from], count, kSamplings[0], nullptr, track.at(voice.frame()));
        };
        step(0, 40);
        if (is_lost_before) lose_device();
        change(voice, what);
        change(core, what);
        CHECK(voice.frame() == core.frame());
        step(40, 8);
        if (!is_lost_before) lose_device();
        step(48, 48);
        CHECK(voice.is_handed_over());
        CHECK(received == expected);
        std::vector<unsigned char> state(voice.snapshot_bytes());
        voice.snapshot(state.data());
        find_device();
      });
    }
  }
}

}  // namespace
}  // namespace sashimi::cuda

int main(int argc, char** argv) {
  using namespace sashimi::cuda;
  if (argc < 2) return 2;
  fake_driver = argv[1];
  const bool is_short = argc > 2;
  const RandomModel model(shapes()[kShape]);
  states_stay_on_the_device(model, is_short ? 200 : 2500);
  if (is_short) natives_go_on(model, 100);
  else natives_go_on(model, 1600);
  marks_of_a_lost_device_are_lost(model);
  if (!is_short) small_calls_are_written_down(model);
  if (!is_short) forced_and_restored_voices_go_on(model);
  std::puts("guard: ok");
}
