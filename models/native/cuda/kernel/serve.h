#pragma once

#include "draw.h"
#include "step.h"

namespace sashimi::cuda {

/// The kernel's body: a block takes the orders of its mailbox, one after the other, until none has come for a while.
class Serve {
 public:
  /// `plan` and `pairs` are those of the arguments, or copies that lie nearer.
  SASHIMI_DEVICE Serve(Block& block, const Arguments& arguments, const Plan& plan, const PairPlan* pairs, Shared& shared,
                       const Scratch& scratch)
      : block_(block),
        plan_(plan),
        pairs_(pairs),
        arguments_(arguments),
        mailbox_(arguments.mailboxes[block.index()]),
        shared_(shared),
        scratch_(scratch) {}

  SASHIMI_DEVICE void run() {
    const uint64_t began = microseconds();
    block_.once([&] { shared_.taken = mailbox_.done; });
    // Every launch carries out an order that waits before it thinks of leaving.
    for (bool has_worked = false;; has_worked = true) {
      wait(began, has_worked);
      if (!shared_.has_order) break;
      take_order();
      obey();
      block_.publish();
      block_.once([&] { release(&mailbox_.done, ++shared_.taken); });
    }
    block_.publish();
    block_.once([&] { release(&mailbox_.left, mailbox_.left + 1); });
  }

 private:
  SASHIMI_DEVICE void wait(uint64_t began, bool has_worked) {
    block_.once([&] {
      const uint64_t idle_since = microseconds();
      shared_.has_order = 0;
      for (;;) {
        const uint64_t now = microseconds();
        if (has_worked && now - began > arguments_.longest_us) break;
        if (acquire(&mailbox_.posted) != shared_.taken) {
          shared_.has_order = 1;
          break;
        }
        if (now - idle_since >= arguments_.linger_us) break;
        rest();
      }
    });
  }

  SASHIMI_DEVICE void take_order() {
    const Order& order = mailbox_.orders[shared_.taken % kMailboxDepth];
    const auto* from = reinterpret_cast<const uint32_t*>(&order);
    auto* to = reinterpret_cast<uint32_t*>(&shared_.order);
    block_.tasks(sizeof(Order) / sizeof(uint32_t), [&](uint32_t i) { to[i] = read_host_word(from + i); });
    block_.tasks(arguments_.slots, [&](uint32_t slot) { begin_voice(slot); });
  }

  SASHIMI_DEVICE void begin_voice(uint32_t slot) {
    Slot& voice = shared_.slots[slot];
    const uint32_t place = block_.index() * arguments_.slots + slot;
    voice.state = arguments_.states + uint64_t{place} * plan_.state_floats;
    voice.memory = arguments_.memory + uint64_t{place} * plan_.memory_floats;
    voice.is_active = shared_.order.slots[slot].is_active;
    voice.tally = {0, 0};
    StateHeader header;
    __builtin_memcpy(&header, voice.state, sizeof header);
    voice.frame = header.frame;
    voice.consumed = header.consumed;
    voice.seed = header.seed;
    voice.token = header.token;
    voice.is_forced = header.is_forced;
    voice.first_frame = header.frame;
    for (uint32_t i = 0; i < plan_.num_inputs; ++i) voice.inputs[i].start = static_cast<uint32_t>(header.frame % plan_.inputs[i].hop);
    uint64_t frames = header.consumed;
    for (uint32_t k = 0; k < plan_.num_tiers; ++k) {
      const uint32_t pool = plan_.tiers[k].pool;
      voice.tier_frames[k] = frames;
      voice.places[k] = pool == 0 ? 0 : static_cast<uint32_t>(frames % pool);
      frames = pool == 0 ? 0 : frames / pool;
    }
    const bool is_drawn_first = header.is_forced && shared_.order.kind == OrderKind::step;
    voice.first_consumed = header.frame + (is_drawn_first ? 1 : 0);
  }

  SASHIMI_DEVICE void obey() {
    switch (shared_.order.kind) {
      case OrderKind::step:
      case OrderKind::force: return play();
      case OrderKind::reset: return reset();
      case OrderKind::keep: return copy_states(true);
      case OrderKind::restore: return copy_states(false);
      default: return reseed();
    }
  }

  SASHIMI_DEVICE void play() {
    const bool is_forcing = shared_.order.kind == OrderKind::force;
    take_rows();
    if (is_forcing) take_forced();
    Step step(block_, plan_, pairs_, shared_, scratch_);
    Draw draw(block_, plan_, shared_, scratch_);
    const uint32_t num_slots = arguments_.slots;
    if (shared_.order.num_frames > 0) begin_frame(step, 0, is_forcing);
    for (uint32_t t = 0; t < shared_.order.num_frames; ++t) {
      step.consume();
      if (!is_forcing || wants_logits()) step.predict();
      if (is_forcing) give_logits(t);
      else draw.weigh();
      // A voice's token, the end of its frame and the next one's beginning are one thread's.
      const bool has_next = t + 1 < shared_.order.num_frames;
      block_.tasks(num_slots, [&](uint32_t slot) {
        if (shared_.slots[slot].is_active) {
          if (!is_forcing) draw.choose(slot);
          end_frame(step, slot, t, is_forcing);
        }
        if (has_next) begin_voice_frame(step, slot, t + 1, is_forcing);
      });
      if (has_next) step.gather(num_slots);
    }
    block_.tasks(num_slots, [&](uint32_t slot) { end_voice(slot, is_forcing); });
  }

