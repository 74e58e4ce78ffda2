#pragma once

#include "plan.h"

/// How host and kernel talk: in host memory that the device sees. A block of threads has a mailbox of its own and takes
/// its orders one after the other. Whoever writes a counter of another side's interest releases it, and whoever reads it
/// acquires it; everything else is written by one side before that, and left alone by it afterwards.
namespace sashimi::cuda {

/// Orders that may wait in a mailbox.
inline constexpr uint32_t kMailboxDepth = 4;

enum class OrderKind : uint32_t {
  step = 0,     ///< Draws `num_frames` tokens.
  force = 1,    ///< Consumes `forced` instead.
  reset = 2,    ///< Frame 0 and silence, with `seed`.
  keep = 3,     ///< The state goes into `snapshot`, which may lie on the device or in host memory.
  restore = 4,  ///< And comes from there.
  reseed = 5,   ///< Keys the draws from now on.
};

/// How the predictions of the voices of a block become one, from which all take their token: Mixing of ../../core/composite.h.
enum class Mixing : uint32_t {
  none = 0,     ///< Each has its own.
  mixture = 1,
  product = 2,
};

/// What an order says of one voice.
struct SlotOrder {
  double temperature;
  double top_p;
  uint32_t top_k;
  uint32_t is_active;
  uint32_t seed;
  double weight;  ///< Of its prediction, where a block mixes.
  /// (num_frames). Addresses as the device has them; what is not wanted is null.
  float* out;
  uint8_t* ids;
  const uint32_t* forced;  ///< Four tokens a word, the first in the lowest byte.
  float* logits;  ///< (num_frames, levels)
  float* snapshot;
  const float* rows[kMaxInputs];  ///< Conditioning, as Conditioning of ../../core/conditioning.h; null drops the input.
  uint32_t num_rows[kMaxInputs];
};

struct Order {
  OrderKind kind;
  uint32_t num_frames;
  SlotOrder slots[kMaxSlots];
};

/// What a voice has drawn since its slot was made: tallies of TokenDraw.
struct Tally {
  uint64_t surprise;
  uint64_t faulty;
};

/// Of one block. Counters wrap around; each lies on a cache line of its own.
struct Mailbox {
  alignas(64) uint32_t posted;  ///< By the host: orders so far.
  alignas(64) uint32_t done;    ///< By the kernel: the same.
  alignas(64) uint32_t left;    ///< By the kernel: launches that have ended.
  alignas(64) Tally tallies[kMaxSlots];
  Order orders[kMailboxDepth];
};

/// How far a block of a team is: by itself alone, for its neighbours. Counters wrap around.
struct Progress {
  uint32_t handed;      ///< Frames of the next tier for which windows are full.
  uint32_t given_back;  ///< Frames of its own tier of which it has given back what they made.
  uint32_t ended;       ///< Orders.
};

/// On a cache line of its own.
struct alignas(128) ProgressLine : Progress {};

/// What the blocks of a team tell each other: team.h.
struct Board {
  alignas(128) uint32_t begun;  ///< Orders so far; `order` is the last of them.
  uint32_t left;                ///< Launches that are over.
  alignas(16) Order order;
  ProgressLine ranks[kMaxTiers];
};

/// The voices of a block that are of one model: slots that follow each other.
struct Ensemble {
  const Plan* plan;
  const PhasePlan* phases;
  float* states;  ///< (blocks, num_slots, state_floats)
  float* memory;  ///< (blocks, num_slots, memory_floats)
  uint32_t num_phases;
  uint32_t first_slot;
  uint32_t num_slots;
};

/// The arguments of a launch.
struct Arguments {
  const Ensemble* ensembles;  ///< (num_ensembles), the same in every block.
  Mailbox* mailboxes;         ///< (blocks / team)
  Board* boards;              ///< The same, in device memory.
  uint64_t memory_bytes;      ///< Of a block.
  uint32_t num_ensembles;
  uint32_t slots;           ///< Of a block.
  uint32_t team;            ///< Blocks that step the same voices: 1, or one to a tier.
  uint32_t launch;          ///< Launches before this one.
  uint32_t scratch_floats;  ///< Of a slot: enough for every plan.
  Mixing mixing;            ///< Where it is one, a block has all members of a composite, and the first slot draws for them.
  uint32_t linger_us;  ///< How long a block waits for another order before it leaves.
  uint32_t longest_us;  ///< After which it leaves whatever waits: the next launch goes on.
};

}  // namespace sashimi::cuda
