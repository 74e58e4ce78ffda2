#include "backbone.h"

namespace sashimi {

namespace {

size_t largest(size_t a, size_t b) { return a > b ? a : b; }

void copy(Real* to, const Real* from, size_t count) { __builtin_memcpy(to, from, count * sizeof(Real)); }

}  // namespace

bool Backbone::init(const Weights& weights, const Kernels& kernels, size_t max_voices, size_t max_frames) {
  weights_ = &weights;
  kernels_ = &kernels;
  max_voices_ = max_voices;
  max_frames_ = max_frames;
  Arena measure;
  layout(measure);
  scratch_ = AlignedBlock(measure.used());
  if (!scratch_.data()) return false;
  Arena place(scratch_);
  layout(place);
  return true;
}

/// Columns that tier `k` may run in one call.
size_t Backbone::tier_columns(size_t k) const {
  size_t frames = max_frames_;
  for (size_t i = 0; i < k; ++i) {
    const size_t pool = weights_->config().pool[i];
    frames = (frames + pool - 1) / pool;
  }
  return max_voices_ * frames;
}

void Backbone::layout(Arena& arena) {
  const Config& config = weights_->config();
  size_t most = 0;
  for (size_t k = 0; k < config.num_tiers(); ++k) {
    const size_t padded = weights_->tier(k).padded;
    const size_t columns = tier_columns(k);
    const size_t down_layers = config.has_down_pairs(k) ? config.num_layers : 0;
    Tier& tier = tiers_[k];
    tier.x = arena.take<Real>(columns * padded);
    tier.skips = arena.take<Real>(largest(1, 2 * down_layers) * columns * padded);
    tier.runs = arena.take<Run>(max_voices_);
    tier.frames = arena.take<uint64_t>(max_voices_);
    most = largest(most, columns * padded);
    if (k == config.num_pools) break;
    const size_t windows = tier_columns(k + 1) * config.pool[k] * padded;
    tier.windows = arena.take<Real>(windows);
    tier.queued = arena.take<Real>(windows);
  }
  normed_ = arena.take<Real>(most);
  wide_ = arena.take<Real>(largest(config.ff, 1) * most);
  halves_ = arena.take<Real>(2 * most);
  features_ = arena.take<Real>(tier_columns(0) * weights_->tier(0).padded);
  logits_ = arena.take<Real>(tier_columns(0) * weights_->decoder().out);
  const size_t coded = align_up(weights_->widest_input(), kInt4Group);
  codes_.codes = arena.take<int16_t>(tier_columns(0) * coded);
  codes_.group_sums = arena.take<int32_t>(tier_columns(0) * (coded / kInt4Group));
  codes_.scales = arena.take<Real>(tier_columns(0));
}

void Backbone::matmul(const Matrix& matrix, Epilogue epilogue, const Real* x, Real* y, size_t columns) {
  kernels_->matmul(matrix, epilogue, x, matrix.in, y, matrix.out, columns, codes_);
}

void Backbone::consume(VoiceState* const* voices, size_t num_voices, const uint32_t* tokens, size_t num_frames) {
  const Config& config = weights_->config();
  const size_t padded = weights_->tier(0).padded;
  tiers_[0].columns = num_voices * num_frames;
  for (size_t c = 0; c < tiers_[0].columns; ++c) copy(tiers_[0].x + c * padded, weights_->embedding(tokens[c]), padded);
  for (size_t v = 0; v < num_voices; ++v) {
    Run& run = tiers_[0].runs[v];
    run.first = v * num_frames;
    run.count = num_frames;
    tiers_[0].frames[v] = voices[v]->header().consumed;
  }

  // Down: a tier runs a frame for every window that the tier above closes.
  size_t deepest = 0;
  for (;;) {
    if (config.num_inputs > 0) steer(voices, num_voices, deepest);
    if (deepest == config.num_pools) break;
    if (weights_->tier(deepest).down_pairs) run_down_pairs(voices, num_voices, deepest);
    const size_t windows = fill_windows(voices, num_voices, deepest);
    if (windows == 0) break;
    Tier& below = tiers_[deepest + 1];
    below.columns = windows;
    matmul(weights_->tier(deepest).down, Epilogue::store, tiers_[deepest].windows, below.x, windows);
    ++deepest;
  }

  // Up: every tier that runs; its frames go into the queues of the tier above.
  for (size_t k = deepest;; --k) {
    if (k < config.num_pools) take_queues(voices, num_voices, k, k < deepest);
    if (weights_->tier(k).down_pairs) run_mirrored_pairs(voices, num_voices, k);
    else run_pairs(voices, num_voices, k);
    if (k == 0) break;
    matmul(weights_->tier(k - 1).up, Epilogue::store, tiers_[k].x, tiers_[k - 1].queued, tiers_[k].columns);
  }
  kernels_->normalise(weights_->final_norm(), tiers_[0].x, features_, tiers_[0].columns);
  for (size_t v = 0; v < num_voices; ++v) {
    copy(voices[v]->features(), features_ + ((v + 1) * num_frames - 1) * padded, padded);
    voices[v]->header().consumed += num_frames;
  }
}

/// Adds its conditioning to the input of tier `k`. A frame of a tier belongs to the sample that closes its window.
void Backbone::steer(VoiceState* const* voices, size_t num_voices, size_t k) {
  const Tier& tier = tiers_[k];
  const size_t padded = weights_->tier(k).padded;
  const uint64_t pooled = weights_->config().pooled(k);
  for (size_t v = 0; v < num_voices; ++v) {
    const VoiceHeader& header = voices[v]->header();
    const Run& run = tier.runs[v];
    // The frame count of a voice and what it has consumed differ after forcing, and after a restore to another time.
    uint64_t sample = (tier.frames[v] + 1) * pooled - 1 + (header.frame - header.consumed);
    for (size_t t = 0; t < run.count; ++t, sample += pooled) {
      voices[v]->steering().add(*kernels_, k, sample, tier.x + (run.first + t) * padded);
    }
  }
}

/// Puts the frames of tier `k` into the voices' windows. Returns how many closed: the columns of the tier below.
size_t Backbone::fill_windows(VoiceState* const* voices, size_t num_voices, size_t k) {
  Tier& tier = tiers_[k];
  Tier& below = tiers_[k + 1];
  const size_t padded = weights_->tier(k).padded;
  const size_t pool = weights_->config().pool[k];
  size_t windows = 0;
  for (size_t v = 0; v < num_voices; ++v) {
    const Run& run = tier.runs[v];
    Real* window = voices[v]->tier(k).window;
    Run& run_below = below.runs[v];
    run_below.first = windows;
    below.frames[v] = tier.frames[v] / pool;
    size_t slot = static_cast<size_t>(tier.frames[v] % pool);
    for (size_t t = 0; t < run.count; ++t) {
      copy(window + slot * padded, tier.x + (run.first + t) * padded, padded);
      if (++slot < pool) continue;
      slot = 0;
      copy(tier.windows + windows++ * pool * padded, window, pool * padded);
    }
    run_below.count = windows - run_below.first;
  }
  return windows;
}

/// Adds the queued frames to tier `k`. A frame takes its own from the queue before the tier below refills it.
void Backbone::take_queues(VoiceState* const* voices, size_t num_voices, size_t k, bool is_refilled) {
  Tier& tier = tiers_[k];
  const size_t padded = weights_->tier(k).padded;
  const size_t pool = weights_->config().pool[k];
  for (size_t v = 0; v < num_voices; ++v) {
    const Run& run = tier.runs[v];
    Real* const queue = voices[v]->tier(k).queue;
    const Run& refills = tiers_[k + 1].runs[v];
    const Real* source = queue;
    size_t refill = is_refilled ? refills.first : 0;
    size_t slot = static_cast<size_t>(tier.frames[v] % pool);
    for (size_t t = 0; t < run.count; ++t) {
      Real* x = tier.x + (run.first + t) * padded;
      kernels_->add(source + slot * padded, x, padded, x);
      if (++slot < pool) continue;
      slot = 0;
      source = tier.queued + refill++ * pool * padded;
    }
    if (source != queue) copy(queue, source, pool * padded);
  }
}

/// The pairs of a tier on the way up: x = blocks(x) + x.
void Backbone::run_pairs(VoiceState* const* voices, size_t num_voices, size_t k) {
  const TierWeights& weights = weights_->tier(k);
  Tier& tier = tiers_[k];
  const size_t count = tier.columns * weights.padded;
  copy(tier.skips, tier.x, count);
  for (size_t i = 0; i < weights_->config().num_layers; ++i) {
    for (size_t v = 0; v < num_voices; ++v) tier.runs[v].state = voices[v]->ssm(k, i);
    run_s4(weights.pairs[i], i, k, num_voices);
    run_ff(weights.pairs[i], k);
  }
  kernels_->add(tier.x, tier.skips, count, tier.x);
}

/// The pairs before the pool of a unet; the input of each block stays in `skips`.
void Backbone::run_down_pairs(VoiceState* const* voices, size_t num_voices, size_t k) {
  const TierWeights& weights = weights_->tier(k);
  Tier& tier = tiers_[k];
  const size_t count = tier.columns * weights.padded;
  Real* skip = tier.skips;
  for (size_t i = 0; i < weights_->config().num_layers; ++i) {
    for (size_t v = 0; v < num_voices; ++v) tier.runs[v].state = voices[v]->down_ssm(k, i);
    copy(skip, tier.x, count);
    run_s4(weights.down_pairs[i], i, k, num_voices);
    copy(skip + count, tier.x, count);
    run_ff(weights.down_pairs[i], k);
    skip += 2 * count;
  }
}

/// The pairs on the way up of a unet: after each block the input of its mirror image, from the
/// last to the first. (The pools mirror each other too: that sum is the one with the queue.)
void Backbone::run_mirrored_pairs(VoiceState* const* voices, size_t num_voices, size_t k) {
  const TierWeights& weights = weights_->tier(k);
  Tier& tier = tiers_[k];
  const size_t count = tier.columns * weights.padded;
  const size_t num_layers = weights_->config().num_layers;
  const Real* skip = tier.skips + 2 * num_layers * count;
  for (size_t i = 0; i < num_layers; ++i) {
    for (size_t v = 0; v < num_voices; ++v) tier.runs[v].state = voices[v]->ssm(k, i);
    run_s4(weights.pairs[i], i, k, num_voices);
    skip -= count;
    kernels_->add(tier.x, skip, count, tier.x);
    run_ff(weights.pairs[i], k);
    skip -= count;
    kernels_->add(tier.x, skip, count, tier.x);
  }
}

/// The S4 block over the columns of tier `k`, in place. The runs point at its states.
void Backbone::run_s4(const PairWeights& pair, size_t layer, size_t k, size_t num_voices) {
  Tier& tier = tiers_[k];
  const size_t padded = weights_->tier(k).padded;
  for (size_t v = 0; v < num_voices; ++v) tier.runs[v].phase = chunk_phase(tier.frames[v], layer);
  kernels_->normalise(pair.s4_norm, tier.x, normed_, tier.columns);
  kernels_->state_space(pair.ssm, tier.runs, num_voices, normed_, wide_, padded);
  if (weights_->config().activation == OutputActivation::glu) {
    matmul(pair.s4_out, Epilogue::store, wide_, halves_, tier.columns);
    kernels_->glu_add(halves_, padded, tier.x, tier.columns);
  } else {
    matmul(pair.s4_out, Epilogue::add, wide_, tier.x, tier.columns);
  }
}

/// The feed-forward block over the columns of tier `k`, in place.
void Backbone::run_ff(const PairWeights& pair, size_t k) {
  Tier& tier = tiers_[k];
  kernels_->normalise(pair.ff_norm, tier.x, normed_, tier.columns);
  matmul(pair.ff_in, Epilogue::gelu, normed_, wide_, tier.columns);
  matmul(pair.ff_out, Epilogue::add, wide_, tier.x, tier.columns);
}

void Backbone::predict_columns(size_t first, size_t count) {
  const Real* features = features_ + first * weights_->tier(0).padded;
  matmul(weights_->decoder(), Epilogue::store, features, logits_, count);
}

void Backbone::predict(VoiceState* const* voices, size_t num_voices) {
  const size_t padded = weights_->tier(0).padded;
  for (size_t v = 0; v < num_voices; ++v) copy(features_ + v * padded, voices[v]->features(), padded);
  matmul(weights_->decoder(), Epilogue::store, features_, logits_, num_voices);
}

}  // namespace sashimi
