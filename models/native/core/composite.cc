#include "composite.h"

#include <algorithm>

#include "denormals.h"

namespace sashimi {

bool Composite::init(const std::vector<CompositeMember>& members, const float* decode, Mixing mixing, uint32_t seed) {
  decode_ = decode;
  mixing_ = mixing;
  levels_ = members[0].weights->config().levels;
  weights_.assign(members.size(), 1.0 / static_cast<double>(members.size()));
  for (const CompositeMember& member : members) {
    size_t at = 0;
    while (at < ensembles_.size() && ensembles_[at].weights != member.weights) ++at;
    if (at == ensembles_.size()) {
      Ensemble& added = ensembles_.emplace_back();
      added.weights = member.weights;
      added.kernels = member.kernels;
    }
    Ensemble& ensemble = ensembles_[at];
    auto state = std::make_unique<VoiceState>();
    if (!state->init(*member.weights, seed)) return false;
    members_.push_back({at, ensemble.states.size(), state.get(), false});
    ensemble.stepping.push_back(state.get());
    ensemble.tokens.push_back(0);
    ensemble.states.push_back(std::move(state));
  }
  for (Ensemble& ensemble : ensembles_) {
    if (!ensemble.backbone.init(*ensemble.weights, *ensemble.kernels, ensemble.states.size(), 1)) return false;
  }
  return true;
}

void Composite::reset(uint32_t seed) {
  for (const Member& member : members_) member.state->reset(seed);
}

void Composite::set_weights(const double* weights) {
  for (size_t k = 0; k < members_.size(); ++k) weights_[k] = weights[k];
}

void Composite::set_blend(double blend) {
  const double share = mixing_ == Mixing::mixture ? std::clamp(blend, 0.0, 1.0) : blend;
  weights_[0] = 1.0 - share;
  weights_[1] = share;
}

void Composite::set_dropped(const bool* is_dropped) {
  for (size_t k = 0; k < members_.size(); ++k) members_[k].is_dropped = is_dropped[k];
}

void Composite::begin(const Conditioning& conditioning) {
  for (const Member& member : members_) {
    member.state->steering().begin(member.is_dropped ? Conditioning{} : conditioning, frame());
  }
}

void Composite::consume(uint32_t token) {
  for (Ensemble& ensemble : ensembles_) {
    for (uint32_t& own : ensemble.tokens) own = token;
    ensemble.backbone.consume(ensemble.stepping.data(), ensemble.stepping.size(), ensemble.tokens.data(), 1);
  }
}

/// The mixed prediction after the last token, (levels).
const Real* Composite::predict() {
  for (Ensemble& ensemble : ensembles_) {
    ensemble.backbone.predict(ensemble.stepping.data(), ensemble.stepping.size());
  }
  if (mixing_ == Mixing::mixture) mix_probabilities();
  else mix_logits();
  return logits_;
}

void Composite::mix_logits() {
  for (size_t i = 0; i < levels_; ++i) sums_[i] = 0.0;
  for (size_t k = 0; k < members_.size(); ++k) {
    const Real* logits = ensembles_[members_[k].ensemble].backbone.logits(members_[k].row);
    for (size_t i = 0; i < levels_; ++i) sums_[i] += weights_[k] * static_cast<double>(logits[i]);
  }
  for (size_t i = 0; i < levels_; ++i) logits_[i] = static_cast<Real>(sums_[i]);
}

/// Whether a member has all weight.
bool Composite::is_alone(size_t k) const {
  for (size_t j = 0; j < weights_.size(); ++j) {
    if ((weights_[j] != 0.0) != (j == k)) return false;
  }
  return true;
}

void Composite::mix_probabilities() {
  // What one member alone predicts stays as it is to the last bit.
  for (size_t k = 0; k < members_.size(); ++k) {
    if (!is_alone(k)) continue;
    const Real* logits = ensembles_[members_[k].ensemble].backbone.logits(members_[k].row);
    std::copy(logits, logits + levels_, logits_);
    return;
  }
  for (size_t i = 0; i < levels_; ++i) sums_[i] = 0.0;
  for (size_t k = 0; k < members_.size(); ++k) {
    Ensemble& ensemble = ensembles_[members_[k].ensemble];
    const Real* logits = ensemble.backbone.logits(members_[k].row);
    const auto peak = static_cast<double>(ensemble.kernels->largest(logits, levels_));
    ensemble.kernels->exponentials(logits, peak, 1.0, levels_, probabilities_);
    double total = 0.0;
    for (size_t i = 0; i < levels_; ++i) total += probabilities_[i];
    const double share = weights_[k] / total;
    for (size_t i = 0; i < levels_; ++i) sums_[i] += share * probabilities_[i];
  }
  ensembles_[0].kernels->logarithms(sums_, levels_, logits_);
}

void Composite::step_block(float* out, size_t num_frames, const Sampling& sampling, uint8_t* ids,
                           const Conditioning& conditioning) {
  const FlushDenormals flush;
  begin(conditioning);
  VoiceHeader& header = members_[0].state->header();
  for (size_t t = 0; t < num_frames; ++t) {
    if (!header.is_forced) consume(header.token);
    const Real* logits = predict();
    const double u = frame_uniform(header.seed, header.frame);
    const uint32_t token = draw_.draw(*ensembles_[0].kernels, logits, levels_, sampling, u);
    for (const Member& member : members_) {
      member.state->header().token = token;
      member.state->header().is_forced = 0;
      ++member.state->header().frame;
    }
    out[t] = decode_[token];
    if (ids) ids[t] = static_cast<uint8_t>(token);
  }
}

void Composite::force_block(const uint8_t* ids, size_t num_frames, float* logits, const Conditioning& conditioning) {
  const FlushDenormals flush;
  begin(conditioning);
  for (size_t t = 0; t < num_frames; ++t) {
    consume(ids[t]);
    for (const Member& member : members_) {
      member.state->header().is_forced = 1;
      ++member.state->header().frame;
    }
    if (!logits) continue;
    const Real* mixed = predict();
    for (size_t i = 0; i < levels_; ++i) logits[t * levels_ + i] = static_cast<float>(mixed[i]);
  }
}

size_t Composite::snapshot_bytes() const {
  size_t bytes = 0;
  for (const Member& member : members_) bytes += member.state->bytes();
  return bytes;
}

void Composite::snapshot(unsigned char* into) const {
  for (const Member& member : members_) {
    member.state->snapshot(into);
    into += member.state->bytes();
  }
}

bool Composite::restore(const unsigned char* from, uint64_t frame) {
  const unsigned char* at = from;
  for (const Member& member : members_) {
    if (!member.state->accepts(at, frame)) return false;
    at += member.state->bytes();
  }
  for (const Member& member : members_) {
    member.state->restore(from, frame);
    from += member.state->bytes();
  }
  return true;
}

bool Composite::is_aligned() const {
  for (const Member& member : members_) {
    if (!member.state->is_aligned()) return false;
  }
  return true;
}

size_t Composite::ranges(SnapshotRange* into) const {
  size_t count = 0;
  size_t shift = 0;
  for (const Member& member : members_) {
    const size_t own = member.state->ranges(into ? into + count : nullptr);
    for (size_t i = 0; into && i < own; ++i) into[count + i].offset += shift;
    count += own;
    shift += member.state->bytes();
  }
  return count;
}

bool Composite::restore(const unsigned char* from) {
  const unsigned char* at = from;
  for (const Member& member : members_) {
    if (!member.state->accepts(at)) return false;
    at += member.state->bytes();
  }
  for (const Member& member : members_) {
    member.state->restore(from);
    from += member.state->bytes();
  }
  return true;
}

}  // namespace sashimi
