#pragma once

#include "multiply.h"
#include "recurrences.h"
#include "windows.h"

namespace sashimi::cuda {

/// A stretch of phases of up to kColumns voices: of layers, their state spaces and products in turn, or one of the rarer products.
template <Format kFormat, uint32_t kColumns, bool kIsOfLayers>
class Products : public Stage {
 public:
  SASHIMI_DEVICE Products(Block& block, uint32_t ensemble)
      : Stage(block, ensemble), windows_(block, ensemble), recurrences_(block, ensemble) {}

  /// The stretch that begins with phase `begin`.
  SASHIMI_DEVICE void run(uint32_t begin, uint32_t columns_of) {
    const PhasePlan& first = phase_at(begin);
    const StretchPlan stretch = first.stretch;
    const Columns& columns = near_.columns(columns_of);
    block_.each_thread([&](const Warp& warp, uint32_t lane) { tapes_.at(warp, lane).begin(stretch, warp.index(), lane); });
    tier_ = first.tier;
    padded_ = plan().tiers[tier_].padded;
    if constexpr (kColumns == 1) alone_ = here(columns.slots[0], tier_);
    if constexpr (!kIsOfLayers) {
      run_product<Then::rarer>(first, kind_of(begin), columns);
    } else {
      const Kind glu = kind_of(stretch.glu);
      const Kind gelu = kind_of(stretch.gelu);
      const Kind residual = kind_of(stretch.residual);
      // In registers: behind a barrier there is no time to look them up.
      uint32_t diagonals = stretch.diagonals;
      uint32_t glus = stretch.glus;
      uint32_t gelus = stretch.gelus;
      for (uint32_t i = begin; i < stretch.until; ++i) {
        const PhasePlan& phase = phase_at(i);
        // First what does not wait for the tape.
        if ((diagonals & 1U) != 0) run_diagonal(phase, columns);
        else if ((glus & 1U) != 0) run_product<Then::glu>(phase, glu, columns);
        else if ((gelus & 1U) != 0) run_product<Then::gelu>(phase, gelu, columns);
        else run_product<Then::residual>(phase, residual, columns);
        diagonals >>= 1;
        glus >>= 1;
        gelus >>= 1;
      }
    }
  }

 private:
  SASHIMI_DEVICE static uint32_t count_of(const Columns& columns) { return kColumns <= kFewColumns ? kColumns : columns.count; }

  SASHIMI_DEVICE Here voice_of_column(const Columns& columns, uint32_t c) const {
    return kColumns == 1 ? alone_ : here(columns.slots[c], tier_);
  }

  /// All of a plan is read at once: reads of the block's memory take long when they wait for each other.
  SASHIMI_DEVICE void run_diagonal(const PhasePlan& of, const Columns& columns) {
    const PhasePlan phase = of;
    recurrences_.run_diagonal(phase, count_of(columns), padded_, [&](uint32_t c) { return voice_of_column(columns, c); });
  }

  /// Tasks that go on with what ends a chunk beside a product.
  template <Chunk kChunkWork>
  SASHIMI_DEVICE uint32_t chunk_tasks(const PhasePlan& phase, const Columns& columns) const {
    if (phase.chunk != kChunkWork) return 0;
    bool is_any = false;
SASHIMI_UNROLL(1)
    for (uint32_t c = 0; c < count_of(columns); ++c) is_any = is_any || Recurrences::ends_chunk(voice_of_column(columns, c), phase);
    return is_any ? count_of(columns) * phase.chunk_parts * warps_of(padded_) : 0;
  }

  template <Chunk kChunkWork>
  SASHIMI_DEVICE void run_chunk(const Warp& warp, const PhasePlan& phase, const Columns& columns, uint32_t task) {
    const Here voice = voice_of_column(columns, divide(task, phase.chunk_parts * warps_of(padded_)));
    if (!Recurrences::ends_chunk(voice, phase)) return;
    const uint32_t part = divide(task, warps_of(padded_));
    recurrences_.template run_chunk<kChunkWork>(warp, phase, voice, padded_, part, task);
  }

