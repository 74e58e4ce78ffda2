#pragma once

#include "draw.h"
#include "mix.h"
#include "step.h"

namespace sashimi::cuda {

/// The kernel's body: a block takes the orders of its mailbox, one after the other, until none has come for a while.
class Serve {
 public:
  SASHIMI_DEVICE Serve(Block& block, const Arguments& arguments)
      : block_(block), near_(block), team_(block), arguments_(arguments), number_(block.index() / arguments.team),
        mailbox_(arguments.mailboxes[number_]) {}

  SASHIMI_DEVICE void run() {
    const uint64_t began = microseconds();
    bring_near();
    if (!team_.is_first()) return play_along();
    block_.once([&] { shared().taken = mailbox_.done; });
    // Every launch carries out an order that waits before it thinks of leaving.
    for (bool has_worked = false;; has_worked = true) {
      wait(began, has_worked);
      if (!shared().has_order) break;
      take_order();
      obey();
      block_.publish();
      block_.once([&] { release(&mailbox_.done, ++shared().taken); });
    }
    team_.leave(arguments_.launch);
    block_.publish();
    block_.once([&] { release(&mailbox_.left, mailbox_.left + 1); });
  }

 private:
  SASHIMI_DEVICE Shared& shared() const { return near_.shared(); }

  /// Copies the plans into the block's memory; the scratch is behind them.
  SASHIMI_DEVICE void bring_near() {
    uint32_t used = sizeof(Shared);
    for (uint32_t e = 0; e < arguments_.num_ensembles; ++e) {
      NearEnsemble& near = shared().ensembles[e];
      copy_words(arguments_.ensembles + e, &near.given, sizeof(Ensemble));
      const uint32_t phases_at = used + sizeof(Plan);
      const uint32_t phases_bytes = near.given.num_phases * static_cast<uint32_t>(sizeof(PhasePlan));
      copy_words(near.given.plan, &near_.at<uint32_t>(used), sizeof(Plan));
      copy_words(near.given.phases, &near_.at<uint32_t>(phases_at), phases_bytes);
      block_.once([&] {
        near.plan_at = used;
        near.phases_at = phases_at;
      });
      block_.tasks(near.given.num_slots, [&](uint32_t i) { shared().slots[near.given.first_slot + i].ensemble = e; });
      used = phases_at + phases_bytes;
    }
    block_.once([&] {
      team_.join(arguments_.boards + number_, block_.index() % arguments_.team, arguments_.team);
      shared().draws_at = used;
      shared().scratch_at = used + arguments_.slots * static_cast<uint32_t>(sizeof(DrawScratch));
      shared().scratch_bytes = arguments_.scratch_floats * 4;
    });
  }

  SASHIMI_DEVICE void copy_words(const void* from, void* to, uint32_t bytes) {
    const auto* source = static_cast<const uint32_t*>(from);
    auto* target = static_cast<uint32_t*>(to);
    block_.tasks(bytes / 4, [&](uint32_t i) { target[i] = source[i]; });
  }

  SASHIMI_DEVICE void wait(uint64_t began, bool has_worked) {
    block_.once([&] {
      const uint64_t idle_since = microseconds();
      shared().has_order = 0;
      for (;;) {
        const uint64_t now = microseconds();
        if (has_worked && now - began > arguments_.longest_us) break;
        if (acquire(&mailbox_.posted) != shared().taken) {
          shared().has_order = 1;
          break;
        }
        if (now - idle_since >= arguments_.linger_us) break;
        rest();
      }
    });
  }

  SASHIMI_DEVICE void take_order() {
    const Order& order = mailbox_.orders[shared().taken % kMailboxDepth];
    const auto* from = reinterpret_cast<const uint32_t*>(&order);
    auto* to = reinterpret_cast<uint32_t*>(&shared().order);
    block_.tasks(sizeof(Order) / sizeof(uint32_t), [&](uint32_t i) { to[i] = read_host_word(from + i); });
    begin_voices();
  }

  SASHIMI_DEVICE void begin_voices() {
    block_.tasks(arguments_.slots, [&](uint32_t slot) { begin_voice(slot); });
  }

  SASHIMI_DEVICE void begin_voice(uint32_t slot) {
    Slot& voice = shared().slots[slot];
    const Ensemble& ensemble = shared().ensembles[voice.ensemble].given;
    const Plan& plan = near_.plan(voice.ensemble);
    const uint32_t place = number_ * ensemble.num_slots + slot - ensemble.first_slot;
    voice.state = ensemble.states + uint64_t{place} * plan.state_floats;
    voice.memory = ensemble.memory + uint64_t{place} * plan.memory_floats;
    voice.logits_at = plan.logits_at;
    voice.is_active = shared().order.slots[slot].is_active;
    voice.tally = {0, 0};
    StateHeader header;
    __builtin_memcpy(&header, voice.state, sizeof header);
    voice.frame = header.frame;
    voice.consumed = header.consumed;
    voice.seed = header.seed;
    voice.token = header.token;
    voice.is_forced = header.is_forced;
    voice.first_frame = header.frame;
    for (uint32_t i = 0; i < plan.num_inputs; ++i) voice.inputs[i].start = static_cast<uint32_t>(header.frame % plan.inputs[i].hop);
    uint64_t frames = header.consumed;
    for (uint32_t k = 0; k < plan.num_tiers; ++k) {
      const uint32_t pool = plan.tiers[k].pool;
      voice.tier_frames[k] = frames;
      voice.places[k] = pool == 0 ? 0 : static_cast<uint32_t>(frames % pool);
      frames = pool == 0 ? 0 : frames / pool;
    }
    const bool is_drawn_first = header.is_forced && shared().order.kind == OrderKind::step;
    voice.first_consumed = header.frame + (is_drawn_first ? 1 : 0);
  }

