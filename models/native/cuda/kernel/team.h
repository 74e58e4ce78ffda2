#pragma once

#include "near.h"

/// Several blocks that step the same voices. The first has tier 0, the draws and the mailbox; each other has a tier of its own, the
/// last all that are left. A tier takes in a window of the one above it and gives back what that adds from its next frame on
/// (PhasePlan::queue), so tiers run beside each other: one waits only where it comes to those next frames before the other is done.
/// All blocks walk through the same frames of the same orders; what they tell each other lies on a board in device memory. All of
/// them must be on the device at once.
namespace sashimi::cuda {

class Team {
 public:
  SASHIMI_DEVICE explicit Team(Block& block) : block_(block), near_(block) {}

  /// Of `board`, as its block `rank` of `size`. One thread.
  SASHIMI_DEVICE void join(Board* board, uint32_t rank, uint32_t size) const {
    Shared& shared = near_.shared();
    shared.board = board;
    shared.rank = rank;
    shared.team = size;
    shared.own = board->ranks[rank];
    shared.met = shared.own.handed;
  }

  // The first.

  /// The order at hand, and the conditioning rows in the voices' memory, are there for all.
  SASHIMI_DEVICE void begin_order() {
    if (size() == 1) return;
    Board& board = this->board();
    copy(&near_.shared().order, &board.order);
    block_.tell([&] { return Telling{&board.begun, board.begun + 1}; });
  }

  /// Until all have carried it out.
  SASHIMI_DEVICE void end_order() {
    if (size() == 1) return;
    block_.once([&] {
      for (uint32_t rank = 1; rank < size(); ++rank) await(&board().ranks[rank].ended, board().begun);
    });
  }

  /// No order will come in `launch`.
  SASHIMI_DEVICE void leave(uint32_t launch) {
    if (size() > 1) block_.tell([&] { return Telling{&board().left, launch + 1}; });
  }

  // The others.

  /// Waits for an order, and takes it. False when none will come in `launch`.
  SASHIMI_DEVICE bool take_order(uint32_t launch) {
    block_.once([&] {
      const Board& board = this->board();
      near_.shared().has_order = 0;
      for (;;) {
        // Looked at first: of an order that was begun before the first left, nothing is missed.
        const bool is_over = static_cast<int32_t>(look(&board.left) - launch) > 0;
        if (look(&board.begun) != own().ended) {
          await(&board.begun, own().ended + 1);
          near_.shared().has_order = 1;
          break;
        }
        if (is_over) break;
        rest();
      }
    });
    if (!near_.shared().has_order) return false;
    copy(&board().order, &near_.shared().order);
    return true;
  }

  SASHIMI_DEVICE void end_own_order() {
    block_.tell([&] { return Telling{&board().ranks[rank()].ended, ++own().ended}; });
  }

  // All, tier by tier.

  SASHIMI_DEVICE bool is_first() const { return rank() == 0; }
  SASHIMI_DEVICE bool has(uint32_t tier) const { return rank() == (tier < size() ? tier : size() - 1); }
  /// Whether the windows of `tier`, which this block has, go to another block: where the model has a tier below it.
  SASHIMI_DEVICE bool hands_on(const Plan& plan, uint32_t tier) const { return tier + 1 < size() && tier + 1 < plan.num_tiers; }

  /// Before a frame of `tier`: the window that it takes in lies in the voices' memory, and what it gets back in their states.
  SASHIMI_DEVICE void meet(const Plan& plan, uint32_t tier) {
    const bool takes = is_handed(tier);
    const bool gets_back = hands_on(plan, tier) && near_.shared().met != own().handed;
    if (!takes && !gets_back) return;
    block_.once([&] {
      if (takes) await(&board().ranks[rank() - 1].handed, own().given_back + 1);
      if (!gets_back) return;
      await(&board().ranks[rank() + 1].given_back, own().handed);
      near_.shared().met = own().handed;
    });
  }

  /// Whether the windows that `tier` takes in are those of another block.
  SASHIMI_DEVICE bool is_handed(uint32_t tier) const { return tier > 0 && tier == rank(); }

  /// Full windows of `tier` are in the voices' memory.
  SASHIMI_DEVICE void hand_on() {
    block_.tell([&] { return Telling{&board().ranks[rank()].handed, ++own().handed}; });
  }

  /// What they made is in the voices' states.
  SASHIMI_DEVICE void give_back() {
    block_.tell([&] { return Telling{&board().ranks[rank()].given_back, ++own().given_back}; });
  }

 private:
  SASHIMI_DEVICE Progress& own() const { return near_.shared().own; }
  SASHIMI_DEVICE uint32_t rank() const { return near_.shared().rank; }
  SASHIMI_DEVICE uint32_t size() const { return near_.shared().team; }
  SASHIMI_DEVICE Board& board() const { return *in_device_memory(near_.shared().board); }

  SASHIMI_DEVICE void copy(const Order* from, Order* to) {
    const auto* source = reinterpret_cast<const uint32_t*>(from);
    auto* target = reinterpret_cast<uint32_t*>(to);
    block_.tasks(sizeof(Order) / sizeof(uint32_t), [&](uint32_t i) { target[i] = source[i]; });
  }

  Block& block_;
  const Near near_;
};

}  // namespace sashimi::cuda