  /// What an output is added to.
  struct Kept {
    float stream;
    float more;
  };

  /// What a lane has to do with a task.
  struct Part {
    LaneShare share;
    uint32_t row;       ///< Of the sum that it keeps.
    uint32_t gate_row;  ///< Of a GLU.
    /// What its output is added to: its row, or, of a lane that finishes none, one of its warp's.
    uint32_t kept_row;
  };

  SASHIMI_DEVICE static Part part_of(const MatrixPlan& matrix, uint32_t task, uint32_t lane) {
    const LaneShare share = share_of(matrix, task, lane);
    const uint32_t row = row_of(matrix, share.quad, share.kept);
    const uint32_t gate_row = row_of(matrix, share.quad, share.kept ^ 2U);
    const uint32_t value_row = matrix.is_glu && share.kept >= 2 ? gate_row : row;
    return {share, row, gate_row, share.quad < matrix.out / 4 ? value_row : row_of(matrix, task << (5 - matrix.lanes_log2), 0)};
  }

  /// What is the same in all products of a stretch that end alike, and stays in registers.
  struct Kind {
    MatrixPlan matrix;  ///< But for scales and bias.
    uint32_t from;
    uint32_t to;
    OfThreads<Part> parts;  ///< Of the first task of a warp.
  };

  SASHIMI_DEVICE Kind kind_of(uint32_t index) const {
    const PhasePlan& phase = phase_at(index);
    Kind kind;
    kind.matrix = phase.matrix;
    kind.from = phase.from;
    kind.to = phase.to;
    block_.each_thread([&](const Warp& warp, uint32_t lane) { kind.parts.at(warp, lane) = part_of(kind.matrix, warp.index(), lane); });
    return kind;
  }

  /// A phase with what its kind knows.
  SASHIMI_DEVICE static PhasePlan known(const PhasePlan& phase, const Kind& kind) {
    PhasePlan all = phase;
    all.matrix = kind.matrix;
    all.matrix.scales = phase.matrix.scales;
    all.matrix.bias = phase.matrix.bias;
    all.from = kind.from;
    all.to = kind.to;
    return all;
  }

  /// What a lane of a product reads before anything else.
  struct Early {
    Part part;
    Kept kept;  ///< Where there is one voice.
    OutputTerms terms;
    OutputTerms gate_terms;  ///< Of a GLU.
    TurnTerms<kTurn<kColumns, kFormat>> norm;  ///< Of its first inputs.
  };

  /// A product of all of `columns`, and the state spaces beside it.
  template <Then kThen>
  SASHIMI_DEVICE void run_product(const PhasePlan& of, const Kind& kind, const Columns& columns) {
    const PhasePlan phase = known(of, kind);
    if constexpr (kThen == Then::gelu && kColumns > kFewColumns) share_moments(phase, columns);
    // Parts are made beside the one, their sums beside the other.
    constexpr Chunk kChunkWork = kThen == Then::gelu ? Chunk::parts : kThen == Then::residual ? Chunk::sums : Chunk::none;
    block_.each_warp([&](const Warp& warp) {
      Operands<kColumns> operands = {};
      prepare(phase, columns, operands);
      const uint32_t products = phase.matrix.tasks;
      if (warp.index() < products) {
        warp.each_lane([&](uint32_t lane) { parts_.at(warp, lane) = kind.parts.at(warp, lane); });
SASHIMI_UNROLL(1)
        for (uint32_t task = warp.index();;) {
          multiply_columns<kThen>(warp, phase, columns, operands, task);
          task += kWarps;
          if (task >= products) break;
          warp.each_lane([&](uint32_t lane) { parts_.at(warp, lane) = part_of(phase.matrix, task, lane); });
        }
      }
      if constexpr (kChunkWork != Chunk::none) {
        const uint32_t tasks = chunk_tasks<kChunkWork>(phase, columns);
        // Warps that have fewer products come first.
SASHIMI_UNROLL(1)
        for (uint32_t task = (warp.index() + kWarps - products % kWarps) % kWarps; task < tasks; task += kWarps) {
          run_chunk<kChunkWork>(warp, phase, columns, task);
        }
      }
    });
  }