  SASHIMI_DEVICE void begin_frame(Step& step, uint32_t t, bool is_forcing) {
    block_.tasks(arguments_.slots, [&](uint32_t slot) { begin_voice_frame(step, slot, t, is_forcing); });
    step.gather(arguments_.slots);
  }

  SASHIMI_DEVICE void begin_voice_frame(Step& step, uint32_t slot, uint32_t t, bool is_forcing) {
    if (is_forcing) shared_.slots[slot].token = shared_.forced[slot][t];
    step.begin(slot);
  }

  /// Conditioning comes nearer once, not for every channel that looks at it.
  SASHIMI_DEVICE void take_rows() {
    for (uint32_t slot = 0; slot < arguments_.slots; ++slot) {
      const SlotOrder& order = shared_.order.slots[slot];
      if (!order.is_active) continue;
      for (uint32_t i = 0; i < plan_.num_inputs; ++i) {
        if (!order.rows[i]) continue;
        const auto* from = reinterpret_cast<const uint32_t*>(order.rows[i]);
        float* to = shared_.slots[slot].memory + plan_.inputs[i].rows_at;
        block_.tasks(order.num_rows[i] * plan_.inputs[i].dim, [&](uint32_t n) { to[n] = float_of(read_host_word(from + n)); });
      }
    }
  }

  SASHIMI_DEVICE void take_forced() {
    const uint32_t words = (shared_.order.num_frames + 3) / 4;
    block_.tasks(arguments_.slots * words, [&](uint32_t i) {
      const uint32_t slot = i / words;
      const SlotOrder& order = shared_.order.slots[slot];
      if (!order.is_active) return;
      const uint32_t four = read_host_word(order.forced + i % words);
      for (uint32_t byte = 0; byte < 4; ++byte) {
        shared_.forced[slot][i % words * 4 + byte] = static_cast<uint8_t>(four >> byte * 8);
      }
    });
  }

  SASHIMI_DEVICE bool wants_logits() const {
    for (uint32_t slot = 0; slot < arguments_.slots; ++slot) {
      if (shared_.order.slots[slot].is_active && shared_.order.slots[slot].logits) return true;
    }
    return false;
  }

  SASHIMI_DEVICE void give_logits(uint32_t t) {
    const Columns& active = shared_.active;
    const uint32_t levels = plan_.levels;
    block_.tasks(active.count * levels, [&](uint32_t i) {
      const uint32_t slot = active.slots[i / levels];
      float* logits = shared_.order.slots[slot].logits;
      if (logits) logits[t * levels + i % levels] = scratch_.of(slot)[plan_.logits_at + i % levels];
    });
  }

  SASHIMI_DEVICE void end_frame(Step& step, uint32_t slot, uint32_t t, bool is_forcing) {
    Slot& voice = shared_.slots[slot];
    step.end(slot);
    if (is_forcing) return;
    voice.is_forced = 0;
    const SlotOrder& order = shared_.order.slots[slot];
    if (order.out) order.out[t] = read_number(plan_.decode + voice.token);
    if (order.ids) order.ids[t] = static_cast<uint8_t>(voice.token);
  }

  SASHIMI_DEVICE void end_voice(uint32_t slot, bool is_forcing) {
    const Slot& voice = shared_.slots[slot];
    if (!voice.is_active) return;
    StateHeader header;
    __builtin_memcpy(&header, voice.state, sizeof header);
    header.frame = voice.frame;
    header.consumed = voice.consumed;
    // A forced token was never due.
    if (!is_forcing) header.token = voice.token;
    header.is_forced = is_forcing && shared_.order.num_frames > 0 ? 1 : voice.is_forced;
    __builtin_memcpy(voice.state, &header, sizeof header);
    Tally& tally = mailbox_.tallies[slot];
    tally.surprise += voice.tally.surprise;
    tally.faulty += voice.tally.faulty;
  }

  SASHIMI_DEVICE void reset() {
    for_active([&](uint32_t slot, const SlotOrder& order) {
      float* state = shared_.slots[slot].state;
      block_.tasks(plan_.state_floats, [&](uint32_t i) { state[i] = 0.0F; });
      block_.once([&] {
        StateHeader header = {};
        header.signature = plan_.signature;
        header.seed = order.seed;
        header.token = plan_.start_token;
        __builtin_memcpy(state, &header, sizeof header);
      });
    });
  }

  SASHIMI_DEVICE void copy_states(bool is_kept) {
    for_active([&](uint32_t slot, const SlotOrder& order) {
      float* state = shared_.slots[slot].state;
      float* snapshot = order.snapshot;
      block_.tasks(plan_.state_floats, [&](uint32_t i) {
        if (is_kept) snapshot[i] = state[i];
        else state[i] = float_of(read_host_word(reinterpret_cast<const uint32_t*>(snapshot) + i));
      });
    });
  }

  SASHIMI_DEVICE void reseed() {
    for_active([&](uint32_t slot, const SlotOrder& order) {
      block_.once([&] {
        StateHeader header;
        __builtin_memcpy(&header, shared_.slots[slot].state, sizeof header);
        header.seed = order.seed;
        __builtin_memcpy(shared_.slots[slot].state, &header, sizeof header);
      });
    });
  }

  template <class F>
  SASHIMI_DEVICE void for_active(const F& f) {
    for (uint32_t slot = 0; slot < arguments_.slots; ++slot) {
      const SlotOrder& order = shared_.order.slots[slot];
      if (order.is_active) f(slot, order);
    }
  }

  Block& block_;
  const Plan& plan_;
  const PairPlan* pairs_;
  const Arguments arguments_;
  Mailbox& mailbox_;
  Shared& shared_;
  const Scratch& scratch_;
};

}  // namespace sashimi::cuda
