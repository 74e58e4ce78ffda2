/// Composites in one kernel, by emulation: they give what the core's give.
///
///   composite_test FAKE_DRIVER [short]
#include <cstdlib>

#include "../../test/track.h"
#include "../host/cuda_composite.h"
#include "on_device.h"

namespace sashimi::cuda {
namespace {

using test::RandomModel;
using test::Track;
using test::shapes;

size_t frames_tested = 80;

/// Models by number, of one alphabet: 0 and 1 of different shapes, 2 takes conditioning, 3 is of another format and takes none, 4 has a
/// tier alone.
struct Models {
  explicit Models(bool is_conditioned)
      : host{RandomModel(shapes()[is_conditioned ? 13 : 0]), RandomModel(shapes()[1]), RandomModel(shapes()[8]), RandomModel(shapes()[9]),
             RandomModel(shapes()[4])} {
    for (const RandomModel& model : host) device.push_back(on_device(model));
  }
  RandomModel host[5];
  std::vector<std::shared_ptr<const CudaModel>> device;
};

struct Case {
  const char* name;
  std::vector<size_t> members;  ///< Models, by number.
  sashimi::Mixing mixing;
  std::vector<double> weights;
  std::vector<bool> is_dropped = {};
};

std::vector<Case> cases() {
  using sashimi::Mixing;
  return {
      {"a product of one", {0}, Mixing::product, {1.5}},
      {"guidance", {0, 0}, Mixing::product, {-0.5, 1.5}, {true, false}},
      {"a mixture of a model with itself", {0, 0}, Mixing::mixture, {0.3, 0.7}, {false, true}},
      {"a mixture of two models", {0, 1}, Mixing::mixture, {0.4, 0.6}},
      {"a product of two models, one behind the other", {1, 0, 1}, Mixing::product, {0.5, 0.9, -0.2}},
      {"a mixture in which one has all weight", {0, 1}, Mixing::mixture, {0.0, 1.0}},
      {"a mixture in which the first has all weight", {0, 1, 2}, Mixing::mixture, {1.0, 0.0, 0.0}},
      {"models of other depths", {4, 0, 4, 2}, Mixing::mixture, {0.2, 0.3, 0.1, 0.4}},
      {"four models", {0, 1, 2, 3}, Mixing::mixture, {0.1, 0.2, 0.3, 0.4}},
  };
}

/// The same composite there and here.
struct Both {
  Both(const Models& models, const Case& of, uint32_t seed, bool is_guarded = false) {
    std::vector<std::shared_ptr<const CudaModel>> there;
    std::vector<CompositeMember> here;
    for (const size_t member : of.members) {
      there.push_back(models.device[member]);
      here.push_back({&models.host[member].weights(), &kernels()});
    }
    const float* decode = models.host[0].decode();
    CHECK(core.init(here, decode, of.mixing, seed));
    CHECK(device.init(there, here, decode, of.mixing, seed, is_guarded));
    bool is_dropped[DeviceVoice::kMaxMembers] = {};
    std::copy(of.is_dropped.begin(), of.is_dropped.end(), is_dropped);
    core.set_dropped(is_dropped);
    device.set_dropped(is_dropped);
    set_weights(of.weights);
  }
  void set_weights(const std::vector<double>& weights) {
    core.set_weights(weights.data());
    device.set_weights(weights.data());
  }
  Composite core;
  CudaComposite device;
};

std::vector<uint8_t> some_ids() {
  std::vector<uint8_t> ids(frames_tested);
  for (size_t t = 0; t < frames_tested; ++t) ids[t] = static_cast<uint8_t>(t * 37 + t / 5);
  return ids;
}

void logits_are_those_of_the_core(const Models& models, bool is_conditioned) {
  const Track track(models.host[0].config(), frames_tested);
  const Conditioning conditioning = is_conditioned ? track.at(0) : Conditioning{};
  for (const Case& of : cases()) {
    std::printf("    %s\n", of.name);
    Both both(models, of, 5);
    const std::vector<uint8_t> ids = some_ids();
    std::vector<float> expected(frames_tested * 256);
    std::vector<float> received(frames_tested * 256);
    both.core.force_block(ids.data(), frames_tested, expected.data(), conditioning);
    both.device.force_block(ids.data(), frames_tested, received.data(), conditioning);
    CHECK(largest_difference(expected, received) <= 2.0F * kTolerance);
    CHECK(both.device.frame() == frames_tested);

    // And in blocks of any size, and after a reset.
    both.device.reset(5);
    std::vector<float> parts(frames_tested * 256);
    for (size_t t = 0; t < frames_tested; t += 7) {
      const size_t count = std::min<size_t>(7, frames_tested - t);
      both.device.force_block(&ids[t], count, &parts[t * 256], is_conditioned ? track.at(t) : Conditioning{});
    }
    CHECK(parts == received);
  }
}

void draws_are_those_of_the_core(const Models& models, bool is_conditioned) {
  const Track track(models.host[0].config(), frames_tested);
  int partings = 0;
  for (const Case& of : cases()) {
    for (const Sampling& sampling : kSamplings) {
      Both both(models, of, 5);
      std::vector<float> expected(frames_tested);
      std::vector<float> received(frames_tested);
      std::vector<uint8_t> ids(frames_tested);
      for (size_t t = 0; t < frames_tested;) {
        const size_t count = std::min<size_t>(30, frames_tested - t);
        const Conditioning conditioning = is_conditioned ? track.at(t) : Conditioning{};
        both.core.step_block(&expected[t], count, sampling, nullptr, conditioning);
        both.device.step_block(&received[t], count, sampling, &ids[t], conditioning);
        t += count;
        // Weights hold from the next frame on.
        std::vector<double> weights = of.weights;
        std::rotate(weights.begin(), weights.begin() + 1, weights.end());
        if (t == 30) both.set_weights(weights);
        if (t == 60) both.set_weights(of.weights);
      }
      if (received != expected) {
        // A draw at the very edge of a token's share may fall to its neighbour, and of two tokens that are as likely, to the rounding of
        // a sum, the other one may be the last of the top k. That is rare.
        const auto parting = std::mismatch(received.begin(), received.end(), expected.begin());
        CHECK(sampling.top_k > 0 || std::fabs(*parting.first - *parting.second) < 0.01F);
        CHECK(++partings <= 2);
        continue;
      }
      for (size_t t = 0; t < frames_tested; ++t) CHECK(models.host[0].decode()[ids[t]] == received[t]);
      const auto surprise = static_cast<double>(both.device.draws().surprise());
      const auto of_core = static_cast<double>(both.core.draws().surprise());
      CHECK(std::fabs(surprise - of_core) <= 0.01 * surprise + static_cast<double>(frames_tested));
      CHECK(both.device.draws().faulty() == 0);
    }
  }
}

void snapshots_are_those_of_the_core(const Models& models) {
  section("composites: a snapshot goes from the core to the device and back");
  for (const Case& of : cases()) {
    Both both(models, of, 5);
    std::vector<float> whole(frames_tested);
    both.core.step_block(whole.data(), frames_tested, kSamplings[0], nullptr);
    both.core.reset(5);
    std::vector<float> parts(frames_tested);
    both.core.step_block(parts.data(), 37, kSamplings[0], nullptr);
    CHECK(both.device.snapshot_bytes() == both.core.snapshot_bytes());
    std::vector<unsigned char> snapshot(both.core.snapshot_bytes());
    both.core.snapshot(snapshot.data());
    CHECK(both.device.restore(snapshot.data()) && both.device.frame() == 37);
    both.device.step_block(&parts[37], 40, kSamplings[0], nullptr);
    both.device.snapshot(snapshot.data());
    CHECK(both.core.restore(snapshot.data()) && both.core.frame() == 77);
    CHECK(both.device.is_aligned() == both.core.is_aligned());
    both.core.step_block(&parts[77], frames_tested - 77, kSamplings[0], nullptr);
    CHECK(parts == whole);

    std::vector<SnapshotRange> ranges(both.device.ranges(nullptr));
    both.device.ranges(ranges.data());
    std::vector<SnapshotRange> expected(both.core.ranges(nullptr));
    both.core.ranges(expected.data());
    CHECK(ranges.size() == expected.size());
    for (size_t i = 0; i < ranges.size(); ++i) {
      CHECK(ranges[i].offset == expected[i].offset && ranges[i].bytes == expected[i].bytes && ranges[i].tier == expected[i].tier);
    }
    CHECK(both.device.restore(snapshot.data(), 77 + 480) && both.device.frame() == 77 + 480);
    // All members, or none.
    VoiceState first;
    CHECK(first.init(models.host[of.members[0]].weights(), 1));
    std::fill(snapshot.begin() + static_cast<ptrdiff_t>(first.bytes()), snapshot.end(), static_cast<unsigned char>(0));
    if (of.members.size() > 1) CHECK(!both.device.restore(snapshot.data()) && both.device.frame() == 77 + 480);
  }
}

void memory_may_be_short() {
  section("composites: with too little shared memory there is none");
  setenv("SASHIMI_FAKE_SHARED_BYTES", "20000", 1);
  const Models small(false);
  CudaComposite device;
  const std::vector<CompositeMember> here = {{&small.host[0].weights(), &kernels()}};
  CHECK(!device.init({small.device[0]}, here, small.host[0].decode(), sashimi::Mixing::product, 5, false));
  unsetenv("SASHIMI_FAKE_SHARED_BYTES");
}

void order_of_tasks_does_not_matter() {
  section("composites: any order of tasks gives the same bits");
  for (const Case& of : cases()) {
    std::vector<float> first;
    for (const char* seed : {"0", "1", "7", "12345"}) {
      setenv("SASHIMI_FAKE_SEED", seed, 1);
      const Models models(false);
      std::vector<float> out(frames_tested);
      Both(models, of, 5).device.step_block(out.data(), frames_tested, kSamplings[0], nullptr);
      if (first.empty()) first = out;
      CHECK(out == first);
    }
  }
  unsetenv("SASHIMI_FAKE_SEED");
}

}  // namespace
}  // namespace sashimi::cuda

int main(int argc, char** argv) {
  using namespace sashimi::cuda;
  if (argc < 2) return 2;
  fake_driver = argv[1];
  const bool is_short = argc > 2;
  if (is_short) frames_tested = 20;
  for (const bool is_conditioned : {false, true}) {
    const Models models(is_conditioned);
    std::printf("  composites%s: logits and draws are those of the core\n", is_conditioned ? " with conditioning" : "");
    logits_are_those_of_the_core(models, is_conditioned);
    if (is_short) continue;
    draws_are_those_of_the_core(models, is_conditioned);
    if (is_conditioned) continue;
    snapshots_are_those_of_the_core(models);
    memory_may_be_short();
    order_of_tasks_does_not_matter();
  }
  std::puts("composite: ok");
}
