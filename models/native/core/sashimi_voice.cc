#include "sashimi_voice.h"

#include "denormals.h"

namespace sashimi {

namespace {

/// Frames that teacher forcing takes at once: enough to be bound by arithmetic, few enough for the nearest caches.
constexpr size_t kForcedFrames = 256;

}  // namespace

bool Voice::init(const Weights& weights, const Kernels& kernels, const float* decode, uint32_t seed) {
  weights_ = &weights;
  kernels_ = &kernels;
  decode_ = decode;
  return state_.init(weights, seed) && backbone_.init(weights, kernels, 1, kForcedFrames);
}

void Voice::step_block(float* out, size_t num_frames, const Sampling& sampling, uint8_t* ids,
                       const Conditioning& conditioning) {
  const FlushDenormals flush;
  VoiceHeader& header = state_.header();
  state_.steering().begin(conditioning, header.frame);
  VoiceState* const voice = &state_;
  const size_t levels = weights_->config().levels;
  for (size_t t = 0; t < num_frames; ++t) {
    if (!header.is_forced) backbone_.consume(&voice, 1, &header.token, 1);
    backbone_.predict(&voice, 1);
    const double u = frame_uniform(header.seed, header.frame);
    header.token = draw_.draw(*kernels_, backbone_.logits(0), levels, sampling, u);
    header.is_forced = 0;
    ++header.frame;
    out[t] = decode_[header.token];
    if (ids) ids[t] = static_cast<uint8_t>(header.token);
  }
}

void Voice::force_block(const uint8_t* ids, size_t num_frames, Real* logits, const Conditioning& conditioning) {
  const FlushDenormals flush;
  state_.steering().begin(conditioning, state_.header().frame);
  VoiceState* const voice = &state_;
  const size_t levels = weights_->config().levels;
  for (size_t start = 0; start < num_frames; start += kForcedFrames) {
    const size_t left = num_frames - start;
    const size_t count = left < kForcedFrames ? left : kForcedFrames;
    uint32_t tokens[kForcedFrames];
    for (size_t t = 0; t < count; ++t) tokens[t] = ids[start + t];
    backbone_.consume(&voice, 1, tokens, count);
    state_.header().frame += count;
    if (!logits) continue;
    backbone_.predict_columns(0, count);
    for (size_t t = 0; t < count; ++t) {
      __builtin_memcpy(logits + (start + t) * levels, backbone_.logits(t), levels * sizeof(Real));
    }
  }
  if (num_frames == 0) return;
  state_.header().is_forced = 1;
}

}  // namespace sashimi
