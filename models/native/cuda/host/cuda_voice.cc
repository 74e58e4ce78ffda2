#include "cuda_voice.h"

#include <utility>

namespace sashimi::cuda {

bool CudaVoice::init(std::shared_ptr<const CudaModel> model, const Kernels& kernels, const float* decode, uint32_t seed,
                     bool is_guarded) {
  const Weights& weights = model->weights();
  if (!group_.init(std::move(model), 1)) return false;
  if (is_guarded) {
    if (!native_.init(weights, kernels, decode, seed)) return false;
    last_.resize(group_.snapshot_bytes());
  }
  reset(seed);
  return true;
}

/// Keeps the state of the device for a time without it.
void CudaVoice::guard() {
  if (last_.empty() || group_.fault()) return;
  group_.snapshot(0, last_.data());
  // What failed on the way is of no use: the copy before it is gone, but the voice that it was of is still there.
  if (!group_.fault()) native_.restore(last_.data());
}

bool CudaVoice::takes_over() {
  if (is_handed_over_) return true;
  if (last_.empty() || !group_.fault()) return false;
  is_handed_over_ = true;
  return true;
}

CudaVoice::Draws CudaVoice::draws() const {
  return {group_.surprise(0) + native_.draws().surprise(), group_.faulty(0) + native_.draws().faulty()};
}

void CudaVoice::reset(uint32_t seed) {
  if (!last_.empty()) native_.reset(seed);
  if (!is_handed_over_) group_.start(0, seed);
  takes_over();
}

void CudaVoice::step_block(float* out, size_t num_frames, const Sampling& sampling, uint8_t* ids,
                           const Conditioning& conditioning) {
  if (!is_handed_over_) {
    float* const outs[] = {out};
    uint8_t* const tokens[] = {ids};
    group_.step_block(outs, num_frames, &sampling, &conditioning, ids ? tokens : nullptr);
  }
  if (takes_over()) native_.step_block(out, num_frames, sampling, ids, conditioning);
  else guard();
}

void CudaVoice::force_block(const uint8_t* ids, size_t num_frames, Real* logits, const Conditioning& conditioning) {
  if (!is_handed_over_) group_.force_block(0, ids, num_frames, logits, conditioning);
  if (takes_over()) native_.force_block(ids, num_frames, logits, conditioning);
  else guard();
}

void CudaVoice::snapshot(unsigned char* into) const {
  if (!last_.empty()) return native_.snapshot(into);
  group_.snapshot(0, into);
}

bool CudaVoice::restore(const unsigned char* from) {
  if (!last_.empty() && !native_.restore(from)) return false;
  return is_handed_over_ || group_.restore(0, from);
}

bool CudaVoice::restore(const unsigned char* from, uint64_t frame) {
  if (!last_.empty() && !native_.restore(from, frame)) return false;
  return is_handed_over_ || group_.restore(0, from, frame);
}

void CudaVoice::reseed(uint32_t seed) {
  if (!last_.empty()) native_.reseed(seed);
  if (!is_handed_over_) group_.reseed(0, seed);
}

}  // namespace sashimi::cuda
