#include "voice_group.h"

#include "denormals.h"

namespace sashimi {

bool VoiceGroup::init(const Weights& weights, const Kernels& kernels, const float* decode, size_t capacity) {
  weights_ = &weights;
  kernels_ = &kernels;
  decode_ = decode;
  capacity_ = capacity;
  slots_ = std::make_unique<Slot[]>(capacity);
  stepping_ = std::make_unique<VoiceState*[]>(capacity);
  tokens_ = std::make_unique<uint32_t[]>(capacity);
  for (size_t slot = 0; slot < capacity; ++slot) {
    if (!slots_[slot].state.init(weights, 0)) return false;
  }
  return backbone_.init(weights, kernels, capacity, 1);
}

void VoiceGroup::start(size_t slot, uint32_t seed) {
  slots_[slot].state.reset(seed);
  slots_[slot].is_active = true;
}

bool VoiceGroup::restore(size_t slot, const unsigned char* from) {
  if (!slots_[slot].state.restore(from)) return false;
  slots_[slot].is_active = true;
  return true;
}

void VoiceGroup::step_block(float* const* outs, size_t num_frames, const Sampling* samplings,
                            const Conditioning* conditionings) {
  const FlushDenormals flush;
  const size_t levels = weights_->config().levels;
  for (size_t slot = 0; slot < capacity_; ++slot) {
    VoiceState& state = slots_[slot].state;
    const Conditioning conditioning = conditionings ? conditionings[slot] : Conditioning{};
    if (slots_[slot].is_active) state.steering().begin(conditioning, state.header().frame);
  }
  for (size_t t = 0; t < num_frames; ++t) {
    size_t count = 0;
    for (size_t slot = 0; slot < capacity_; ++slot) {
      VoiceState& state = slots_[slot].state;
      if (!slots_[slot].is_active || state.header().is_forced) continue;
      tokens_[count] = state.header().token;
      stepping_[count++] = &state;
    }
    if (count > 0) backbone_.consume(stepping_.get(), count, tokens_.get(), 1);

    count = 0;
    for (size_t slot = 0; slot < capacity_; ++slot) {
      if (slots_[slot].is_active) stepping_[count++] = &slots_[slot].state;
    }
    if (count == 0) return;
    backbone_.predict(stepping_.get(), count);

    size_t row = 0;
    for (size_t slot = 0; slot < capacity_; ++slot) {
      if (!slots_[slot].is_active) continue;
      VoiceHeader& header = slots_[slot].state.header();
      const double u = frame_uniform(header.seed, header.frame);
      header.token = draw_.draw(*kernels_, backbone_.logits(row++), levels, samplings[slot], u);
      header.is_forced = 0;
      ++header.frame;
      outs[slot][t] = decode_[header.token];
    }
  }
}

}  // namespace sashimi
