#pragma once

#include <stdint.h>

/// What the kernel is told, in memory that both sides see alike: numbers and device addresses, no methods. Lengths count
/// floats, unless they say bytes. The host fills it (host/plan_builder.cc); the kernel writes none of it.
namespace sashimi::cuda {

inline constexpr uint32_t kMaxTiers = 7;
inline constexpr uint32_t kMaxInputs = 8;
inline constexpr uint32_t kMaxLevels = 256;
/// The voices that have anything to do at a frame, beside those of each tier.
inline constexpr uint32_t kActive = kMaxTiers;
/// Voices that one block of threads may step together.
inline constexpr uint32_t kMaxSlots = 8;
/// Models that the voices of one block may be of.
inline constexpr uint32_t kMaxEnsembles = 4;
/// Frames of one order at most.
inline constexpr uint32_t kMaxFrames = 256;
/// Frames of a chunk of a diagonal state space: kChunk of ../../kernels/kernels.h.
inline constexpr uint32_t kChunk = 4;
/// Channels of a group of a state space: kLanes there.
inline constexpr uint32_t kLanes = 16;
/// Inputs that share a scale of int4: kInt4Group there.
inline constexpr uint32_t kInt4Group = 32;
/// Warps of a block, of 32 threads each. Weights lie in the order in which its warps come to them.
inline constexpr uint32_t kWarps = 8;
/// Lanes that a product is spread over, and tasks of a state space.
inline constexpr uint32_t kTasks = kWarps * 32;
/// Lanes that share four outputs: no fewer, no more.
inline constexpr uint32_t kFewestLanesLog2 = 2;
inline constexpr uint32_t kMostLanesLog2 = 4;

enum class Format : uint32_t { f32 = 0, bf16 = 1, int8 = 2, int4 = 3 };

/// Steps of weights that a lane has asked for before it needs them: some 30 KB of a block are on their way. A matrix has so many, or
/// twice, thrice as many.
constexpr uint32_t steps_ahead(Format format) { return format == Format::f32 ? 2 : 4; }

/// y = W x + bias. Two to the lanes_log2 lanes of a warp share a quad, four outputs: each takes stretches of four inputs, a
/// step, and their sums are added. The weights lie on the tape of a stretch of phases.
struct MatrixPlan {
  const float* scales;  ///< int8: (out). int4: (groups of inputs, quads, 4).
  const float* bias;    ///< (out)
  uint32_t in;
  uint32_t out;
  Format format;
  uint32_t lanes_log2;  ///< kFewestLanesLog2 to kMostLanesLog2.
  uint32_t tasks;   ///< Of a warp each, dealt out in turn.
  uint32_t steps;   ///< Of a lane.
  uint32_t is_glu;  ///< A quad is two values and their two gates, which lie half of the outputs further on.
};

struct NormPlan {
  const float* gain;
  const float* offset;
  float eps;
  float shift;
  float scale;  ///< One over the width.
  uint32_t width;
  uint32_t padded;
};

/// One state space per channel, laid out as `StateSpace` of kernels.h says.
struct StateSpacePlan {
  const float* coefficients;
  uint32_t is_diagonal;
  uint32_t has_short_outputs;
  uint32_t pairs;
  uint32_t pair_rows;         ///< Rows of kLanes coefficients of a pair.
  uint32_t coefficient_rows;  ///< The same of a group.
  uint32_t state_rows;        ///< Rows of kLanes numbers of a group's state.
  uint32_t slices;            ///< Stretches of pairs, a task each.
  uint32_t pairs_per_slice;
  uint32_t state_at;  ///< In the voice's state.
};

enum class Work : uint32_t {
  embed,         ///< Tokens become frames of tier 0.
  fill,          ///< Frames of a tier of a unet go into its window.
  diagonal,      ///< A norm and a diagonal state space.
  normalise,     ///< A norm, for a rank-one state space.
  rank_one,      ///< The slices of one.
  rank_one_sum,  ///< Their sums.
  product,
  finish,        ///< The last norm.
};

/// What a product becomes, in the lanes that have its sums.
enum class Then : uint32_t {
  glu,       ///< x + value * sigmoid(gate)
  residual,  ///< x + value
  gelu,      ///< Into `wide`; its input is normalised first.
  frame,     ///< x of the tier below the one whose window it was.
  queue,     ///< What the tier above adds from its next frame on.
  logits,
  rarer,     ///< One of the last three. No phase has it.
};

/// States that end a chunk go on beside a product, which has no use for them: their parts beside one, the sums of these
/// beside the next.
enum class Chunk : uint32_t { none, parts, sums };

/// Phases of a stretch.
inline constexpr uint32_t kMostOfStretch = 32;

/// Phases that follow each other and whose products read one tape. It has the weights of each warp in the order in which the warp needs
/// them: (warps, phases, tasks of the warp, steps, parts of a step, 32 lanes), host/tape.h.
struct StretchPlan {
  const void* tape;
  uint32_t warp_bytes;  ///< That a warp has on it, and as much behind them as is asked for ahead.
  uint32_t until;       ///< The phase behind the last. 0: no stretch.
  Format format;        ///< Of all its matrices.
  uint32_t is_of_layers;  ///< Or it is one of the rarer products.
  // Which phases of layers are what, a bit each, the first in the lowest; the others end as residual.
  uint32_t diagonals;
  uint32_t glus;
  uint32_t gelus;
  // The first product with each end, or its first without any: those with the same end differ in addresses alone, and take and give at the
  // same places.
  uint32_t glu;
  uint32_t gelu;
  uint32_t residual;
};

/// One phase of a frame.
struct alignas(16) PhasePlan {
  StretchPlan stretch;  ///< That begins here.
  MatrixPlan matrix;
  NormPlan norm;
  StateSpacePlan ssm;
  Work work;
  Then then;
  Chunk chunk;
  uint32_t chunk_parts;  ///< Tasks of it, for as many channels as a warp has lanes.
  uint32_t tier;
  uint32_t layer;
  // Places in the scratch of a slot; 0 for nothing, as the stream of tier 0 is there.
  uint32_t from;  ///< The input.
  uint32_t to;    ///< What comes of it; unused by the rarer products.
  uint32_t save;  ///< Where the input of a block is kept.
  uint32_t add;   ///< What is added to its output.
};

/// Phases that follow each other, of the voices of one tier.
struct Segment {
  uint32_t begin;
  uint32_t end;
  uint32_t columns;  ///< The tier, or kActive.
  uint32_t tier;
  uint32_t goes_up;
};

/// What a conditioning input adds to a tier.
struct ProjectionPlan {
  const float* columns;  ///< (dim, padded)
  const float* dropped;  ///< (padded)
};

struct TierPlan {
  uint64_t pooled;  ///< Samples per frame of the tier.
  ProjectionPlan inputs[kMaxInputs];
  uint32_t has_down_pairs;
  uint32_t padded;
  uint32_t pool;       ///< 0 of the deepest.
  uint32_t window_at;  ///< In the voice's state.
  uint32_t queue_at;
  uint32_t x_at;          ///< In the scratch of a slot: the residual stream.
  uint32_t handed_at;     ///< In the slot's device memory: a full window, where the next tier is another block's.
  uint32_t projected_at;  ///< In the slot's device memory: (inputs, padded), what inputs add.
};

struct InputPlan {
  uint64_t hop;  ///< Samples per frame.
  uint32_t dim;
  uint32_t rows_at;  ///< In the slot's device memory: the rows of the order.
};

struct alignas(16) Plan {
  TierPlan tiers[kMaxTiers];
  InputPlan inputs[kMaxInputs];
  const float* embedding;  ///< (levels, padded of tier 0)
  const float* decode;     ///< (levels)
  Segment segments[2 * kMaxTiers + 2];  ///< Down the tiers, up again, then what ends a frame, then its logits.
  uint32_t num_segments;
  uint32_t num_tiers;
  uint32_t num_inputs;
  uint32_t levels;
  uint32_t start_token;
  uint32_t signature;
  uint32_t state_floats;
  uint32_t features_at;  ///< In the voice's state.

  // Places in the scratch of a slot.
  uint32_t normed_at;     ///< (widest)
  uint32_t wide_at;       ///< Output of the state spaces, inside of the feed-forward.
  uint32_t windows_at;    ///< (2, widest window): full windows, of even and of odd tiers.
  uint32_t window_floats;
  uint32_t responses_at;  ///< Sums of the tasks of a state space.
  uint32_t moments_at;    ///< Of a norm that several warps need.
  uint32_t logits_at;     ///< (padded levels)
  uint32_t scratch_floats;
  uint32_t memory_floats;  ///< Of the device memory of a slot: conditioning rows and what they add.
};

/// Head of a voice's state: VoiceHeader of ../../core/voice_state.h.
struct StateHeader {
  uint64_t frame;
  uint64_t consumed;
  uint32_t signature;
  uint32_t seed;
  uint32_t token;
  uint32_t is_forced;
};

}  // namespace sashimi::cuda
