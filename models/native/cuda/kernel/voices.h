#pragma once

#include "block_memory.h"
#include "orders.h"

namespace sashimi::cuda {

/// Where an input stands at the frame at hand.
struct InputFrame {
  uint32_t start;     ///< The order's first frame, counted from its row's first.
  uint32_t row;       ///< Of the order's rows.
  uint32_t is_fresh;  ///< Bit k: tier k meets this row for the first time in this order.
};

/// An ensemble, and where its plan lies in the block's memory.
struct NearEnsemble {
  Ensemble given;
  uint32_t plan_at;  ///< Bytes.
  uint32_t phases_at;
};

/// One voice while an order runs.
struct Slot {
  float* state;
  float* memory;
  uint64_t frame;
  uint64_t consumed;
  uint64_t first_frame;      ///< Of the order.
  uint64_t first_consumed;   ///< The first frame of the order that is consumed.
  uint64_t tier_frames[kMaxTiers];  ///< That a tier has behind it.
  Tally tally;
  InputFrame inputs[kMaxInputs];
  uint32_t places[kMaxTiers];  ///< Of the tier's frame in its window.
  uint32_t seed;
  uint32_t token;
  uint32_t is_forced;
  uint32_t is_active;
  uint32_t ensemble;
  uint32_t logits_at;  ///< In its scratch.
  uint32_t consumes;  ///< At this frame.
  uint32_t depth;     ///< Deepest tier that runs at this frame.
};

/// The voices at hand of one tier, by slot.
struct Columns {
  uint32_t count;
  uint32_t slots[kMaxSlots];
};

/// What the threads of a block share, at the beginning of its memory. Places are bytes of it.
struct alignas(16) Shared {
  NearEnsemble ensembles[kMaxEnsembles];
  Order order;
  Slot slots[kMaxSlots];
  Columns columns[kMaxTiers + 1];  ///< By tier, and kActive.
  uint8_t forced[kMaxSlots][kMaxFrames];
  Board* board;  ///< Of the team.
  Progress own;  ///< What stands there of this block.
  uint32_t met;  ///< How many of the frames that were handed on are known to have been given back.
  uint32_t rank;  ///< In the team.
  uint32_t team;  ///< Its size.
  uint32_t taken;  ///< Orders that were carried out.
  uint32_t has_order;
  uint32_t draws_at;    ///< (slots) DrawScratch
  uint32_t scratch_at;  ///< (slots, scratch_bytes)
  uint32_t scratch_bytes;
};

}  // namespace sashimi::cuda
