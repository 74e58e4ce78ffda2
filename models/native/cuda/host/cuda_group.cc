#include "cuda_group.h"

#include <algorithm>
#include <utility>

#include "../kernel/voices.h"

namespace sashimi::cuda {

namespace {

template <class T>
T* at(uint64_t address) {
  return reinterpret_cast<T*>(address);
}

/// What a voice takes of a block's memory.
size_t slot_bytes(const BuiltPlan& built) { return sizeof(DrawScratch) + size_t{built.plan.scratch_floats} * sizeof(float); }

}  // namespace

bool CudaGroup::init(std::shared_ptr<const CudaModel> model, size_t capacity, std::optional<LaunchShape> wanted) {
  const Device& device = *model->device();
  const BuiltPlan& built = model->built();
  capacity_ = capacity;
  uint32_t slots = kMaxSlots;
  while (slots > 1 && sizeof(Shared) + built.bytes() + slots * slot_bytes(built) > device.shared_bytes()) --slots;
  const Room room = {device.multiprocessors(), slots, device.runs_together()};
  const LaunchShape shape = wanted.value_or(shape_of_launch(built, static_cast<uint32_t>(capacity), room));
  slots_ = shape.slots;
  team_ = shape.team;
  blocks_ = static_cast<uint32_t>((capacity + slots_ - 1) / slots_);
  return init_parts({{std::move(model), slots_}}, Mixing::none);
}

bool CudaGroup::init_composite(const std::vector<Ensemble>& ensembles, Mixing mixing) {
  for (const Ensemble& ensemble : ensembles) slots_ += ensemble.count;
  capacity_ = slots_;
  blocks_ = 1;
  const Device& device = *ensembles[0].model->device();
  // A block to each tier where there is room for them.
  for (const Ensemble& ensemble : ensembles) team_ = std::max(team_, ensemble.model->built().plan.num_tiers);
  if (!device.runs_together() || team_ > device.multiprocessors()) team_ = 1;
  return init_parts(ensembles, mixing);
}

/// `slots_`, `team_` and `blocks_` are set.
bool CudaGroup::init_parts(const std::vector<Ensemble>& ensembles, Mixing mixing) {
  const std::shared_ptr<Device>& device = ensembles[0].model->device();
  voices_.resize(blocks_ * slots_);
  std::vector<cuda::Ensemble> told;
  Arguments arguments = {};
  size_t block_bytes = sizeof(Shared);
  size_t staged_bytes = 0;
  size_t first = 0;
  for (const auto& [model, count] : ensembles) {
    const BuiltPlan& built = model->built();
    Part& part = *parts_.emplace_back(std::make_unique<Part>());
    part.model = model;
    part.first = first;
    part.count = count;
    if (!part.shape.init(model->weights(), 0)) return false;
    part.states = DeviceMemory(device, blocks_ * count * part.shape.bytes());
    part.memory = DeviceMemory(device, blocks_ * count * built.plan.memory_floats * sizeof(float));
    if (!part.states.address() || !part.memory.address()) return false;
    part.exchange = exchange_layout(model->weights().config());
    exchange_bytes_ = std::max(exchange_bytes_, part.exchange.bytes);
    staged_bytes = std::max(staged_bytes, part.shape.bytes());
    mark_bytes_ += count * part.shape.bytes();
    block_bytes += built.bytes();
    arguments.scratch_floats = std::max(arguments.scratch_floats, built.plan.scratch_floats);
    told.push_back({at<const Plan>(model->plan_address()), at<const PhasePlan>(model->phases_address()),
                    at<float>(part.states.address()), at<float>(part.memory.address()),
                    static_cast<uint32_t>(built.phases.size()), static_cast<uint32_t>(first), static_cast<uint32_t>(count)});
    for (size_t i = 0; i < count; ++i) part_numbers_[first++] = parts_.size() - 1;
  }
  const size_t told_bytes = told.size() * sizeof told[0];
  ensembles_ = DeviceMemory(device, told_bytes);
  mapped_ = MappedMemory(device, voices_.size() * kMailboxDepth * exchange_bytes_);
  staged_ = MappedMemory(device, staged_bytes);
  if (!ensembles_.address() || !mapped_.data() || !staged_.data() || !ensembles_.upload(told.data(), told_bytes)) return false;
  arguments.ensembles = at<const cuda::Ensemble>(ensembles_.address());
  arguments.num_ensembles = static_cast<uint32_t>(told.size());
  arguments.slots = static_cast<uint32_t>(slots_);
  arguments.mixing = mixing;
  arguments.team = team_;
  block_bytes += slots_ * (sizeof(DrawScratch) + arguments.scratch_floats * sizeof(float));
  return post_.init(device, arguments, blocks_, block_bytes);
}

CudaGroup::Exchange CudaGroup::exchange_layout(const Config& config) {
  Exchange exchange;
  const auto take = [&](size_t bytes) { return std::exchange(exchange.bytes, exchange.bytes + align_up(bytes, kAlignment)); };
  exchange.out = take(kOrderFrames * sizeof(float));
  exchange.ids = take(kOrderFrames);
  exchange.logits = take(kOrderFrames * config.levels * sizeof(float));
  for (size_t i = 0; i < config.num_inputs; ++i) {
    const auto& [dim, hop] = config.inputs[i];
    exchange.rows[i] = take((kOrderFrames / hop + 2) * dim * sizeof(float));
  }
  return exchange;
}

/// Offset of what `order` of the slot's block exchanges for it.
size_t CudaGroup::offset_of(size_t slot, uint32_t order) const {
  return (slot * kMailboxDepth + order % kMailboxDepth) * exchange_bytes_;
}

Order& CudaGroup::empty_order(uint32_t block, OrderKind kind, size_t num_frames) {
  Order& order = post_.next(block);
  order = {};
  order.kind = kind;
  order.num_frames = static_cast<uint32_t>(num_frames);
  return order;
}

void CudaGroup::set_out(uint32_t block) const {
  post_.post(block);
  post_.launch();
}

void CudaGroup::carry_out(uint32_t block) const {
  set_out(block);
  post_.wait(block, post_.posted(block));
}

void CudaGroup::start(size_t slot, uint32_t seed) {
  SlotOrder& order = of_slot(empty_order(block_of(slot), OrderKind::reset, 0), slot);
  order.is_active = 1;
  order.seed = seed;
  carry_out(block_of(slot));
  voices_[slot] = {};
  voices_[slot].seed = seed;
  voices_[slot].is_active = true;
}

void CudaGroup::reseed(size_t slot, uint32_t seed) {
  SlotOrder& order = of_slot(empty_order(block_of(slot), OrderKind::reseed, 0), slot);
  order.is_active = 1;
  order.seed = seed;
  carry_out(block_of(slot));
  voices_[slot].seed = seed;
}

/// Copies the rows that `stretch` needs to where the device sees them. `conditioning` begins with the frame of the voice's
/// first sample of the call.
void CudaGroup::lend_rows(SlotOrder& order, size_t slot, size_t offset, const Conditioning& conditioning, Stretch stretch) {
  const uint64_t call = voices_[slot].frame - stretch.first;
  const Exchange& exchange = exchange_of(slot);
  for (size_t i = 0; i < config(slot).num_inputs; ++i) {
    if (!conditioning.rows[i]) continue;
    const auto& [dim, hop] = config(slot).inputs[i];
    const uint64_t first = voices_[slot].frame / hop;
    const uint64_t last = (voices_[slot].frame + stretch.count - 1) / hop;
    const float* from = conditioning.rows[i] + (first - call / hop) * dim;
    const auto num_rows = static_cast<size_t>(last - first + 1);
    __builtin_memcpy(mapped_.data() + offset + exchange.rows[i], from, num_rows * dim * sizeof(float));
    order.rows[i] = at<const float>(mapped_.address(offset + exchange.rows[i]));
    order.num_rows[i] = static_cast<uint32_t>(num_rows);
  }
}

void CudaGroup::advance(size_t slot, size_t num_frames) {
  Voice& voice = voices_[slot];
  voice.frame += num_frames;
  voice.consumed += num_frames - (voice.is_forced && num_frames > 0 ? 1 : 0);
  if (num_frames > 0) voice.is_forced = false;
}

void CudaGroup::post_steps(uint32_t block, Stretch stretch, const Sampling* samplings, const Conditioning* conditionings,
                           const double* weights) {
  Order& order = empty_order(block, OrderKind::step, stretch.count);
  const size_t begin = block * slots_;
  for (size_t slot = begin; slot < begin + slots_; ++slot) {
    if (!voices_[slot].is_active) continue;
    const size_t offset = offset_of(slot, post_.posted(block));
    SlotOrder& of_voice = of_slot(order, slot);
    of_voice.is_active = 1;
    of_voice.temperature = samplings[slot].temperature;
    of_voice.top_p = samplings[slot].top_p;
    of_voice.top_k = samplings[slot].top_k;
    if (weights) of_voice.weight = weights[slot];
    if (!weights || slot == 0) {
      of_voice.out = at<float>(mapped_.address(offset + exchange_of(slot).out));
      of_voice.ids = at<uint8_t>(mapped_.address(offset + exchange_of(slot).ids));
    }
    if (conditionings) lend_rows(of_voice, slot, offset, conditionings[slot], stretch);
    advance(slot, stretch.count);
  }
  post_.post(block);
}

void CudaGroup::take_steps(uint32_t block, uint32_t order, Stretch stretch, float* const* outs, uint8_t* const* ids) {
  post_.wait(block, order + 1);
  const size_t begin = block * slots_;
  for (size_t slot = begin; slot < begin + slots_; ++slot) {
    if (!voices_[slot].is_active || !outs[slot]) continue;
    const size_t offset = offset_of(slot, order);
    float* out = outs[slot] + stretch.first;
    uint8_t* tokens = ids ? ids[slot] : nullptr;
    if (fault()) {
      std::fill_n(out, stretch.count, 0.0F);
      if (tokens) std::fill_n(tokens + stretch.first, stretch.count, static_cast<uint8_t>(config(slot).start_token));
      continue;
    }
    __builtin_memcpy(out, mapped_.data() + offset + exchange_of(slot).out, stretch.count * sizeof(float));
    if (tokens) __builtin_memcpy(tokens + stretch.first, mapped_.data() + offset + exchange_of(slot).ids, stretch.count);
  }
}

void CudaGroup::step_block(float* const* outs, size_t num_frames, const Sampling* samplings,
                           const Conditioning* conditionings, uint8_t* const* ids, const double* weights) {
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
      if (n < stretches) post_steps(block, stretch_at(n), samplings, conditionings, weights);
    }
    if (n < stretches) post_.launch();
  }
}

