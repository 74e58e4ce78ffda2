#include "cuda_group.h"

#include <algorithm>
#include <utility>

namespace sashimi::cuda {

namespace {

template <class T>
T* at(uint64_t address) {
  return reinterpret_cast<T*>(address);
}

}  // namespace

bool CudaGroup::init(std::shared_ptr<const CudaModel> model, size_t capacity) {
  model_ = std::move(model);
  capacity_ = capacity;
  if (!shape_.init(model_->weights(), 0)) return false;
  const std::shared_ptr<Device>& device = model_->device();
  const BuiltPlan& built = model_->built();
  // As few voices to a block as the device has room for blocks; and no more than fit into its shared memory.
  slots_ = std::clamp<size_t>((capacity + device->multiprocessors() - 1) / device->multiprocessors(), 1, kMaxSlots);
  while (slots_ > 1 && built.block_bytes(static_cast<uint32_t>(slots_)) > device->shared_bytes()) --slots_;
  blocks_ = static_cast<uint32_t>((capacity + slots_ - 1) / slots_);
  voices_.resize(blocks_ * slots_);
  lay_out_exchange();
  const size_t places = voices_.size();
  states_ = DeviceMemory(device, places * shape_.bytes());
  memory_ = DeviceMemory(device, places * built.plan.memory_floats * sizeof(float));
  mapped_ = MappedMemory(device, places * kMailboxDepth * exchange_.bytes);
  staged_ = MappedMemory(device, shape_.bytes());
  if (!states_.address() || !memory_.address() || !mapped_.data() || !staged_.data()) return false;
  Arguments arguments = {};
  arguments.plan = at<const Plan>(model_->plan_address());
  arguments.pairs = at<const PairPlan>(model_->pairs_address());
  arguments.num_pairs = static_cast<uint32_t>(built.pairs.size());
  arguments.states = at<float>(states_.address());
  arguments.memory = at<float>(memory_.address());
  arguments.slots = static_cast<uint32_t>(slots_);
  return post_.init(device, arguments, blocks_, built.block_bytes(static_cast<uint32_t>(slots_)));
}

void CudaGroup::lay_out_exchange() {
  size_t used = 0;
  const auto take = [&](size_t bytes) { return std::exchange(used, used + align_up(bytes, kAlignment)); };
  exchange_.out = take(kOrderFrames * sizeof(float));
  exchange_.ids = take(kOrderFrames);
  exchange_.logits = take(kOrderFrames * config().levels * sizeof(float));
  for (size_t i = 0; i < config().num_inputs; ++i) {
    const auto& [dim, hop] = config().inputs[i];
    exchange_.rows[i] = take((kOrderFrames / hop + 2) * dim * sizeof(float));
  }
  exchange_.bytes = used;
}

/// Offset of what `order` of the slot's block exchanges for it.
size_t CudaGroup::exchange_of(size_t slot, uint32_t order) const {
  return (slot * kMailboxDepth + order % kMailboxDepth) * exchange_.bytes;
}

Order& CudaGroup::empty_order(uint32_t block, OrderKind kind, size_t num_frames) {
  Order& order = post_.next(block);
  order = {};
  order.kind = kind;
  order.num_frames = static_cast<uint32_t>(num_frames);
  return order;
}

void CudaGroup::carry_out(uint32_t block) const {
  post_.post(block);
  post_.launch();
  post_.wait(block, post_.posted(block));
}

void CudaGroup::start(size_t slot, uint32_t seed) {
  SlotOrder& order = of_slot(empty_order(block_of(slot), OrderKind::reset, 0), slot);
  order.is_active = 1;
  order.seed = seed;
  carry_out(block_of(slot));
  voices_[slot] = {};
  voices_[slot].is_active = true;
}

void CudaGroup::reseed(size_t slot, uint32_t seed) {
  SlotOrder& order = of_slot(empty_order(block_of(slot), OrderKind::reseed, 0), slot);
  order.is_active = 1;
  order.seed = seed;
  carry_out(block_of(slot));
}

/// Copies the rows that `stretch` needs to where the device sees them. `conditioning` begins with the frame of the voice's
/// first sample of the call.
void CudaGroup::lend_rows(SlotOrder& order, size_t slot, size_t offset, const Conditioning& conditioning, Stretch stretch) {
  const uint64_t call = voices_[slot].frame - stretch.first;
  for (size_t i = 0; i < config().num_inputs; ++i) {
    if (!conditioning.rows[i]) continue;
    const auto& [dim, hop] = config().inputs[i];
    const uint64_t first = voices_[slot].frame / hop;
    const uint64_t last = (voices_[slot].frame + stretch.count - 1) / hop;
    const float* from = conditioning.rows[i] + (first - call / hop) * dim;
    const auto num_rows = static_cast<size_t>(last - first + 1);
    __builtin_memcpy(mapped_.data() + offset + exchange_.rows[i], from, num_rows * dim * sizeof(float));
    order.rows[i] = at<const float>(mapped_.address(offset + exchange_.rows[i]));
    order.num_rows[i] = static_cast<uint32_t>(num_rows);
  }
}

void CudaGroup::advance(size_t slot, size_t num_frames) {
  Voice& voice = voices_[slot];
  voice.frame += num_frames;
  voice.consumed += num_frames - (voice.is_forced && num_frames > 0 ? 1 : 0);
  if (num_frames > 0) voice.is_forced = false;
}

void CudaGroup::post_steps(uint32_t block, Stretch stretch, const Sampling* samplings, const Conditioning* conditionings) {
  Order& order = empty_order(block, OrderKind::step, stretch.count);
  const size_t begin = block * slots_;
  for (size_t slot = begin; slot < begin + slots_; ++slot) {
    if (!voices_[slot].is_active) continue;
    const size_t offset = exchange_of(slot, post_.posted(block));
    SlotOrder& of_voice = of_slot(order, slot);
    of_voice.is_active = 1;
    of_voice.temperature = samplings[slot].temperature;
    of_voice.top_p = samplings[slot].top_p;
    of_voice.top_k = samplings[slot].top_k;
    of_voice.out = at<float>(mapped_.address(offset + exchange_.out));
    of_voice.ids = at<uint8_t>(mapped_.address(offset + exchange_.ids));
    if (conditionings) lend_rows(of_voice, slot, offset, conditionings[slot], stretch);
    advance(slot, stretch.count);
  }
  post_.post(block);
}

void CudaGroup::take_steps(uint32_t block, uint32_t order, Stretch stretch, float* const* outs, uint8_t* const* ids) {
  post_.wait(block, order + 1);
  const size_t begin = block * slots_;
  for (size_t slot = begin; slot < begin + slots_; ++slot) {
    if (!voices_[slot].is_active) continue;
    const size_t offset = exchange_of(slot, order);
    float* out = outs[slot] + stretch.first;
    uint8_t* tokens = ids ? ids[slot] : nullptr;
    if (fault()) {
      std::fill_n(out, stretch.count, 0.0F);
      if (tokens) std::fill_n(tokens + stretch.first, stretch.count, static_cast<uint8_t>(config().start_token));
      continue;
    }
    __builtin_memcpy(out, mapped_.data() + offset + exchange_.out, stretch.count * sizeof(float));
    if (tokens) __builtin_memcpy(tokens + stretch.first, mapped_.data() + offset + exchange_.ids, stretch.count);
  }
}

void CudaGroup::step_block(float* const* outs, size_t num_frames, const Sampling* samplings,
                           const Conditioning* conditionings, uint8_t* const* ids) {
  const auto is_busy = [&](uint32_t block) {
    for (size_t slot = block * slots_; slot < (block + 1) * slots_; ++slot) {
      if (voices_[slot].is_active) return true;
    }
    return false;
  };
  const size_t stretches = (num_frames + kOrderFrames - 1) / kOrderFrames;
  const auto stretch_at = [&](size_t n) {
    return Stretch{n * kOrderFrames, std::min(kOrderFrames, num_frames - n * kOrderFrames)};
  };
  // All but one of a mailbox's orders are under way, while the samples of the oldest are taken.
  constexpr size_t kUnderWay = kMailboxDepth - 1;
  for (size_t n = 0; n < stretches + kUnderWay; ++n) {
    for (uint32_t block = 0; block < blocks_; ++block) {
      if (!is_busy(block)) continue;
      if (n >= kUnderWay && n - kUnderWay < stretches) {
        const size_t oldest = n - kUnderWay;
        const auto newer = static_cast<uint32_t>(std::min(n, stretches) - oldest);
        take_steps(block, post_.posted(block) - newer, stretch_at(oldest), outs, ids);
      }
      if (n < stretches) post_steps(block, stretch_at(n), samplings, conditionings);
    }
    if (n < stretches) post_.launch();
  }
}

void CudaGroup::force_block(size_t slot, const uint8_t* ids, size_t num_frames, float* logits,
                            const Conditioning& conditioning) {
  const uint32_t block = block_of(slot);
  const size_t levels = config().levels;
  for (size_t first = 0; first < num_frames; first += kOrderFrames) {
    const Stretch stretch{first, std::min(kOrderFrames, num_frames - first)};
    Order& order = empty_order(block, OrderKind::force, stretch.count);
    const size_t offset = exchange_of(slot, post_.posted(block));
    SlotOrder& of_voice = of_slot(order, slot);
    of_voice.is_active = 1;
    __builtin_memcpy(mapped_.data() + offset + exchange_.ids, ids + first, stretch.count);
    of_voice.forced = at<const uint32_t>(mapped_.address(offset + exchange_.ids));
    if (logits) of_voice.logits = at<float>(mapped_.address(offset + exchange_.logits));
    lend_rows(of_voice, slot, offset, conditioning, stretch);
    carry_out(block);
    voices_[slot].frame += stretch.count;
    voices_[slot].consumed += stretch.count;
    voices_[slot].is_forced = true;
    if (!logits) continue;
    float* const rows = logits + first * levels;
    if (fault()) std::fill_n(rows, stretch.count * levels, 0.0F);
    else __builtin_memcpy(rows, mapped_.data() + offset + exchange_.logits, stretch.count * levels * sizeof(float));
  }
}

void CudaGroup::snapshot(size_t slot, unsigned char* into) const {
  // A post is a letter box: that something is asked of the device changes no voice.
  auto& self = const_cast<CudaGroup&>(*this);
  SlotOrder& order = of_slot(self.empty_order(block_of(slot), OrderKind::keep, 0), slot);
  order.is_active = 1;
  order.snapshot = at<float>(staged_.address());
  carry_out(block_of(slot));
  __builtin_memcpy(into, staged_.data(), shape_.bytes());
}

bool CudaGroup::restore(size_t slot, const unsigned char* from) {
  VoiceHeader header;
  __builtin_memcpy(&header, from, sizeof header);
  return restore(slot, from, header.frame);
}

bool CudaGroup::restore(size_t slot, const unsigned char* from, uint64_t frame) {
  if (!shape_.accepts(from, frame)) return false;
  __builtin_memcpy(staged_.data(), from, shape_.bytes());
  VoiceHeader header;
  __builtin_memcpy(&header, from, sizeof header);
  header.frame = frame;
  __builtin_memcpy(staged_.data(), &header, sizeof header);
  SlotOrder& order = of_slot(empty_order(block_of(slot), OrderKind::restore, 0), slot);
  order.is_active = 1;
  order.snapshot = at<float>(staged_.address());
  carry_out(block_of(slot));
  voices_[slot] = {frame, header.consumed, header.is_forced != 0, true};
  return true;
}

bool CudaGroup::is_aligned(size_t slot) const {
  return voices_[slot].consumed % (config().pooled(config().num_pools) * kChunk) == 0;
}

}  // namespace sashimi::cuda