  /// The inputs, but for a norm.
  SASHIMI_DEVICE void prepare(const PhasePlan& phase, const Columns& columns, Operands<kColumns>& operands) {
    operands.count = count_of(columns);
    operands.gain = phase.norm.gain;
    operands.offset = phase.norm.offset;
    const uint32_t from = phase.from * 4;
    each_column<kColumns>(operands.count, [&](uint32_t c) {
      operands.scratch_at[c] = kColumns == 1 ? alone_.scratch_at : near_.place_of_scratch(columns.slots[c]);
      operands.x_at[c] = operands.scratch_at[c] + from;
    });
  }

  template <Then kThen>
  SASHIMI_DEVICE Kept kept_of(const PhasePlan& phase, const Operands<kColumns>& operands, const Columns& columns, uint32_t c, uint32_t row) const {
    if constexpr (kThen != Then::glu && kThen != Then::residual) return {};
    const float* at = place_of(operands, columns, c, row);
    // Where nothing is added, something of one's own is read all the same: a branch would take longer.
    return {at[phase.to], at[phase.add ? phase.add : phase.to]};
  }

  /// Whether a lane has an output to finish.
  template <Then kThen>
  SASHIMI_DEVICE static bool has_output(const MatrixPlan& matrix, const LaneShare& share) {
    return share.quad < matrix.out / 4 && (kThen != Then::glu || share.kept < 2);
  }

  template <Then kThen>
  SASHIMI_DEVICE void multiply_columns(const Warp& warp, const PhasePlan& phase, const Columns& columns, Operands<kColumns>& operands,
                                       uint32_t task) {
    constexpr bool kIsGlu = kThen == Then::glu;
    constexpr bool kHasNorm = kThen == Then::gelu;
    const MatrixPlan& matrix = phase.matrix;
    warp.template gather<kColumns>(
        1U << matrix.lanes_log2, kIsGlu,
        [&](uint32_t lane) {
          Early early = {};
          early.part = parts_.at(warp, lane);
          const LaneShare& share = early.part.share;
          if constexpr (kColumns == 1) early.kept = kept_of<kThen>(phase, operands, columns, 0, early.part.kept_row);
          early.terms = terms_of<kFormat>(matrix, early.part.row);
          if constexpr (kIsGlu) early.gate_terms = terms_of<kFormat>(matrix, early.part.gate_row);
          if constexpr (kHasNorm) early.norm.read(matrix, operands.gain, operands.offset, share.split * 4, share.lanes * 4);
          return early;
        },
        [&] {
          if constexpr (kHasNorm) {
            if (task < kWarps) take_moments(warp, phase, columns, task == 0, operands);
          }
        },
        [&](uint32_t lane, Numbers<4 * kColumns>& sums, const Early& early) {
          multiply<kColumns, kHasNorm, kFormat>(near_, matrix, operands, early.part.share, tapes_.at(warp, lane), early.norm, sums);
        },
        [&](uint32_t, const Numbers<kColumns>& sums, const Numbers<kColumns>& others, const Early& early) {
          const LaneShare& share = early.part.share;
          if (!has_output<kThen>(matrix, share)) return;
          const uint32_t row = early.part.row;
          // Lanes that have the same sums take a voice each, as far as they go.
          const uint32_t alike = share.lanes / 4;
          const auto finish = [&](uint32_t c) {
            const float value = output_of<kFormat>(early.terms, column_of(sums, c));
            const Kept kept = kColumns == 1 ? early.kept : kept_of<kThen>(phase, operands, columns, c, row);
            if constexpr (kIsGlu) finish_glu(phase, operands, columns, c, row, value, output_of<kFormat>(early.gate_terms, column_of(others, c)), kept);
            else finish_row<kThen>(phase, operands, columns, c, row, value, kept);
          };
          if constexpr (kColumns == 1) {
            if ((share.split & (alike - 1)) == 0) finish(0);
          } else {
SASHIMI_UNROLL(1)
            for (uint32_t c = share.split & (alike - 1); c < operands.count; c += alike) finish(c);
          }
        });
  }

