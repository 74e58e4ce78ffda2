/// The kernel by emulation, behind the host's own code and a driver that is none: it gives what the core gives.
///
///   cuda_test FAKE_DRIVER
#include <chrono>
#include <cstdlib>
#include <thread>

#include "../../core/voice_group.h"
#include "../../test/track.h"
#include "../host/cuda_group.h"
#include "on_device.h"

namespace sashimi::cuda {
namespace {

using test::RandomModel;
using test::Shape;
using test::Track;
using test::shapes;

/// Of every shape, more than a chunk of the top tier; fewer in a short run.
size_t frames_tested = 80;
/// Of logits, against the core: weights of 8 and 4 bits meet activations that are not rounded.
constexpr float kCodedTolerance = 2e-3F;

bool is_coded(const Shape& shape) { return shape.format == WeightFormat::int8 || shape.format == WeightFormat::int4; }

std::vector<uint8_t> some_ids(size_t levels) {
  std::vector<uint8_t> ids(frames_tested);
  for (size_t t = 0; t < frames_tested; ++t) ids[t] = static_cast<uint8_t>((t * 37 + t / 5) % levels);
  return ids;
}

void logits_are_those_of_the_core() {
  section("logits: those of the core, for every shape");
  for (const Shape& shape : shapes()) {
    const RandomModel model(shape);
    const size_t levels = model.config().levels;
    const std::vector<uint8_t> ids = some_ids(levels);
    const Track track(model.config(), frames_tested);
    sashimi::Voice voice;
    CHECK(voice.init(model.weights(), kernels(), model.decode(), 1));
    std::vector<float> expected(frames_tested * levels);
    voice.force_block(ids.data(), frames_tested, expected.data(), track.at(0));
    CudaGroup group;
    CHECK(group.init(on_device(model), 1));
    std::vector<float> logits(frames_tested * levels);
    group.start(0, 1);
    group.force_block(0, ids.data(), frames_tested, logits.data(), track.at(0));
    const float difference = largest_difference(logits, expected);
    if (difference > (is_coded(shape) ? kCodedTolerance : kTolerance)) {
      std::printf("    d_model %d format %d: %g\n", shape.d_model, static_cast<int>(shape.format), static_cast<double>(difference));
      CHECK(false);
    }

    // And in blocks of any size, and after a reset.
    group.start(0, 1);
    std::vector<float> parts(frames_tested * levels);
    for (size_t t = 0; t < frames_tested; t += 7) {
      const size_t count = std::min<size_t>(7, frames_tested - t);
      group.force_block(0, &ids[t], count, &parts[t * levels], track.at(t));
    }
    CHECK(parts == logits);
  }
}

/// What a voice of the core draws, and its state's bytes afterwards.
struct Played {
  std::vector<float> out;
  std::vector<uint8_t> ids;
  uint64_t surprise;
};

Played played_by_core(const RandomModel& model, uint32_t seed, const Sampling& sampling, size_t num_frames) {
  sashimi::Voice voice;
  CHECK(voice.init(model.weights(), kernels(), model.decode(), seed));
  Played played{std::vector<float>(num_frames), std::vector<uint8_t>(num_frames), 0};
  voice.step_block(played.out.data(), num_frames, sampling, played.ids.data(), Track(model.config(), frames_tested, seed).at(0));
  played.surprise = voice.draws().surprise();
  return played;
}

void draws_are_those_of_the_core() {
  section("draws: those of the core, for every shape and way of drawing");
  int partings = 0;
  for (const Shape& shape : shapes()) {
    // Activations that are not rounded draw other tokens now and then.
    if (is_coded(shape)) continue;
    const RandomModel model(shape);
    const auto on = on_device(model);
    for (const Sampling& sampling : kSamplings) {
      CudaGroup group;
      CHECK(group.init(on, 1));
      group.start(0, 5);
      const Played expected = played_by_core(model, 5, sampling, frames_tested);
      Played played{std::vector<float>(frames_tested), std::vector<uint8_t>(frames_tested), 0};
      float* const outs[] = {played.out.data()};
      uint8_t* const ids[] = {played.ids.data()};
      const Track track(model.config(), frames_tested, 5);
      const Conditioning conditionings[] = {track.at(0)};
      group.step_block(outs, frames_tested, &sampling, conditionings, ids);
      CHECK(group.faulty(0) == 0);
      CHECK(group.frame(0) == frames_tested);
      if (played.ids != expected.ids) {
        // A draw at the very edge of a token's share may fall the other way, to its neighbour. That is rare.
        const auto parting = std::mismatch(played.ids.begin(), played.ids.end(), expected.ids.begin());
        CHECK(std::abs(*parting.first - *parting.second) == 1);
        CHECK(++partings <= 2);
        continue;
      }
      CHECK(played.out == expected.out);
      const auto surprise = static_cast<double>(group.surprise(0));
      CHECK(std::abs(surprise - static_cast<double>(expected.surprise)) <= 0.01 * surprise + static_cast<double>(frames_tested));
    }
  }
}

void voices_do_not_know_of_each_other(LaunchShape spread) {
  std::printf("  group: voices that come and go, %u to a block and %u blocks to a voice, are those of their own\n", spread.slots, spread.team);
  for (const Shape& shape : shapes()) {
    const RandomModel model(shape);
    if (model.config().num_tiers() < spread.team) continue;
    const auto on = on_device(model);
    constexpr size_t kSlots = 7;
    const size_t starts[kSlots] = {0, 7, 16, 33, 16, 0, 2};
    const size_t stops[kSlots] = {frames_tested, 40, frames_tested, 60, frames_tested, frames_tested, frames_tested - 1};
    std::vector<Track> tracks;
    for (uint32_t slot = 0; slot < kSlots; ++slot) tracks.emplace_back(model.config(), frames_tested, slot + 3);
    const std::vector<Sampling> samplings = {kSamplings[0], kSamplings[1], kSamplings[2], kSamplings[3],
                                             kSamplings[4], kSamplings[0], kSamplings[1]};
    CudaGroup group;
    CHECK(group.init(on, kSlots, spread));
    CHECK(group.slots_per_block() == spread.slots && group.team() == spread.team);
    std::vector<std::vector<float>> outs(kSlots, std::vector<float>(frames_tested));
    for (size_t t = 0; t < frames_tested; ++t) {
      float* at[kSlots] = {};
      Conditioning conditionings[kSlots];
      for (size_t slot = 0; slot < kSlots; ++slot) {
        if (t == starts[slot]) group.start(slot, static_cast<uint32_t>(slot) + 3);
        if (t == stops[slot]) group.stop(slot);
        if (!group.is_active(slot)) continue;
        at[slot] = &outs[slot][t];
        conditionings[slot] = tracks[slot].at(group.frame(slot));
      }
      group.step_block(at, 1, samplings.data(), conditionings);
    }
    for (size_t slot = 0; slot < kSlots; ++slot) {
      const size_t length = stops[slot] - starts[slot];
      CudaGroup alone;
      CHECK(alone.init(on, 1));
      alone.start(0, static_cast<uint32_t>(slot) + 3);
      std::vector<float> expected(length);
      float* const at[] = {expected.data()};
      const Conditioning conditionings[] = {tracks[slot].at(0)};
      alone.step_block(at, length, &samplings[slot], conditionings);
      CHECK(std::equal(expected.begin(), expected.end(), outs[slot].begin() + static_cast<ptrdiff_t>(starts[slot])));
    }
  }
}

void snapshots_are_those_of_the_core() {
  section("snapshots: a voice goes from the core to the device and back");
  for (const Shape& shape : shapes()) {
    if (is_coded(shape)) continue;
    const RandomModel model(shape);
    const Track track(model.config(), 2 * frames_tested, 5);
    sashimi::Voice core;
    CHECK(core.init(model.weights(), kernels(), model.decode(), 5));
    std::vector<float> whole(frames_tested);
    core.step_block(whole.data(), frames_tested, kSamplings[0], nullptr, track.at(0));

    core.reset(5);
    std::vector<float> parts(frames_tested);
    core.step_block(parts.data(), 37, kSamplings[0], nullptr, track.at(0));
    std::vector<unsigned char> snapshot(core.snapshot_bytes());
    core.snapshot(snapshot.data());
    CudaGroup group;
    CHECK(group.init(on_device(model), 2));
    CHECK(group.snapshot_bytes() == core.snapshot_bytes());
    CHECK(group.restore(1, snapshot.data()) && group.frame(1) == 37 && group.is_active(1));
    float* outs[2] = {nullptr, parts.data() + 37};
    const Sampling samplings[2] = {kSamplings[0], kSamplings[0]};
    const Conditioning conditionings[2] = {{}, track.at(37)};
    group.step_block(outs, 40, samplings, conditionings);
    group.snapshot(1, snapshot.data());
    CHECK(core.restore(snapshot.data()) && core.frame() == 77);
    CHECK(group.is_aligned(1) == core.is_aligned());
    core.step_block(parts.data() + 77, frames_tested - 77, kSamplings[0], nullptr, track.at(77));
    CHECK(parts == whole);

    const uint64_t pooled = model.config().pooled(model.config().num_pools);
    CHECK(pooled == 1 || !group.restore(1, snapshot.data(), 78));
    CHECK(group.restore(1, snapshot.data(), 77 + 9 * pooled) && group.frame(1) == 77 + 9 * pooled);
    std::fill(snapshot.begin(), snapshot.end(), static_cast<unsigned char>(0));
    CHECK(!group.restore(1, snapshot.data()));
  }
}

void forced_prefixes_are_drawn_after() {
  section("forcing: draws go on after it as in the core");
  const RandomModel model(shapes()[1]);
  const std::vector<uint8_t> ids = some_ids(256);
  sashimi::Voice core;
  CHECK(core.init(model.weights(), kernels(), model.decode(), 3));
  CudaGroup group;
  CHECK(group.init(on_device(model), 1));
  group.start(0, 3);
  std::vector<float> expected(90);
  std::vector<float> received(90);
  const auto step = [&](size_t from, size_t count) {
    core.step_block(&expected[from], count, kSamplings[0], nullptr);
    float* const outs[] = {&received[from]};
    group.step_block(outs, count, kSamplings, nullptr);
  };
  const auto force = [&](size_t count) {
    core.force_block(ids.data(), count, nullptr);
    group.force_block(0, ids.data(), count, nullptr, {});
  };
  step(0, 10);
  // In several orders.
  force(frames_tested);
  step(10, 50);
  force(5);
  group.reseed(0, 8);
  core.reseed(8);
  step(60, 30);
  CHECK(received == expected);
  CHECK(group.frame(0) == core.frame());
}

void memory_may_be_short() {
  section("a device with little shared memory: fewer voices to a block, the samples are the same; with less, none");
  const RandomModel model(shapes()[0]);
  const std::vector<float> expected = played_by_core(model, 5, kSamplings[0], frames_tested).out;
  for (const char* bytes : {"20000", "40000", "100000"}) {
    setenv("SASHIMI_FAKE_SHARED_BYTES", bytes, 1);
    CudaGroup group;
    const bool has_room = group.init(on_device(model), 8);
    CHECK(has_room == (std::string(bytes) != "20000"));
    if (!has_room) continue;
    CHECK(group.slots_per_block() == (std::string(bytes) == "40000" ? 1 : 2));
    group.start(7, 5);
    std::vector<float> out(frames_tested);
    float* outs[8] = {};
    outs[7] = out.data();
    const std::vector<Sampling> samplings(8, kSamplings[0]);
    group.step_block(outs, frames_tested, samplings.data(), nullptr);
    CHECK(out == expected);
  }
  unsetenv("SASHIMI_FAKE_SHARED_BYTES");
}

void launches_follow_each_other() {
  section("a launch that leaves with orders waiting: the next one goes on");
  const RandomModel model(shapes()[1]);
  const std::vector<float> expected = played_by_core(model, 5, kSamplings[1], frames_tested).out;
  for (const char* slow : {"0", "300"}) {
    setenv("SASHIMI_FAKE_LONGEST_US", slow, 1);
    CudaGroup group;
    CHECK(group.init(on_device(model), 5));
    std::vector<std::vector<float>> outs(5, std::vector<float>(frames_tested));
    float* at[5];
    for (size_t slot = 0; slot < 5; ++slot) {
      group.start(slot, 5);
      at[slot] = outs[slot].data();
    }
    const std::vector<Sampling> samplings(5, kSamplings[1]);
    group.step_block(at, frames_tested, samplings.data(), nullptr);
    CHECK(!group.fault());
    for (const auto& out : outs) CHECK(out == expected);
  }
  unsetenv("SASHIMI_FAKE_LONGEST_US");
}

void missing_drivers_are_told() {
  section("no driver, no device, a device that is lost");
  std::string why;
  CHECK(!Device::open("libno-such-driver.so", kPtx, why) && !why.empty());
  CHECK(!Device::open(fake_driver, ".target sm_70", why) && why.find("cuModuleGetFunction") != std::string::npos);
  setenv("SASHIMI_FAKE_DEVICES", "0", 1);
  CHECK(!Device::open(fake_driver, kPtx, why) && why.find("no device") != std::string::npos);
  unsetenv("SASHIMI_FAKE_DEVICES");

  const RandomModel model(shapes()[0]);
  CudaGroup group;
  CHECK(group.init(on_device(model), 1));
  group.start(0, 5);
  CHECK(!group.fault());
  setenv("SASHIMI_FAKE_FAILS_AFTER", "0", 1);
  std::vector<float> out(frames_tested, 1.0F);
  float* const outs[] = {out.data()};
  for (int round = 0; round < 50 && !group.fault(); ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    group.step_block(outs, frames_tested, kSamplings, nullptr);
  }
  CHECK(group.fault());
  CHECK(std::all_of(out.begin(), out.end(), [](float sample) { return sample == 0.0F; }));
  unsetenv("SASHIMI_FAKE_FAILS_AFTER");
}

void order_of_tasks_does_not_matter() {
  section("any order of tasks gives the same bits");
  for (const Shape& shape : shapes()) {
    const RandomModel model(shape);
    const auto on = on_device(model);
    std::vector<std::vector<float>> played;
    for (const char* seed : {"0", "1", "7", "12345"}) {
      setenv("SASHIMI_FAKE_SEED", seed, 1);
      CudaGroup group;
      CHECK(group.init(on, 1));
      group.start(0, 5);
      std::vector<float> out(frames_tested);
      float* const outs[] = {out.data()};
      group.step_block(outs, frames_tested, kSamplings, nullptr);
      played.push_back(out);
      CHECK(played.back() == played.front());
    }
    unsetenv("SASHIMI_FAKE_SEED");
  }
}

void voices_are_spread_over_what_there_is() {
  section("how voices are spread: within the room that there is, and a team where that is faster");
  for (const Shape& shape : shapes()) {
    const RandomModel model(shape);
    const auto on = on_device(model);
    const BuiltPlan& built = on->built();
    const uint32_t tiers = built.plan.num_tiers;
    for (const uint32_t blocks : {1U, 4U, 132U}) {
      for (const uint32_t slots : {1U, 5U, kMaxSlots}) {
        for (const uint32_t capacity : {1U, 2U, 3U, 50U, 132U, 256U, 2'000U}) {
          const LaunchShape together = shape_of_launch(built, capacity, {blocks, slots, true});
          CHECK(together.slots >= 1 && together.slots <= slots && together.team >= 1 && together.team <= tiers);
          const uint32_t teams = (capacity + together.slots - 1) / together.slots;
          CHECK(together.team == 1 || teams * together.team <= blocks);
          const LaunchShape apart = shape_of_launch(built, capacity, {blocks, slots, false});
          CHECK(apart.team == 1);
          CHECK(estimated_cycles(built, together, capacity) <= estimated_cycles(built, apart, capacity));
        }
      }
    }
    CHECK((shape_of_launch(built, 1, {132, kMaxSlots, true}).team > 1) == (tiers > 1));
  }
}

/// Two voices: one forced a while and then drawn, one drawn, in orders of several lengths.
std::vector<float> played_by_two(const RandomModel& model, std::optional<LaunchShape> spread) {
  CudaGroup group;
  CHECK(group.init(on_device(model), 2, spread));
  CHECK(group.team() == (spread ? spread->team : 1));
  const std::vector<uint8_t> prefix = some_ids(model.config().levels);
  const size_t levels = model.config().levels;
  const Track track(model.config(), frames_tested, 5);
  std::vector<float> out(frames_tested * (2 + levels));
  float* const logits = out.data() + 2 * frames_tested;
  for (size_t slot = 0; slot < 2; ++slot) group.start(slot, 5);
  group.force_block(0, prefix.data(), 21, logits, track.at(0));
  const Sampling samplings[] = {kSamplings[0], kSamplings[1]};
  for (size_t first = 21, count = 1; first < frames_tested; first += count, count = count % 70 + 13) {
    count = std::min(count, frames_tested - first);
    float* const outs[] = {&out[first], &out[frames_tested + first]};
    const Conditioning conditionings[] = {track.at(first), track.at(first - 21)};
    group.step_block(outs, count, samplings, conditionings);
  }
  CHECK(!group.fault());
  return out;
}

void a_team_gives_the_same() {
  section("a block to each tier: the same bits as one block for all, whenever launches leave");
  for (const Shape& shape : shapes()) {
    const RandomModel model(shape);
    setenv("SASHIMI_FAKE_COOPERATES", "0", 1);
    const std::vector<float> alone = played_by_two(model, std::nullopt);
    unsetenv("SASHIMI_FAKE_COOPERATES");
    setenv("SASHIMI_FAKE_MULTIPROCESSORS", "8", 1);
    const auto tiers = static_cast<uint32_t>(model.config().num_tiers());
    if (tiers > 2) CHECK(played_by_two(model, LaunchShape{1, 2}) == alone);
    setenv("SASHIMI_FAKE_LONGEST_US", "0", 1);
    CHECK(played_by_two(model, LaunchShape{1, tiers}) == alone);
    unsetenv("SASHIMI_FAKE_LONGEST_US");
  }
  unsetenv("SASHIMI_FAKE_MULTIPROCESSORS");
}

}  // namespace
}  // namespace sashimi::cuda

int main(int argc, char** argv) {
  using namespace sashimi::cuda;
  if (argc < 2) return 2;
  fake_driver = argv[1];
  const bool is_short = argc > 2;
  if (is_short) frames_tested = 40;
  logits_are_those_of_the_core();
  if (!is_short) {
    draws_are_those_of_the_core();
    voices_do_not_know_of_each_other({2, 1});
    voices_do_not_know_of_each_other({4, 2});
    voices_are_spread_over_what_there_is();
    snapshots_are_those_of_the_core();
    order_of_tasks_does_not_matter();
    memory_may_be_short();
  }
  forced_prefixes_are_drawn_after();
  a_team_gives_the_same();
  launches_follow_each_other();
  missing_drivers_are_told();
  std::puts("cuda: ok");
}