/// The voices of `count` slots from `first_slot` on, all of one block; logits are those of the first.
void CudaGroup::force_slots(size_t first_slot, size_t count, const uint8_t* ids, size_t num_frames, float* logits,
                            const Conditioning* conditionings, const double* weights) {
  const uint32_t block = block_of(first_slot);
  const size_t levels = config(first_slot).levels;
  for (size_t first = 0; first < num_frames; first += kOrderFrames) {
    const Stretch stretch{first, std::min(kOrderFrames, num_frames - first)};
    Order& order = empty_order(block, OrderKind::force, stretch.count);
    const size_t lead = offset_of(first_slot, post_.posted(block));
    const Exchange& exchange = exchange_of(first_slot);
    __builtin_memcpy(mapped_.data() + lead + exchange.ids, ids + first, stretch.count);
    if (logits) of_slot(order, first_slot).logits = at<float>(mapped_.address(lead + exchange.logits));
    for (size_t slot = first_slot; slot < first_slot + count; ++slot) {
      SlotOrder& of_voice = of_slot(order, slot);
      of_voice.is_active = 1;
      of_voice.forced = at<const uint32_t>(mapped_.address(lead + exchange.ids));
      if (weights) of_voice.weight = weights[slot];
      const size_t offset = offset_of(slot, post_.posted(block));
      lend_rows(of_voice, slot, offset, conditionings[slot - first_slot], stretch);
      voices_[slot].frame += stretch.count;
      voices_[slot].consumed += stretch.count;
      voices_[slot].is_forced = true;
    }
    // Where nothing comes back the orders follow each other, and the last one is waited for.
    if (!logits && first + kOrderFrames < num_frames) {
      set_out(block);
      continue;
    }
    carry_out(block);
    if (!logits) continue;
    float* const rows = logits + first * levels;
    if (fault()) std::fill_n(rows, stretch.count * levels, 0.0F);
    else __builtin_memcpy(rows, mapped_.data() + lead + exchange.logits, stretch.count * levels * sizeof(float));
  }
}

