#include "voice_state.h"

namespace sashimi {

bool VoiceState::init(const Weights& weights, uint32_t seed) {
  weights_ = &weights;
  Arena measure;
  layout(measure);
  block_ = AlignedBlock(measure.used());
  if (!block_.data()) return false;
  Arena place(block_);
  layout(place);
  reset(seed);
  return steering_.init(weights);
}

void VoiceState::layout(Arena& arena) {
  const Config& config = weights_->config();
  header_ = arena.take<VoiceHeader>(1);
  features_ = arena.take<Real>(weights_->tier(0).padded);
  for (size_t k = 0; k < config.num_tiers(); ++k) {
    const TierWeights& tier = weights_->tier(k);
    const auto take_ssm = [&](const PairWeights& pair) {
      return arena.take<Real>(tier.padded * state_rows(pair.ssm.is_diagonal, pair.ssm.pairs));
    };
    for (size_t i = 0; i < config.num_layers; ++i) {
      ssm_[k][i] = take_ssm(tier.pairs[i]);
      if (tier.down_pairs) down_ssm_[k][i] = take_ssm(tier.down_pairs[i]);
    }
    const size_t pool = k < config.num_pools ? config.pool[k] : 0;
    tiers_[k].window = arena.take<Real>(pool * tier.padded);
    tiers_[k].queue = arena.take<Real>(pool * tier.padded);
  }
}

void VoiceState::reset(uint32_t seed) {
  __builtin_memset(block_.data(), 0, block_.bytes());
  header_->signature = weights_->config().signature;
  header_->seed = seed;
  header_->token = weights_->config().start_token;
}

void VoiceState::snapshot(unsigned char* into) const { __builtin_memcpy(into, block_.data(), block_.bytes()); }

bool VoiceState::accepts(const unsigned char* from) const {
  VoiceHeader header;
  __builtin_memcpy(&header, from, sizeof header);
  return header.signature == weights_->config().signature && header.token < weights_->config().levels;
}

bool VoiceState::accepts(const unsigned char* from, uint64_t frame) const {
  VoiceHeader header;
  __builtin_memcpy(&header, from, sizeof header);
  const Config& config = weights_->config();
  const uint64_t pooled = config.pooled(config.num_pools);
  return header.frame % pooled == frame % pooled && accepts(from);
}

bool VoiceState::restore(const unsigned char* from) {
  VoiceHeader header;
  __builtin_memcpy(&header, from, sizeof header);
  return restore(from, header.frame);
}

bool VoiceState::restore(const unsigned char* from, uint64_t frame) {
  if (!accepts(from, frame)) return false;
  __builtin_memcpy(block_.data(), from, block_.bytes());
  header_->frame = frame;
  return true;
}

bool VoiceState::is_aligned() const {
  const Config& config = weights_->config();
  return header_->consumed % (config.pooled(config.num_pools) * kChunk) == 0;
}

size_t VoiceState::ranges(SnapshotRange* into) const {
  const Config& config = weights_->config();
  size_t count = 0;
  const auto add = [&](size_t tier, const void* at, size_t bytes, bool is_mixed) {
    if (into) {
      const auto offset = static_cast<size_t>(static_cast<const unsigned char*>(at) - block_.data());
      into[count] = {static_cast<uint32_t>(tier), is_mixed ? 1U : 0U, offset, bytes};
    }
    ++count;
  };
  // The token that is due, whether it was forced, and the output which that was forced after.
  add(0, &header_->token, sizeof header_->token + sizeof header_->is_forced, false);
  add(0, features_, weights_->tier(0).padded * sizeof(Real), false);
  for (size_t k = 0; k < config.num_tiers(); ++k) {
    const TierWeights& tier = weights_->tier(k);
    const auto add_ssm = [&](const PairWeights& pair, const Real* at) {
      add(k, at, tier.padded * state_rows(pair.ssm.is_diagonal, pair.ssm.pairs) * sizeof(Real), true);
    };
    for (size_t i = 0; i < config.num_layers; ++i) {
      add_ssm(tier.pairs[i], ssm_[k][i]);
      if (tier.down_pairs) add_ssm(tier.down_pairs[i], down_ssm_[k][i]);
    }
    if (k < config.num_pools) add(k + 1, tiers_[k].queue, config.pool[k] * tier.padded * sizeof(Real), true);
  }
  return count;
}

}  // namespace sashimi
