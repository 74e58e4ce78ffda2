#include "device_voice.h"

#include <algorithm>

namespace sashimi::cuda {

bool DeviceVoice::init(const std::vector<std::shared_ptr<const CudaModel>>& members, Mixing mixing, uint32_t seed) {
  num_members_ = members.size();
  mixing_ = mixing;
  if (!is_composite()) {
    if (!group_.init(members[0], 1)) return false;
  } else {
    std::vector<CudaGroup::Ensemble> ensembles;
    for (const auto& model : members) {
      const auto same = std::find_if(ensembles.begin(), ensembles.end(), [&](const auto& other) { return other.model == model; });
      if (same == ensembles.end()) ensembles.push_back({model, 1});
      else ++same->count;
    }
    size_t slot = 0;
    for (const auto& [model, count] : ensembles) {
      for (size_t k = 0; k < num_members_; ++k) {
        if (members[k] == model) slots_[k] = slot++;
      }
    }
    std::fill_n(weights_, num_members_, 1.0 / static_cast<double>(num_members_));
    if (!group_.init_composite(ensembles, mixing)) return false;
  }
  reset(seed);
  return true;
}

/// f(slot, offset in a snapshot) for each member in their order, until one is refused.
template <class F>
bool DeviceVoice::for_members(const F& f) const {
  size_t offset = 0;
  for (size_t k = 0; k < num_members_; ++k) {
    if (!f(slots_[k], offset)) return false;
    offset += group_.snapshot_bytes(slots_[k]);
  }
  return true;
}

void DeviceVoice::set_weights(const double* weights) {
  for (size_t k = 0; k < num_members_; ++k) weights_[slots_[k]] = weights[k];
}

void DeviceVoice::set_blend(double blend) {
  const double share = mixing_ == Mixing::mixture ? std::clamp(blend, 0.0, 1.0) : blend;
  const double weights[] = {1.0 - share, share};
  set_weights(weights);
}

void DeviceVoice::set_dropped(const bool* is_dropped) {
  for (size_t k = 0; k < num_members_; ++k) is_dropped_[slots_[k]] = is_dropped[k];
}

void DeviceVoice::reset(uint32_t seed) {
  for (size_t slot = 0; slot < num_members_; ++slot) group_.start(slot, seed);
}

void DeviceVoice::step_block(float* out, size_t num_frames, const Sampling& sampling, uint8_t* ids,
                             const Conditioning& conditioning) {
  float* outs[kMaxSlots] = {out};
  uint8_t* tokens[kMaxSlots] = {ids};
  Sampling samplings[kMaxSlots];
  Conditioning conditionings[kMaxSlots];
  for (size_t slot = 0; slot < num_members_; ++slot) {
    samplings[slot] = sampling;
    if (!is_dropped_[slot]) conditionings[slot] = conditioning;
  }
  group_.step_block(outs, num_frames, samplings, conditionings, ids ? tokens : nullptr, is_composite() ? weights_ : nullptr);
}

void DeviceVoice::force_block(const uint8_t* ids, size_t num_frames, float* logits, const Conditioning& conditioning) {
  if (!is_composite()) return group_.force_block(0, ids, num_frames, logits, conditioning);
  Conditioning conditionings[kMaxSlots];
  for (size_t slot = 0; slot < num_members_; ++slot) {
    if (!is_dropped_[slot]) conditionings[slot] = conditioning;
  }
  group_.force_composite(ids, num_frames, logits, conditionings, weights_);
}

size_t DeviceVoice::snapshot_bytes() const { return group_.mark_bytes(); }

void DeviceVoice::snapshot(unsigned char* into) const {
  for_members([&](size_t slot, size_t offset) { return group_.snapshot(slot, into + offset), true; });
}

bool DeviceVoice::restore(const unsigned char* from) {
  VoiceHeader header;
  __builtin_memcpy(&header, from, sizeof header);
  return restore(from, header.frame);
}

bool DeviceVoice::restore(const unsigned char* from, uint64_t frame) {
  const auto accepts = [&](size_t slot, size_t offset) { return group_.accepts(slot, from + offset, frame); };
  if (!for_members(accepts)) return false;
  return for_members([&](size_t slot, size_t offset) { return group_.restore(slot, from + offset, frame); });
}

bool DeviceVoice::is_aligned() const {
  return for_members([&](size_t slot, size_t) { return group_.is_aligned(slot); });
}

size_t DeviceVoice::ranges(SnapshotRange* into) const {
  size_t count = 0;
  for_members([&](size_t slot, size_t offset) {
    const size_t own = group_.ranges(slot, into ? into + count : nullptr);
    for (size_t i = 0; into && i < own; ++i) into[count + i].offset += offset;
    count += own;
    return true;
  });
  return count;
}

void DeviceVoice::set_drawn(unsigned char* snapshot, uint32_t token, uint32_t seed) const {
  for_members([&](size_t slot, size_t offset) {
    VoiceHeader header;
    __builtin_memcpy(&header, snapshot + offset, sizeof header);
    header.token = token;
    header.is_forced = 0;
    if (slot == 0) header.seed = seed;
    __builtin_memcpy(snapshot + offset, &header, sizeof header);
    return true;
  });
}

void DeviceVoice::receive(unsigned char* snapshot) const {
  for_members([&](size_t slot, size_t offset) {
    size_t at = 0;
    for (size_t before = 0; before < slot; ++before) at += group_.snapshot_bytes(before);
    __builtin_memcpy(snapshot + offset, group_.sent() + at, group_.snapshot_bytes(slot));
    return true;
  });
}

const Config& DeviceVoice::steered() const {
  for (size_t k = 0; k < num_members_; ++k) {
    if (group_.config(slots_[k]).num_inputs > 0) return group_.config(slots_[k]);
  }
  return group_.config(0);
}

}  // namespace sashimi::cuda