  SASHIMI_DEVICE void obey() {
    switch (shared().order.kind) {
      case OrderKind::step:
      case OrderKind::force: return play();
      case OrderKind::reset: return reset();
      case OrderKind::keep: return copy_states(true);
      case OrderKind::restore: return copy_states(false);
      default: return reseed();
    }
  }

  SASHIMI_DEVICE void play() {
    const bool is_forcing = shared().order.kind == OrderKind::force;
    const uint32_t num_frames = shared().order.num_frames;
    take_rows();
    team_.begin_order();
    if (is_forcing) take_forced();
    const bool predicts = !is_forcing || wants_logits();
    const bool is_mixing = arguments_.mixing != Mixing::none;
    const uint32_t levels = near_.plan(0).levels;
    Draw draw(block_, levels);
    for (uint32_t t = 0; t <= num_frames; ++t) {
      // A voice's token, the end of its frame and the next one's beginning are one thread's.
      if (t > 0 && is_mixing && !is_forcing) block_.warps(1, [&](const Warp& warp, uint32_t) { draw.choose(warp, 0); });
      block_.warps(arguments_.slots, [&](const Warp& warp, uint32_t slot) {
        Slot& voice = shared().slots[slot];
        if (t > 0 && voice.is_active && !is_forcing && !is_mixing) draw.choose(warp, slot);
        warp.once([&] {
          if (t > 0 && voice.is_active) {
            if (!is_forcing && is_mixing && slot > 0) voice.token = shared().slots[0].token;
            end_frame(slot, t - 1, is_forcing);
          }
          if (t == num_frames) return;
          if (is_forcing) voice.token = shared().forced[slot][t];
          begin_frame(near_.plan_of_slot(slot), voice, is_forcing);
        });
      });
      if (t == num_frames) break;
      step(predicts);
      if (is_mixing && predicts) mix_apart(block_, levels, arguments_.slots, arguments_.mixing);
      if (is_forcing) give_logits(t);
      else weigh_apart(block_, levels);
    }
    team_.end_order();
    block_.tasks(arguments_.slots, [&](uint32_t slot) { end_voice(slot, is_forcing); });
  }

  /// A frame of the tiers that this block has.
  SASHIMI_DEVICE void step(bool predicts) {
    for (uint32_t e = 0; e < arguments_.num_ensembles; ++e) step_apart(block_, e, predicts);
  }

  /// What a block does that is not the first of its team: its tiers, frame by frame, of all that is played.
  SASHIMI_DEVICE void play_along() {
    while (team_.take_order(arguments_.launch)) {
      begin_voices();
      const bool is_forcing = shared().order.kind == OrderKind::force;
      for (uint32_t t = 0; t < shared().order.num_frames; ++t) {
        block_.tasks(arguments_.slots, [&](uint32_t slot) {
          Slot& voice = shared().slots[slot];
          if (t > 0 && voice.is_active) pass(slot, is_forcing);
          begin_frame(near_.plan_of_slot(slot), voice, is_forcing);
        });
        step(false);
      }
      team_.end_own_order();
    }
  }

  /// A voice has a frame behind it.
  SASHIMI_DEVICE void pass(uint32_t slot, bool is_forcing) {
    Slot& voice = shared().slots[slot];
    pass_frame(near_.plan_of_slot(slot), voice);
    if (!is_forcing) voice.is_forced = 0;
  }

  /// Conditioning comes nearer once, not for every channel that looks at it.
  SASHIMI_DEVICE void take_rows() {
    for (uint32_t slot = 0; slot < arguments_.slots; ++slot) {
      const SlotOrder& order = shared().order.slots[slot];
      const Plan& plan = near_.plan_of_slot(slot);
      if (!order.is_active) continue;
      for (uint32_t i = 0; i < plan.num_inputs; ++i) {
        if (!order.rows[i]) continue;
        const auto* from = reinterpret_cast<const uint32_t*>(order.rows[i]);
        float* to = shared().slots[slot].memory + plan.inputs[i].rows_at;
        block_.tasks(order.num_rows[i] * plan.inputs[i].dim, [&](uint32_t n) { to[n] = float_of(read_host_word(from + n)); });
      }
    }
  }