/// The states of `count` slots of a block go to `address`, or come from there, one after the other.
void CudaGroup::order_copies(OrderKind kind, size_t first, size_t count, uint64_t address) {
  Order& order = empty_order(block_of(first), kind, 0);
  for (size_t slot = first; slot < first + count; ++slot) {
    SlotOrder& of_voice = of_slot(order, slot);
    of_voice.is_active = 1;
    of_voice.snapshot = at<float>(address);
    address += snapshot_bytes(slot);
  }
}

void CudaGroup::snapshot(size_t slot, unsigned char* into) const {
  // A post is a letter box: that something is asked of the device changes no voice.
  const_cast<CudaGroup&>(*this).order_copies(OrderKind::keep, slot, 1, staged_.address());
  carry_out(block_of(slot));
  state_bytes_crossed_ += snapshot_bytes(slot);
  __builtin_memcpy(into, staged_.data(), snapshot_bytes(slot));
}

bool CudaGroup::restore(size_t slot, const unsigned char* from) {
  VoiceHeader header;
  __builtin_memcpy(&header, from, sizeof header);
  return restore(slot, from, header.frame);
}

bool CudaGroup::restore(size_t slot, const unsigned char* from, uint64_t frame) {
  if (!accepts(slot, from, frame)) return false;
  __builtin_memcpy(staged_.data(), from, snapshot_bytes(slot));
  VoiceHeader header;
  __builtin_memcpy(&header, from, sizeof header);
  header.frame = frame;
  __builtin_memcpy(staged_.data(), &header, sizeof header);
  order_copies(OrderKind::restore, slot, 1, staged_.address());
  carry_out(block_of(slot));
  state_bytes_crossed_ += snapshot_bytes(slot);
  voices_[slot] = {frame, header.consumed, header.seed, header.is_forced != 0, true};
  return true;
}

