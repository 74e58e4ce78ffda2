/// Kernels against the C library, sampling against known answers and a plain sort, and the
/// recurrence identities of a voice, for every instruction set of this machine.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "../kernels/simd.h"
#include "instruction_sets.h"
#include "random_model.h"
#include "track.h"

namespace sashimi::test {
namespace {

void philox_known_answers() {
  section("philox: the known answers of Random123");
  struct Row {
    uint32_t counter[4], key[2], expected[4];
  };
  const Row rows[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}},
      {{~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}, {0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}},
      {{0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344},
       {0xA4093822, 0x299F31D0},
       {0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}},
  };
  for (const Row& row : rows) {
    uint32_t block[4];
    std::memcpy(block, row.counter, sizeof block);
    philox4x32(block, row.key[0], row.key[1]);
    CHECK(std::memcmp(block, row.expected, sizeof block) == 0);
  }
  CHECK(frame_uniform(0, 0) == (0x6627E8D5 + 0.5) / 4294967296.0);
}

void function_accuracy() {
  section("exp, erf and GELU against the C library");
  double worst_exp = 0.0;
  double worst_erf = 0.0;
  double worst_gelu = 0.0;
  for (float x = -20.0F; x < 20.0F; x += 0.00037F) {
    const double exact = std::exp(static_cast<double>(x));
    worst_exp = std::max(worst_exp, std::abs(static_cast<double>(exponential(splat(x))[0]) / exact - 1.0));
    const double wide = static_cast<double>(x);
    worst_erf = std::max(worst_erf, std::abs(static_cast<double>(error_function(splat(x))[0]) - std::erf(wide)));
    const double gelu_exact = 0.5 * wide * (1.0 + std::erf(wide * std::sqrt(0.5)));
    const double scale = std::max(1.0, std::abs(wide));
    worst_gelu = std::max(worst_gelu, std::abs(static_cast<double>(gelu(splat(x))[0]) - gelu_exact) / scale);
  }
  CHECK(worst_exp < 2.5e-7);
  CHECK(worst_erf < 5e-7);
  CHECK(worst_gelu < 5e-7);
  CHECK(exponential(splat(-1000.0F))[0] >= 0.0F);
  CHECK(sigmoid(splat(1000.0F))[0] == 1.0F);
}

/// The definition in models/sampling/draw.ts, as plainly as it can be written.
uint32_t plain_draw(const float* logits, size_t levels, const Sampling& sampling, double u) {
  std::vector<uint32_t> ranks(levels);
  std::iota(ranks.begin(), ranks.end(), 0U);
  std::stable_sort(ranks.begin(), ranks.end(), [&](uint32_t a, uint32_t b) { return logits[a] > logits[b]; });
  if (sampling.temperature == 0.0) return ranks[0];
  const double peak = static_cast<double>(logits[ranks[0]]);
  const auto weight = [&](uint32_t id, double t) { return std::exp((static_cast<double>(logits[id]) - peak) / t); };
  if (sampling.top_k > 0 && sampling.top_k < levels) ranks.resize(sampling.top_k);
  if (sampling.top_p < 1.0) {
    double total = 0.0;
    for (uint32_t id : ranks) total += weight(id, 1.0);
    double cumulative = 0.0;
    size_t kept = 0;
    while (kept < ranks.size() && cumulative <= sampling.top_p * total) cumulative += weight(ranks[kept++], 1.0);
    ranks.resize(kept);
  }
  std::sort(ranks.begin(), ranks.end());
  double total = 0.0;
  for (uint32_t id : ranks) total += weight(id, sampling.temperature);
  double cumulative = 0.0;
  for (uint32_t id : ranks) {
    cumulative += weight(id, sampling.temperature);
    if (cumulative > u * total) return id;
  }
  return ranks.back();
}

