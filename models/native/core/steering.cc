#include "steering.h"

namespace sashimi {

namespace {

/// Of the frame that contains `sample`. At the audio rate the division would cost more than all else here.
uint64_t frame_number(uint64_t sample, size_t hop) { return hop == 1 ? sample : sample / hop; }

}  // namespace

bool Steering::init(const Weights& weights) {
  weights_ = &weights;
  if (weights.config().num_inputs == 0) return true;
  Arena measure;
  layout(measure);
  block_ = AlignedBlock(measure.used());
  if (!block_.data()) return false;
  Arena place(block_);
  layout(place);
  return true;
}

void Steering::layout(Arena& arena) {
  const Config& config = weights_->config();
  projected_ = arena.take<Projected>(config.num_tiers() * config.num_inputs);
  for (size_t k = 0; k < config.num_tiers(); ++k) {
    for (size_t i = 0; i < config.num_inputs; ++i) {
      Real* const values = arena.take<Real>(weights_->tier(k).padded);
      if (arena.placing()) projected(k, i).values = values;
    }
  }
}

void Steering::begin(const Conditioning& conditioning, uint64_t frame) {
  const Config& config = weights_->config();
  conditioning_ = conditioning;
  for (size_t i = 0; i < config.num_inputs; ++i) {
    first_rows_[i] = frame_number(frame, config.inputs[i].hop);
    for (size_t k = 0; k < config.num_tiers(); ++k) projected(k, i).is_there = false;
  }
}

void Steering::add(const Kernels& kernels, size_t k, uint64_t frame, Real* x) {
  const Config& config = weights_->config();
  const TierWeights& tier = weights_->tier(k);
  for (size_t i = 0; i < config.num_inputs; ++i) {
    if (!conditioning_.rows[i]) {
      kernels.add(x, tier.inputs[i].dropped, tier.padded, x);
      continue;
    }
    const Projected& at_hand = projected(k, i);
    if (!at_hand.is_there || frame - at_hand.from >= config.inputs[i].hop) project(kernels, k, i, frame);
    kernels.add(x, at_hand.values, tier.padded, x);
  }
}

void Steering::project(const Kernels& kernels, size_t k, size_t input, uint64_t frame) {
  const InputConfig& config = weights_->config().inputs[input];
  Projected& at_hand = projected(k, input);
  const uint64_t number = frame_number(frame, config.hop);
  const auto row = static_cast<size_t>(number - first_rows_[input]);
  kernels.project(weights_->tier(k).inputs[input], conditioning_.rows[input] + row * config.dim, at_hand.values);
  at_hand.is_there = true;
  at_hand.from = number * config.hop;
}

}  // namespace sashimi