  /// Without an index into registers, which there is not.
  SASHIMI_DEVICE static float column_of(const Numbers<kColumns>& numbers, uint32_t column) {
    float value = numbers.v[0];
    for (uint32_t c = 1; c < kColumns; ++c) value = c == column ? numbers.v[c] : value;
    return value;
  }

  /// The moments of a warp's norm; `saves`: and keeps what goes in.
  SASHIMI_DEVICE void take_moments(const Warp& warp, const PhasePlan& phase, const Columns& columns, bool saves,
                                   Operands<kColumns>& operands) {
    each_column<kColumns>(operands.count, [&](uint32_t c) {
      if constexpr (kColumns <= kFewColumns) {
        operands.moments[c] = moments_of(phase.norm, warp, &near_.at<const float>(operands.x_at[c]));
        if (saves) save(warp, phase, columns.slots[c]);
      } else {
        operands.moments[c] = moments_near(columns.slots[c]);
      }
    });
  }

  /// The same once for all warps.
  SASHIMI_DEVICE void share_moments(const PhasePlan& phase, const Columns& columns) {
    block_.warps(columns.count, [&](const Warp& warp, uint32_t c) {
      const uint32_t slot = columns.slots[c];
      const Moments moments = moments_of(phase.norm, warp, near_.scratch(slot) + phase.from);
      warp.once([&] { moments_near(slot) = moments; });
      save(warp, phase, slot);
    });
  }

  SASHIMI_DEVICE Moments& moments_near(uint32_t slot) const {
    return *reinterpret_cast<Moments*>(near_.scratch(slot) + plan().moments_at);
  }

  SASHIMI_DEVICE void save(const Warp& warp, const PhasePlan& phase, uint32_t slot) {
    if (!phase.save) return;
    float* at = near_.scratch(slot);
    warp.each(phase.norm.padded, [&](uint32_t i) { at[phase.save + i] = at[phase.from + i]; });
  }

  /// Output `row` of column `c`.
  SASHIMI_DEVICE float* place_of(const Operands<kColumns>& operands, const Columns& columns, uint32_t c, uint32_t row) const {
    return kColumns == 1 ? &near_.at<float>(operands.scratch_at[0]) + row : near_.scratch(columns.slots[c]) + row;
  }

  SASHIMI_DEVICE void finish_glu(const PhasePlan& phase, const Operands<kColumns>& operands, const Columns& columns, uint32_t c,
                                 uint32_t row, float value, float gate, const Kept& kept) {
    const float total = fused(value, sigmoid(gate), kept.stream);
    place_of(operands, columns, c, row)[phase.to] = phase.add ? total + kept.more : total;
  }

  template <Then kThen>
  SASHIMI_DEVICE void finish_row(const PhasePlan& phase, const Operands<kColumns>& operands, const Columns& columns, uint32_t c,
                                 uint32_t row, float value, const Kept& kept) {
    float* at = place_of(operands, columns, c, row);
    [[maybe_unused]] const uint32_t slot = columns.slots[c];
    if constexpr (kThen == Then::gelu) {
      at[phase.to] = gelu(value);
    } else if constexpr (kThen == Then::rarer) {
      if (phase.then == Then::frame) windows_.enter(slot, phase.tier, row, windows_.steered(slot, phase.tier, row, value));
      else if (phase.then == Then::queue) state_of(slot)[plan().tiers[phase.tier - 1].queue_at + row] = value;
      else at[plan().logits_at] = row < plan().levels ? value : float_of(0xFF800000U);
    } else {
      const float total = kept.stream + value;
      at[phase.to] = phase.add ? total + kept.more : total;
    }
  }

  Windows windows_;
  Recurrences recurrences_;
  OfThreads<TapeHead<kFormat>> tapes_;
  OfThreads<Part> parts_;  ///< Of the task at hand.
  uint32_t tier_ = 0;
  uint32_t padded_ = 0;  ///< Of the tier.
  Here alone_ = {};      ///< The voice, where there is but one.
};

}  // namespace sashimi::cuda