void draws(const Kernels& kernels) {
  section("draw: against a plain sort");
  std::mt19937 generator(3);
  std::normal_distribution<float> normal(0.0F, 3.0F);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  TokenDraw draw;
  alignas(64) float logits[kMaxLevels];
  for (int round = 0; round < 1500; ++round) {
    const size_t levels = round % 3 == 0 ? 17 : kMaxLevels;
    for (size_t i = 0; i < levels; ++i) {
      logits[i] = normal(generator);
      // Rounds with many ties, and rounds where all but one lie in the last bucket of the sort.
      if (round % 5 == 1) logits[i] = std::round(logits[i]);
      if (round % 50 == 2) logits[i] = i == 3 ? 90.0F : logits[i];
    }
    Sampling sampling;
    sampling.temperature = round % 11 == 0 ? 0.0 : 0.2 + 2.0 * uniform(generator);
    if (round % 7 == 0) sampling.temperature = 1.0;
    sampling.top_p = round % 2 == 0 ? 1.0 : 0.05 + 0.95 * uniform(generator);
    sampling.top_k = round % 4 < 2 ? 0 : static_cast<uint32_t>(round % 40);
    const double u = uniform(generator);
    CHECK(draw.draw(kernels, logits, levels, sampling, u) == plain_draw(logits, levels, sampling, u));
  }

  section("draw: ends of the range, and logits that are no numbers");
  for (float& logit : logits) logit = 0.0F;
  CHECK(draw.draw(kernels, logits, 256, {1.0, 1.0, 0}, 0.5 / 4294967296.0) == 0);
  CHECK(draw.draw(kernels, logits, 256, {1.0, 1.0, 0}, 1.0 - 0.5 / 4294967296.0) == 255);
  CHECK(draw.draw(kernels, logits, 256, {1.0, 0.5, 0}, 1.0 - 0.5 / 4294967296.0) == 128);
  CHECK(draw.draw(kernels, logits, 256, {1.0, 1.0, 3}, 1.0 - 0.5 / 4294967296.0) == 2);
  for (size_t hole = 0; hole < 40; ++hole) {
    // One level that is no number, in each lane of a vector, must not hide the larger ones after it.
    for (size_t i = 0; i < kMaxLevels; ++i) logits[i] = 0.02F * static_cast<float>(i) - 3.0F;
    logits[hole] = hole % 2 == 0 ? std::nanf("") : -INFINITY;
    CHECK(kernels.largest(logits, kMaxLevels) == logits[255]);
    for (const Sampling& sampling : {Sampling{1.0, 0.9, 0}, Sampling{0.8, 0.9, 20}, Sampling{0.8, 0.999, 0}}) {
      for (const double u : {0.1, 0.5, 0.999}) {
        const uint32_t id = draw.draw(kernels, logits, kMaxLevels, sampling, u);
        CHECK(id < 256 && id != hole);
      }
    }
  }
  for (float& logit : logits) logit = -INFINITY;
  CHECK(draw.draw(kernels, logits, 256, {0.9, 0.9, 50}, 0.5) < 256);
  for (float& logit : logits) logit = INFINITY;
  CHECK(draw.draw(kernels, logits, 256, {0.9, 0.9, 50}, 0.5) < 256);
  for (float& logit : logits) logit = std::nanf("");
  CHECK(draw.draw(kernels, logits, 256, {0.9, 0.9, 50}, 0.5) < 256);
}

void voices(const Kernels& kernels) {
  section("voice: every shape steps; block size, reset and restore change nothing");
  const size_t kFrames = 200;
  for (const Shape& shape : shapes()) {
    const RandomModel model(shape);
    const Sampling sampling{0.9, 0.95, 0};
    Voice voice;
    CHECK(voice.init(model.weights(), kernels, model.decode(), 5));
    std::vector<float> whole(kFrames);
    std::vector<uint8_t> ids(kFrames);
    const Track track(model.config(), kFrames);
    voice.step_block(whole.data(), kFrames, sampling, ids.data(), track.at(0));
    CHECK(voice.frame() == kFrames);
    CHECK(*std::max_element(ids.begin(), ids.end()) > *std::min_element(ids.begin(), ids.end()));

    for (const size_t block : {1, 7, 64}) {
      voice.reset(5);
      std::vector<float> parts(kFrames);
      for (size_t t = 0; t < kFrames; t += block) {
        voice.step_block(parts.data() + t, std::min(block, kFrames - t), sampling, nullptr, track.at(t));
      }
      CHECK(parts == whole);
    }

    voice.reset(5);
    voice.step_block(whole.data(), 77, sampling, nullptr, track.at(0));
    std::vector<unsigned char> snapshot(voice.snapshot_bytes());
    voice.snapshot(snapshot.data());
    std::vector<float> ahead(100);
    std::vector<float> again(100);
    voice.step_block(ahead.data(), 100, sampling, nullptr, track.at(77));
    CHECK(voice.restore(snapshot.data()));
    voice.step_block(again.data(), 100, sampling, nullptr, track.at(77));
    CHECK(ahead == again);

    std::vector<float> logits(50 * model.config().levels);
    voice.force_block(ids.data(), 50, logits.data());
    for (const float logit : logits) CHECK(std::isfinite(logit));
  }
}

void conditioned(const Kernels& kernels) {
  section("conditioning: every input is heard, at its frame, and dropped is not the same as zeros");
  const size_t kFrames = 200;
  for (const Shape& shape : shapes()) {
    const RandomModel model(shape);
    const size_t levels = model.config().levels;
    const std::vector<uint8_t> ids(kFrames, static_cast<uint8_t>(levels / 3));
    Voice voice;
    CHECK(voice.init(model.weights(), kernels, model.decode(), 5));
    const auto logits_of = [&](const Conditioning& conditioning) {
      std::vector<float> logits(kFrames * levels);
      voice.reset(5);
      voice.force_block(ids.data(), kFrames, logits.data(), conditioning);
      return logits;
    };
    const Track track(model.config(), kFrames);
    const std::vector<float> all = logits_of(track.at(0));
    for (size_t i = 0; i < model.config().num_inputs; ++i) {
      Conditioning without = track.at(0);
      without.rows[i] = nullptr;
      const std::vector<float> dropped = logits_of(without);
      CHECK(!std::equal(all.begin(), all.begin() + static_cast<ptrdiff_t>(levels), dropped.begin()));
      const std::vector<float> zeros(kFrames * model.config().inputs[i].dim);
      without.rows[i] = zeros.data();
      CHECK(logits_of(without) != dropped);

      // One frame that differs: nothing changes before its first sample, and that one does.
      const InputConfig& input = model.config().inputs[i];
      if (input.hop >= kFrames / 3) continue;
      const size_t changed = kFrames / 2 / input.hop;
      std::vector<float> rows(track.at(0).rows[i], track.at(0).rows[i] + (kFrames / input.hop + 1) * input.dim);
      rows[changed * input.dim] += 1.0F;
      without.rows[i] = rows.data();
      const std::vector<float> other = logits_of(without);
      size_t first = 0;
      while (first < other.size() && other[first] == all[first]) ++first;
      CHECK(first / levels == changed * input.hop);
    }
  }
}