  SASHIMI_DEVICE void take_forced() {
    const uint32_t words = (shared().order.num_frames + 3) / 4;
    block_.tasks(arguments_.slots * words, [&](uint32_t i) {
      const uint32_t slot = i / words;
      const SlotOrder& order = shared().order.slots[slot];
      if (!order.is_active) return;
      const uint32_t four = read_host_word(order.forced + i % words);
      for (uint32_t byte = 0; byte < 4; ++byte) {
        shared().forced[slot][i % words * 4 + byte] = static_cast<uint8_t>(four >> byte * 8);
      }
    });
  }

  SASHIMI_DEVICE bool wants_logits() const {
    for (uint32_t slot = 0; slot < arguments_.slots; ++slot) {
      if (shared().order.slots[slot].is_active && shared().order.slots[slot].logits) return true;
    }
    return false;
  }

  SASHIMI_DEVICE void give_logits(uint32_t t) {
    const Columns& active = near_.active();
    const uint32_t levels = near_.plan(0).levels;
    block_.tasks(active.count * levels, [&](uint32_t i) {
      const uint32_t slot = active.slots[i / levels];
      float* logits = shared().order.slots[slot].logits;
      if (logits) logits[t * levels + i % levels] = near_.logits(slot)[i % levels];
    });
  }

  SASHIMI_DEVICE void end_frame(uint32_t slot, uint32_t t, bool is_forcing) {
    pass(slot, is_forcing);
    if (is_forcing) return;
    const Slot& voice = shared().slots[slot];
    const SlotOrder& order = shared().order.slots[slot];
    if (order.out) order.out[t] = read_number(near_.plan_of_slot(slot).decode + voice.token);
    if (order.ids) order.ids[t] = static_cast<uint8_t>(voice.token);
  }

  SASHIMI_DEVICE void end_voice(uint32_t slot, bool is_forcing) {
    const Slot& voice = shared().slots[slot];
    if (!voice.is_active) return;
    StateHeader header;
    __builtin_memcpy(&header, voice.state, sizeof header);
    header.frame = voice.frame;
    header.consumed = voice.consumed;
    // A forced token was never due.
    if (!is_forcing) header.token = voice.token;
    header.is_forced = is_forcing && shared().order.num_frames > 0 ? 1 : voice.is_forced;
    __builtin_memcpy(voice.state, &header, sizeof header);
    Tally& tally = mailbox_.tallies[slot];
    tally.surprise += voice.tally.surprise;
    tally.faulty += voice.tally.faulty;
  }

  SASHIMI_DEVICE void reset() {
    for_active([&](uint32_t slot, const SlotOrder& order) {
      float* state = shared().slots[slot].state;
      const Plan& plan = near_.plan_of_slot(slot);
      block_.tasks(plan.state_floats, [&](uint32_t i) { state[i] = 0.0F; });
      block_.once([&] {
        StateHeader header = {};
        header.signature = plan.signature;
        header.seed = order.seed;
        header.token = plan.start_token;
        __builtin_memcpy(state, &header, sizeof header);
      });
    });
  }

  SASHIMI_DEVICE void copy_states(bool is_kept) {
    for_active([&](uint32_t slot, const SlotOrder& order) {
      float* state = shared().slots[slot].state;
      float* snapshot = order.snapshot;
      const float* from = is_kept ? state : snapshot;
      float* to = is_kept ? snapshot : state;
      // Several numbers at once: what takes time is the way, not the amount.
      const uint32_t quads = near_.plan_of_slot(slot).state_floats / 4;
      const uint32_t stretch = (quads + kCopiedQuads - 1) / kCopiedQuads;
      block_.tasks(stretch, [&](uint32_t i) {
        Quad held[kCopiedQuads];
        for (uint32_t k = 0; k < kCopiedQuads && i + k * stretch < quads; ++k) held[k] = read_host_quad(from + 4 * (i + k * stretch));
        for (uint32_t k = 0; k < kCopiedQuads && i + k * stretch < quads; ++k) {
          *reinterpret_cast<Quad*>(to + 4 * (i + k * stretch)) = held[k];
        }
      });
    });
  }

  SASHIMI_DEVICE void reseed() {
    for_active([&](uint32_t slot, const SlotOrder& order) {
      block_.once([&] {
        StateHeader header;
        __builtin_memcpy(&header, shared().slots[slot].state, sizeof header);
        header.seed = order.seed;
        __builtin_memcpy(shared().slots[slot].state, &header, sizeof header);
      });
    });
  }

  template <class F>
  SASHIMI_DEVICE void for_active(const F& f) {
    for (uint32_t slot = 0; slot < arguments_.slots; ++slot) {
      const SlotOrder& order = shared().order.slots[slot];
      if (order.is_active) f(slot, order);
    }
  }

  /// Stretches of a state that a task copies some of each.
  static constexpr uint32_t kCopiedQuads = 4;

  Block& block_;
  const Near near_;
  Team team_;
  const Arguments arguments_;
  const uint32_t number_;  ///< Of the mailbox.
  Mailbox& mailbox_;
};

}  // namespace sashimi::cuda
