#include "sashimi_voice.h"

#include "denormals.h"

namespace sashimi {

namespace {

size_t largest(size_t a, size_t b) { return a > b ? a : b; }

void copy(float* to, const float* from, size_t count) { __builtin_memcpy(to, from, count * sizeof(float)); }

}  // namespace

bool Voice::init(const Weights& weights, const Kernels& kernels, const float* decode, uint32_t seed) {
  weights_ = &weights;
  kernels_ = &kernels;
  decode_ = decode;
  Arena state_size;
  Arena scratch_size;
  layout(state_size, scratch_size);
  state_ = AlignedBlock(state_size.used());
  scratch_ = AlignedBlock(scratch_size.used());
  if (!state_.data() || !scratch_.data()) return false;
  Arena state(state_);
  Arena scratch(scratch_);
  layout(state, scratch);
  reset(seed);
  return true;
}

size_t Voice::ssm_floats(size_t tier) const {
  const Config& config = weights_->config();
  return weights_->tier(tier).padded * state_rows(config.ssm, config.pairs);
}

void Voice::layout(Arena& state, Arena& scratch) {
  const Config& config = weights_->config();
  size_t widest = 0;
  header_ = state.take<Header>(1);
  features_ = state.take<float>(weights_->tier(0).padded);
  for (size_t k = 0; k < config.num_tiers(); ++k) {
    const size_t padded = weights_->tier(k).padded;
    const size_t pool = k < config.num_pools ? config.pool[k] : 0;
    tiers_[k].ssm = state.take<float>(config.num_layers * ssm_floats(k));
    tiers_[k].window = state.take<float>(pool * padded);
    tiers_[k].queue = state.take<float>(pool * padded);
    tiers_[k].input = scratch.take<float>(padded);
    widest = largest(widest, padded);
  }
  x_ = scratch.take<float>(widest);
  normed_ = scratch.take<float>(widest);
  wide_ = scratch.take<float>(align_up(largest(config.ff, 1) * widest, kLanes));
  halves_ = scratch.take<float>(2 * widest);
  logits_ = scratch.take<float>(weights_->decoder().out);
}

void Voice::reset(uint32_t seed) {
  __builtin_memset(state_.data(), 0, state_.bytes());
  header_->signature = weights_->config().signature;
  header_->seed = seed;
  header_->token = weights_->config().start_token;
}

/// One frame through the backbone, into features_.
void Voice::consume(uint32_t token) {
  const Config& config = weights_->config();
  const size_t width0 = weights_->tier(0).padded;

  // Down: a tier receives a frame when the window above it closes. A tier takes the oldest frame
  // of its queue before the tier below refills it.
  const float* input = weights_->embedding(token);
  size_t deepest = 0;
  uint64_t tier_frame = header_->consumed;
  copy(tiers_[0].input, input, width0);
  for (size_t k = 0; k < config.num_pools; ++k) {
    const TierWeights& tier = weights_->tier(k);
    TierState& state = tiers_[k];
    const size_t slot = static_cast<size_t>(tier_frame % config.pool[k]);
    copy(state.window + slot * tier.padded, state.input, tier.padded);
    kernels_->add(state.queue + slot * tier.padded, state.input, tier.padded, state.input);
    if (slot + 1 != config.pool[k]) break;
    kernels_->matvec(tier.down, state.window, tiers_[k + 1].input);
    tier_frame /= config.pool[k];
    deepest = k + 1;
  }

  // Up: y = blocks(z) + z in every tier that runs; its frames go into the queue of the tier above.
  for (size_t k = deepest;; --k) {
    const TierWeights& tier = weights_->tier(k);
    copy(x_, tiers_[k].input, tier.padded);
    run_pairs(k, x_);
    kernels_->add(x_, tiers_[k].input, tier.padded, x_);
    if (k == 0) break;
    kernels_->matvec(weights_->tier(k - 1).up, x_, tiers_[k - 1].queue);
  }
  kernels_->normalise(weights_->final_norm(), x_, features_);
  ++header_->consumed;
}

/// The residual pairs of a tier over `x` (padded), in place.
void Voice::run_pairs(size_t k, float* x) {
  const Config& config = weights_->config();
  const TierWeights& tier = weights_->tier(k);
  const size_t floats = ssm_floats(k);
  const auto advance = config.ssm == SsmKind::s4 ? kernels_->s4 : kernels_->s4d;
  for (size_t i = 0; i < config.num_layers; ++i) {
    const PairWeights& pair = tier.pairs[i];
    kernels_->normalise(pair.s4_norm, x, normed_);
    advance(pair.ssm, tiers_[k].ssm + i * floats, normed_, wide_);
    if (config.activation == OutputActivation::glu) {
      kernels_->matvec(pair.s4_out, wide_, halves_);
      kernels_->glu_add(halves_, halves_ + tier.padded, tier.padded, x);
    } else {
      kernels_->matvec_add(pair.s4_out, wide_, x);
    }
    kernels_->normalise(pair.ff_norm, x, normed_);
    kernels_->matvec_gelu(pair.ff_in, normed_, wide_);
    kernels_->matvec_add(pair.ff_out, wide_, x);
  }
}

/// Logits of the next token.
void Voice::predict() { kernels_->matvec(weights_->decoder(), features_, logits_); }

void Voice::step_block(float* out, size_t num_frames, const Sampling& sampling, uint8_t* ids) {
  const FlushDenormals flush;
  const size_t levels = weights_->config().levels;
  for (size_t t = 0; t < num_frames; ++t) {
    if (!header_->is_forced) consume(header_->token);
    predict();
    const double u = frame_uniform(header_->seed, header_->frame);
    header_->token = draw_.draw(*kernels_, logits_, levels, sampling, u);
    header_->is_forced = 0;
    ++header_->frame;
    out[t] = decode_[header_->token];
    if (ids) ids[t] = static_cast<uint8_t>(header_->token);
  }
}

void Voice::force_block(const uint8_t* ids, size_t num_frames, float* logits) {
  const FlushDenormals flush;
  const size_t levels = weights_->config().levels;
  for (size_t t = 0; t < num_frames; ++t) {
    consume(ids[t]);
    header_->is_forced = 1;
    ++header_->frame;
    if (logits) {
      predict();
      copy(logits + t * levels, logits_, levels);
    }
  }
}

void Voice::snapshot(unsigned char* into) const { __builtin_memcpy(into, state_.data(), state_.bytes()); }

bool Voice::restore(const unsigned char* from) {
  Header header;
  __builtin_memcpy(&header, from, sizeof header);
  if (header.signature != weights_->config().signature || header.token >= weights_->config().levels) return false;
  __builtin_memcpy(state_.data(), from, state_.bytes());
  return true;
}

}  // namespace sashimi
