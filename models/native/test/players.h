#pragma once

#include "../core/composite.h"
#include "../core/voice_group.h"
#include "random_model.h"
#include "track.h"

namespace sashimi::test {

/// A voice, a group and a composite of one random model, with all the memory that playing them needs.
class Players {
 public:
  Players(const Shape& shape, const Kernels& kernels)
      : model_(shape), track_(model_.config(), 2 * kFrames), out_(kFrames), ids_(kFrames), logits_(kFrames * model_.config().levels) {
    const CompositeMember member{&model_.weights(), &kernels};
    CHECK(voice_.init(model_.weights(), kernels, model_.decode(), 1));
    CHECK(group_.init(model_.weights(), kernels, model_.decode(), kVoices));
    CHECK(composite_.init({member, member}, model_.decode(), Mixing::mixture, 1));
    snapshot_.resize(composite_.snapshot_bytes());
  }

  /// Calls everything that is called while sound plays. False when a snapshot was refused.
  bool play() {
    const Sampling sampling{0.9, 0.9, 20};
    voice_.step_block(out_.data(), kFrames, sampling, ids_.data(), track_.at(voice_.frame()));
    voice_.force_block(ids_.data(), kFrames, logits_.data(), track_.at(voice_.frame()));
    voice_.snapshot(snapshot_.data());
    voice_.reset(2);
    bool is_restored = voice_.restore(snapshot_.data(), voice_.frame() + 2 * kFrames) && voice_.restore(snapshot_.data());

    float* const outs[kVoices] = {out_.data(), out_.data(), out_.data()};
    const Sampling samplings[kVoices] = {sampling, sampling, sampling};
    group_.start(0, 1);
    group_.start(2, 2);
    const Conditioning conditionings[kVoices] = {track_.at(0), {}, track_.at(0)};
    group_.step_block(outs, kFrames, samplings, conditionings);
    group_.snapshot(2, snapshot_.data());
    group_.stop(2);
    group_.step_block(outs, kFrames, samplings);
    is_restored = group_.restore(1, snapshot_.data()) && is_restored;

    const double weights[2] = {0.3, 0.7};
    const bool is_dropped[2] = {false, true};
    composite_.set_weights(weights);
    composite_.set_blend(0.6);
    composite_.set_dropped(is_dropped);
    composite_.step_block(out_.data(), kFrames, sampling, ids_.data(), track_.at(composite_.frame()));
    composite_.force_block(ids_.data(), kFrames, logits_.data(), track_.at(composite_.frame()));
    composite_.snapshot(snapshot_.data());
    return composite_.restore(snapshot_.data()) && is_restored;
  }

 private:
  static constexpr size_t kFrames = 150;
  static constexpr size_t kVoices = 3;

  RandomModel model_;
  Track track_;
  Voice voice_;
  VoiceGroup group_;
  Composite composite_;
  std::vector<float> out_;
  std::vector<uint8_t> ids_;
  std::vector<float> logits_;
  std::vector<unsigned char> snapshot_;
};

}  // namespace sashimi::test
