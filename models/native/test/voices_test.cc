/// Groups and composites: what they give is what single voices give.
#include <algorithm>
#include <cmath>

#include "../core/composite.h"
#include "../core/voice_group.h"
#include "instruction_sets.h"
#include "random_model.h"
#include "track.h"

namespace sashimi::test {
namespace {

constexpr size_t kFrames = 150;
constexpr Sampling kSampling{0.9, 0.95, 0};

std::vector<float> solo(const RandomModel& model, const Kernels& kernels, uint32_t seed, size_t num_frames) {
  Voice voice;
  CHECK(voice.init(model.weights(), kernels, model.decode(), seed));
  std::vector<float> out(num_frames);
  voice.step_block(out.data(), num_frames, kSampling, nullptr, Track(model.config(), kFrames, seed).at(0));
  return out;
}

void forcing(const Kernels& kernels) {
  section("forcing: many frames at once leave the bits that single frames leave");
  for (const Shape& shape : shapes()) {
    const RandomModel model(shape);
    const size_t levels = model.config().levels;
    std::vector<uint8_t> ids(kFrames);
    for (size_t t = 0; t < kFrames; ++t) ids[t] = static_cast<uint8_t>((t * 37 + t / 5) % levels);
    Voice whole;
    Voice parts;
    CHECK(whole.init(model.weights(), kernels, model.decode(), 1));
    CHECK(parts.init(model.weights(), kernels, model.decode(), 1));
    std::vector<float> expected(kFrames * levels);
    std::vector<float> logits(kFrames * levels);
    const Track track(model.config(), 2 * kFrames);
    for (size_t t = 0; t < kFrames; ++t) parts.force_block(&ids[t], 1, &expected[t * levels], track.at(t));
    whole.force_block(ids.data(), kFrames, logits.data(), track.at(0));
    CHECK(logits == expected);
    std::vector<float> a(50);
    std::vector<float> b(50);
    whole.step_block(a.data(), 50, kSampling, nullptr, track.at(kFrames));
    parts.step_block(b.data(), 50, kSampling, nullptr, track.at(kFrames));
    CHECK(a == b);
  }
}

void groups(const Kernels& kernels) {
  section("group: voices that come and go at any frame are bit for bit the single ones");
  for (const Shape& shape : shapes()) {
    const RandomModel model(shape);
    VoiceGroup group;
    constexpr size_t kSlots = 5;
    CHECK(group.init(model.weights(), kernels, model.decode(), kSlots));
    const size_t starts[kSlots] = {0, 7, 16, 33, 16};
    const size_t stops[kSlots] = {kFrames, 40, kFrames, 90, kFrames};
    std::vector<float> outs[kSlots];
    for (auto& out : outs) out.resize(kFrames);
    const std::vector<Sampling> samplings(kSlots, kSampling);
    std::vector<Track> tracks;
    for (uint32_t slot = 0; slot < kSlots; ++slot) tracks.emplace_back(model.config(), kFrames, slot + 3);
    for (size_t t = 0; t < kFrames; ++t) {
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
      const std::vector<float> expected = solo(model, kernels, static_cast<uint32_t>(slot) + 3, length);
      CHECK(std::equal(expected.begin(), expected.end(), outs[slot].begin() + static_cast<ptrdiff_t>(starts[slot])));
    }
  }
}

void group_snapshots(const Kernels& kernels) {
  section("group: a voice goes on from a snapshot in another slot");
  const RandomModel model(shapes()[0]);
  VoiceGroup group;
  CHECK(group.init(model.weights(), kernels, model.decode(), 2));
  group.start(0, 9);
  std::vector<float> first(37);
  std::vector<float> second(63);
  std::vector<float> again(63);
  const Sampling samplings[2] = {kSampling, kSampling};
  float* outs[2] = {first.data(), nullptr};
  group.step_block(outs, 37, samplings);
  std::vector<unsigned char> snapshot(group.snapshot_bytes());
  group.snapshot(0, snapshot.data());
  CHECK(group.restore(1, snapshot.data()));
  outs[0] = second.data();
  outs[1] = again.data();
  group.step_block(outs, 63, samplings);
  CHECK(second == again);
  const std::vector<float> expected = solo(model, kernels, 9, 100);
  CHECK(std::equal(second.begin(), second.end(), expected.begin() + 37));
}

/// One that has conditioning.
Shape steered_shape() {
  for (const Shape& shape : shapes()) {
    if (!shape.inputs.empty()) return shape;
  }
  return {};
}

void composites(const Kernels& kernels) {
  section("composite: one member is the voice; a model mixed with itself is the model");
  const RandomModel model(shapes()[0]);
  const RandomModel other(shapes()[1]);
  const CompositeMember a{&model.weights(), &kernels};
  const CompositeMember b{&other.weights(), &kernels};
  const std::vector<float> alone = solo(model, kernels, 5, kFrames);
  for (const Mixing mixing : {Mixing::product, Mixing::mixture}) {
    Composite composite;
    CHECK(composite.init({a}, model.decode(), mixing, 5));
    std::vector<float> out(kFrames);
    composite.step_block(out.data(), kFrames, kSampling, nullptr);
    CHECK(out == alone);
  }

  section("composite: mixtures and products are those of the members' logits");
  const size_t levels = model.config().levels;
  std::vector<uint8_t> ids(kFrames);
  for (size_t t = 0; t < kFrames; ++t) ids[t] = static_cast<uint8_t>(t * 37 % levels);
  const auto logits_of = [&](const RandomModel& of) {
    Voice voice;
    CHECK(voice.init(of.weights(), kernels, of.decode(), 1));
    std::vector<float> logits(kFrames * levels);
    voice.force_block(ids.data(), kFrames, logits.data());
    return logits;
  };
  const std::vector<float> of_a = logits_of(model);
  const std::vector<float> of_b = logits_of(other);
  for (const Mixing mixing : {Mixing::product, Mixing::mixture}) {
    Composite composite;
    CHECK(composite.init({a, b, a}, model.decode(), mixing, 1));
    const double weights[3] = {0.25, mixing == Mixing::product ? -0.5 : 0.5, 0.25};
    composite.set_weights(weights);
    std::vector<float> mixed(kFrames * levels);
    composite.force_block(ids.data(), kFrames, mixed.data());
    for (size_t t = 0; t < kFrames; ++t) {
      double total_a = 0.0;
      double total_b = 0.0;
      for (size_t i = 0; i < levels; ++i) {
        total_a += std::exp(static_cast<double>(of_a[t * levels + i]));
        total_b += std::exp(static_cast<double>(of_b[t * levels + i]));
      }
      for (size_t i = 0; i < levels; ++i) {
        const auto x = static_cast<double>(of_a[t * levels + i]);
        const auto y = static_cast<double>(of_b[t * levels + i]);
        const double expected = mixing == Mixing::product
                                    ? 0.5 * x - 0.5 * y
                                    : std::log(0.5 * std::exp(x) / total_a + 0.5 * std::exp(y) / total_b);
        CHECK(std::abs(static_cast<double>(mixed[t * levels + i]) - expected) < 1e-5);
      }
    }
  }

  section("composite: of two, at the ends of the blend, each alone to the last bit; its draws follow a new seed");
  for (const Mixing mixing : {Mixing::product, Mixing::mixture}) {
    Composite pair;
    CHECK(pair.init({a, b}, model.decode(), mixing, 1));
    for (const double blend : {0.0, 1.0}) {
      pair.reset(1);
      pair.set_blend(blend);
      std::vector<float> logits(kFrames * levels);
      pair.force_block(ids.data(), kFrames, logits.data());
      CHECK(logits == (blend == 0.0 ? of_a : of_b));
    }
    pair.set_blend(0.5);
    std::vector<float> drawn(kFrames);
    std::vector<float> expected(kFrames);
    pair.reset(9);
    pair.step_block(expected.data(), kFrames, kSampling, nullptr);
    pair.reset(1);
    pair.reseed(9);
    pair.step_block(drawn.data(), kFrames, kSampling, nullptr);
    CHECK(drawn == expected);
  }

  section("composite: members take the same conditioning, apart from those that are dropped");
  const RandomModel steered(steered_shape());
  const CompositeMember c{&steered.weights(), &kernels};
  const Track track(steered.config(), kFrames);
  const auto steered_logits = [&](const Conditioning& conditioning) {
    Voice voice;
    CHECK(voice.init(steered.weights(), kernels, steered.decode(), 1));
    std::vector<float> logits(kFrames * levels);
    voice.force_block(ids.data(), kFrames, logits.data(), conditioning);
    return logits;
  };
  const std::vector<float> with = steered_logits(track.at(0));
  const std::vector<float> without = steered_logits({});
  Composite guided;
  CHECK(guided.init({c, a, c}, steered.decode(), Mixing::product, 1));
  const double guidance[3] = {2.0, 0.0, -1.0};
  const bool is_dropped[3] = {false, false, true};
  guided.set_weights(guidance);
  guided.set_dropped(is_dropped);
  std::vector<float> mixed(kFrames * levels);
  for (size_t t = 0; t < kFrames; t += 10) guided.force_block(&ids[t], 10, &mixed[t * levels], track.at(t));
  for (size_t i = 0; i < mixed.size(); ++i) {
    const double expected = 2.0 * static_cast<double>(with[i]) - static_cast<double>(without[i]);
    CHECK(std::abs(static_cast<double>(mixed[i]) - expected) < 1e-5);
  }
  std::vector<unsigned char> guided_snapshot(guided.snapshot_bytes());
  guided.snapshot(guided_snapshot.data());
  CHECK(!guided.restore(guided_snapshot.data(), kFrames + 1));
  CHECK(guided.restore(guided_snapshot.data(), kFrames + 32) && guided.frame() == kFrames + 32);

  section("composite: snapshots, resets, block sizes");
  Composite composite;
  CHECK(composite.init({a, b}, model.decode(), Mixing::mixture, 4));
  std::vector<float> whole(kFrames);
  composite.step_block(whole.data(), kFrames, kSampling, nullptr);
  composite.reset(4);
  std::vector<float> parts(kFrames);
  std::vector<unsigned char> snapshot(composite.snapshot_bytes());
  for (size_t t = 0; t < kFrames; t += 10) {
    composite.snapshot(snapshot.data());
    composite.step_block(&parts[t], 10, kSampling, nullptr);
    CHECK(composite.restore(snapshot.data()));
    composite.step_block(&parts[t], 10, kSampling, nullptr);
  }
  CHECK(parts == whole);
  std::fill(snapshot.begin(), snapshot.end(), static_cast<unsigned char>(0));
  CHECK(!composite.restore(snapshot.data()));
  CHECK(composite.frame() == kFrames);
}

}  // namespace
}  // namespace sashimi::test

int main() {
  using namespace sashimi;
  test::for_each_instruction_set([](const Kernels& kernels) {
    test::forcing(kernels);
    test::groups(kernels);
    test::group_snapshots(kernels);
    test::composites(kernels);
  });
  std::puts("voices: ok");
}