bool CudaGroup::reserve_marks(size_t count) {
  marked_.resize(count * slots_);
  marks_ = DeviceMemory(parts_[0]->model->device(), count * mark_bytes_);
  return marks_.address() != 0;
}

void CudaGroup::mark(size_t number) {
  order_copies(OrderKind::keep, 0, slots_, marks_.address() + number * mark_bytes_);
  set_out(0);
  std::copy_n(voices_.begin(), slots_, marked_.begin() + static_cast<ptrdiff_t>(number * slots_));
}

void CudaGroup::return_to(size_t number) {
  order_copies(OrderKind::restore, 0, slots_, marks_.address() + number * mark_bytes_);
  set_out(0);
  std::copy_n(marked_.begin() + static_cast<ptrdiff_t>(number * slots_), slots_, voices_.begin());
}

bool CudaGroup::reserve_sent() {
  sent_ = MappedMemory(parts_[0]->model->device(), mark_bytes_);
  return sent_.data() != nullptr;
}

void CudaGroup::send() {
  order_copies(OrderKind::keep, 0, slots_, sent_.address());
  set_out(0);
  state_bytes_crossed_ += mark_bytes_;
}

bool CudaGroup::is_aligned(size_t slot) const {
  const Config& shape = config(slot);
  return voices_[slot].consumed % (shape.pooled(shape.num_pools) * kChunk) == 0;
}

}  // namespace sashimi::cuda