void rebased(const Kernels& kernels) {
  section("restore at another frame: its draws, its conditioning, and only where the pools allow it");
  const Sampling sampling{0.9, 0.95, 0};
  for (const Shape& shape : shapes()) {
    const RandomModel model(shape);
    const uint64_t pooled = model.config().pooled(model.config().num_pools);
    Voice voice;
    CHECK(voice.init(model.weights(), kernels, model.decode(), 5));
    const Track track(model.config(), 1000);
    std::vector<float> out(100);
    voice.step_block(out.data(), 77, sampling, nullptr, track.at(0));
    std::vector<unsigned char> snapshot(voice.snapshot_bytes());
    voice.snapshot(snapshot.data());
    CHECK(pooled == 1 || !voice.restore(snapshot.data(), 78));
    CHECK(voice.frame() == 77);
    for (const uint64_t frame : {77 + 9 * pooled, 77 % pooled}) {
      CHECK(voice.restore(snapshot.data(), frame));
      CHECK(voice.frame() == frame);
      voice.step_block(out.data(), 100, sampling, nullptr, track.at(frame));
      CHECK(voice.restore(snapshot.data(), frame));
      std::vector<float> parts(100);
      for (size_t t = 0; t < 100; t += 10) {
        voice.step_block(&parts[t], 10, sampling, nullptr, track.at(frame + t));
      }
      CHECK(parts == out);
    }
    CHECK(voice.restore(snapshot.data()));
    std::vector<float> plain(100);
    voice.step_block(plain.data(), 100, sampling, nullptr, track.at(77));
    CHECK(plain != out);
  }
}

void foreign_snapshot(const Kernels& kernels) {
  section("voice: a snapshot of another model is refused, and nothing changes");
  const RandomModel first(shapes()[0]);
  const RandomModel second(shapes()[2]);
  Voice a;
  Voice b;
  CHECK(a.init(first.weights(), kernels, first.decode(), 1));
  CHECK(b.init(second.weights(), kernels, second.decode(), 1));
  std::vector<unsigned char> snapshot(std::max(a.snapshot_bytes(), b.snapshot_bytes()));
  b.snapshot(snapshot.data());
  CHECK(!a.restore(snapshot.data()));
  CHECK(a.frame() == 0);
}

void bad_configurations() {
  section("config: wrong words are refused with a sentence");
  Config config;
  const int32_t good[] = {16, 1, 2, 2, 0, 1, 0, 4, 0, 256, 128, 0, 4, 2, 4, 4, 1, 5, 64};
  constexpr size_t kWords = sizeof good / sizeof good[0];
  CHECK(config.parse(good, kWords) == nullptr);
  CHECK(config.num_inputs == 1 && config.inputs[0].dim == 5 && config.inputs[0].hop == 64);
  for (size_t count = 0; count < kWords; ++count) CHECK(config.parse(good, count) != nullptr);
  for (const size_t at : {size_t{0}, size_t{1}, size_t{4}, size_t{7}, size_t{8}, size_t{9}, size_t{10},
                          size_t{12}, size_t{13}, size_t{14}, size_t{16}, size_t{17}, size_t{18}}) {
    for (const int32_t wrong : {-1, 1 << 30 | 1}) {
      int32_t bad[kWords];
      std::memcpy(bad, good, sizeof bad);
      bad[at] = wrong;
      CHECK(config.parse(bad, kWords) != nullptr);
    }
  }
  // As many inputs as fit, and one more.
  std::vector<int32_t> words(good, good + kWords - 3);
  words.push_back(static_cast<int32_t>(kMaxInputs));
  for (size_t i = 0; i < kMaxInputs; ++i) words.insert(words.end(), {4096, 1 << 30});
  CHECK(config.parse(words.data(), words.size()) == nullptr);
  words[kWords - 3] += 1;
  words.insert(words.end(), {1, 1});
  CHECK(config.parse(words.data(), words.size()) != nullptr);
}

}  // namespace
}  // namespace sashimi::test

int main() {
  using namespace sashimi;
  test::philox_known_answers();
  test::function_accuracy();
  test::bad_configurations();
  test::for_each_instruction_set([](const Kernels& kernels) {
    test::draws(kernels);
    test::voices(kernels);
    test::conditioned(kernels);
    test::rebased(kernels);
    test::foreign_snapshot(kernels);
  });
  CHECK(find_kernels("no such set") == nullptr);
  std::puts("core: ok");
}
