#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "../host/cuda_composite.h"
#include "../host/cuda_voice.h"

namespace sashimi::cuda {

/// Measures streams as they are played live: composites, and voices that keep states to go back to and are guarded.
class Streams {
 public:
  /// `weights` of all models; each that is asked for lies on the device by itself. So a mixture of them must sound as one of them.
  /// All must outlive it.
  Streams(std::shared_ptr<Device> device, const Weights& weights, const float* decode)
      : device_(std::move(device)), weights_(weights), decode_(decode) {}

  /// Prints hashes alone, or the tables, of which each row takes `seconds`. False when something is wrong.
  bool print(bool wants_hashes, double seconds) {
    bool is_ok = true;
    for (size_t number = 0; number < 4; ++number) {
      if (!model(number)) return false;
    }
    if (!wants_hashes) {
      std::puts("| stream | members | models | difference from the core | times real time | block p50 ms | p99 | worst | "
                "states over the bus MB/s |");
      std::puts("|---|---|---|---|---|---|---|---|---|");
    }
    CudaVoice voice;
    is_ok = voice.init(model(0), kernels(), decode_, kSeed, true) && run("one voice, guarded", {0}, voice, wants_hashes, seconds);
    const Case cases[] = {{"guidance", {0, 0}, sashimi::Mixing::product, {-0.5, 1.7}},
                          {"two models, a mixture", {0, 1}, sashimi::Mixing::mixture, {0.4, 0.6}},
                          {"two models, a product", {0, 1}, sashimi::Mixing::product, {0.4, 0.9}},
                          {"four voices of a model, a mixture", {0, 0, 0, 0}, sashimi::Mixing::mixture, {0.1, 0.2, 0.3, 0.4}},
                          {"four models, a mixture", {0, 1, 2, 3}, sashimi::Mixing::mixture, {0.1, 0.2, 0.3, 0.4}}};
    for (const Case& of : cases) {
      std::vector<std::shared_ptr<const CudaModel>> models;
      for (const size_t number : of.members) models.push_back(model(number));
      const std::vector<CompositeMember> here(of.members.size(), {&weights_, &kernels()});
      CudaComposite composite;
      if (!composite.init(models, here, decode_, of.mixing, kSeed, true)) return false;
      composite.set_weights(of.weights.data());
      is_ok = check(of, here, composite, wants_hashes) && is_ok;
      composite.reset(kSeed);
      is_ok = run(of.name, of.members, composite, wants_hashes, seconds) && is_ok;
    }
    if (!wants_hashes) std::puts("");
    return is_ok;
  }

 private:
  static constexpr uint32_t kSeed = 7;
  static constexpr size_t kSubBlock = 32;
  static constexpr size_t kBlocks = 4;  ///< Sub-blocks that are timed together: a block of 128 frames.
  static constexpr size_t kMarks = 8;
  static constexpr double kSampleRate = 16000.0;
  static constexpr Sampling kSampling{0.9, 0.95, 0};
  static constexpr float kTolerance = 2e-5F;

  struct Case {
    const char* name;
    std::vector<size_t> members;
    sashimi::Mixing mixing;
    std::vector<double> weights;
  };

  static const Kernels& kernels() { return *find_kernels(nullptr); }
  static double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

  std::shared_ptr<const CudaModel> model(size_t number) {
    std::string why;
    while (models_.size() <= number) models_.push_back(CudaModel::make(device_, weights_, decode_, why));
    return models_[number];
  }

  /// Logits against the composite of this processor.
  bool check(const Case& of, const std::vector<CompositeMember>& members, CudaComposite& composite, bool wants_hashes) {
    if (wants_hashes) return true;
    constexpr size_t kFrames = 64;
    sashimi::Composite core;
    if (!core.init(members, decode_, of.mixing, kSeed)) return false;
    core.set_weights(of.weights.data());
    const size_t levels = weights_.config().levels;
    std::vector<uint8_t> ids(kFrames);
    for (size_t t = 0; t < kFrames; ++t) ids[t] = static_cast<uint8_t>(t * 37 % levels);
    std::vector<float> expected(kFrames * levels);
    std::vector<float> received(kFrames * levels);
    core.force_block(ids.data(), kFrames, expected.data());
    composite.force_block(ids.data(), kFrames, received.data());
    difference_ = 0.0F;
    for (size_t i = 0; i < expected.size(); ++i) {
      const float difference = std::fabs(expected[i] - received[i]);
      if (!(difference <= difference_)) difference_ = difference;
    }
    return difference_ <= kTolerance;
  }

  /// As a stream does: a mark every 64 frames, one in sixteen of which is gone back to.
  template <class V>
  bool run(const char* name, const std::vector<size_t>& members, V& voice, bool wants_hashes, double seconds) {
    std::vector<unsigned char> into(voice.snapshot_bytes());
    if (!voice.reserve_marks(kMarks)) return false;
    std::vector<double> times;
    uint64_t hash = 1469598103934665603ULL;
    uint64_t played = 0;
    float out[kSubBlock];
    size_t marks = 0;
    const uint64_t crossed_before = voice.state_bytes_crossed();
    const double began = now();
    while (!voice.fault() && (times.size() < 8 || (!wants_hashes && now() - began < seconds))) {
      const double start = now();
      for (size_t n = 0; n < kBlocks; ++n) {
        if (n % 2 == 0) voice.mark(marks++ % kMarks, into.data());
        voice.step_block(out, kSubBlock, kSampling, nullptr);
        for (const float sample : out) {
          uint32_t bits;
          __builtin_memcpy(&bits, &sample, sizeof bits);
          hash = (hash ^ bits) * 1099511628211ULL;
        }
      }
      played += kBlocks * kSubBlock;
      if (marks % 16 == 0 && !voice.return_to((marks - 2) % kMarks, into.data())) break;
      times.push_back(now() - start);
    }
    if (voice.fault()) {
      std::printf("| %s | %s |\n", name, voice.fault());
      return false;
    }
    if (wants_hashes) {
      std::printf("stream %s: %016llx\n", name, static_cast<unsigned long long>(hash));
      return true;
    }
    std::sort(times.begin(), times.end());
    const auto part = [&](double share) { return times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))]; };
    const double bytes = static_cast<double>(voice.state_bytes_crossed() - crossed_before);
    const size_t models = *std::max_element(members.begin(), members.end()) + 1;
    char difference[32] = "";
    if (members.size() > 1) std::snprintf(difference, sizeof difference, "%.2g", static_cast<double>(difference_));
    const double real_time = static_cast<double>(kBlocks * kSubBlock) / kSampleRate / part(0.5);
    const double bytes_a_second = bytes / static_cast<double>(played) * kSampleRate;
    std::printf("| %s | %zu | %zu | %s | %.2f | %.3f | %.3f | %.3f | %.1f |\n", name, members.size(), models, difference, real_time,
                1e3 * part(0.5), 1e3 * part(0.99), 1e3 * times.back(), bytes_a_second / 1e6);
    std::fflush(stdout);
    return true;
  }

  std::shared_ptr<Device> device_;
  const Weights& weights_;
  const float* decode_;
  std::vector<std::shared_ptr<const CudaModel>> models_;
  float difference_ = 0.0F;
};

}  // namespace sashimi::cuda
