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
    const size_t down_layers = config.has_down_pairs(k) ? config.num_layers : 0;
    tiers_[k].ssm = state.take<float>(config.num_layers * ssm_floats(k));
    tiers_[k].down_ssm = state.take<float>(down_layers * ssm_floats(k));
    tiers_[k].window = state.take<float>(pool * padded);
    tiers_[k].queue = state.take<float>(pool * padded);
    tiers_[k].x = scratch.take<float>(padded);
    tiers_[k].skips = scratch.take<float>(largest(1, 2 * down_layers) * padded);
    widest = largest(widest, padded);
  }
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

  // Down: a tier receives a frame when the window above it closes. A tier takes the oldest frame
  // of its queue before the tier below refills it.
  size_t deepest = 0;
  uint64_t tier_frame = header_->consumed;
  copy(tiers_[0].x, weights_->embedding(token), weights_->tier(0).padded);
  for (size_t k = 0; k < config.num_pools; ++k) {
    const TierWeights& tier = weights_->tier(k);
    TierState& state = tiers_[k];
    if (tier.down_pairs) run_down_pairs(k);
    const size_t slot = static_cast<size_t>(tier_frame % config.pool[k]);
    copy(state.window + slot * tier.padded, state.x, tier.padded);
    kernels_->add(state.queue + slot * tier.padded, state.x, tier.padded, state.x);
    if (slot + 1 != config.pool[k]) break;
    kernels_->matvec(tier.down, state.window, tiers_[k + 1].x);
    tier_frame /= config.pool[k];
    deepest = k + 1;
  }

  // Up: every tier that runs; its frames go into the queue of the tier above.
  for (size_t k = deepest;; --k) {
    if (weights_->tier(k).down_pairs) run_mirrored_pairs(k);
    else run_pairs(k);
    if (k == 0) break;
    kernels_->matvec(weights_->tier(k - 1).up, tiers_[k].x, tiers_[k - 1].queue);
  }
  kernels_->normalise(weights_->final_norm(), tiers_[0].x, features_);
  ++header_->consumed;
}

/// The pairs of a tier on the way up: x = blocks(x) + x.
void Voice::run_pairs(size_t k) {
  const TierWeights& tier = weights_->tier(k);
  TierState& state = tiers_[k];
  const size_t floats = ssm_floats(k);
  copy(state.skips, state.x, tier.padded);
  for (size_t i = 0; i < weights_->config().num_layers; ++i) {
    run_s4(tier.pairs[i], tier.padded, state.ssm + i * floats, state.x);
    run_ff(tier.pairs[i], state.x);
  }
  kernels_->add(state.x, state.skips, tier.padded, state.x);
}

/// The pairs before the pool of a unet; the input of each block stays in `skips`.
void Voice::run_down_pairs(size_t k) {
  const TierWeights& tier = weights_->tier(k);
  TierState& state = tiers_[k];
  const size_t floats = ssm_floats(k);
  float* skip = state.skips;
  for (size_t i = 0; i < weights_->config().num_layers; ++i) {
    copy(skip, state.x, tier.padded);
    run_s4(tier.down_pairs[i], tier.padded, state.down_ssm + i * floats, state.x);
    copy(skip + tier.padded, state.x, tier.padded);
    run_ff(tier.down_pairs[i], state.x);
    skip += 2 * tier.padded;
  }
}

/// The pairs on the way up of a unet: after each block the input of its mirror image, from the
/// last to the first. (The pools mirror each other too: that sum is the one with the queue.)
void Voice::run_mirrored_pairs(size_t k) {
  const TierWeights& tier = weights_->tier(k);
  TierState& state = tiers_[k];
  const size_t floats = ssm_floats(k);
  const size_t num_layers = weights_->config().num_layers;
  const float* skip = state.skips + 2 * num_layers * tier.padded;
  for (size_t i = 0; i < num_layers; ++i) {
    run_s4(tier.pairs[i], tier.padded, state.ssm + i * floats, state.x);
    skip -= tier.padded;
    kernels_->add(state.x, skip, tier.padded, state.x);
    run_ff(tier.pairs[i], state.x);
    skip -= tier.padded;
    kernels_->add(state.x, skip, tier.padded, state.x);
  }
}

/// The S4 block over `x` (padded), in place; `ssm` is its state.
void Voice::run_s4(const PairWeights& pair, size_t padded, float* ssm, float* x) {
  const Config& config = weights_->config();
  const auto advance = config.ssm == SsmKind::s4 ? kernels_->s4 : kernels_->s4d;
  kernels_->normalise(pair.s4_norm, x, normed_);
  advance(pair.ssm, ssm, normed_, wide_);
  if (config.activation == OutputActivation::glu) {
    kernels_->matvec(pair.s4_out, wide_, halves_);
    kernels_->glu_add(halves_, halves_ + padded, padded, x);
  } else {
    kernels_->matvec_add(pair.s4_out, wide_, x);
  }
}

/// The feed-forward block over `x` (padded), in place.
void Voice::run_ff(const PairWeights& pair, float* x) {
  kernels_->normalise(pair.ff_norm, x, normed_);
  kernels_->matvec_gelu(pair.ff_in, normed_, wide_);
  kernels_->matvec_add(pair.ff_out, wide_, x);
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
