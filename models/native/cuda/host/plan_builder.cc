#include "plan_builder.h"

#include <algorithm>
#include <cstring>

#include "tape.h"

namespace sashimi::cuda {

static_assert(kMaxTiers == kMaxPools + 1 && kMaxInputs == sashimi::kMaxInputs && kMaxLevels == sashimi::kMaxLevels);
static_assert(kChunk == sashimi::kChunk && kLanes == sashimi::kLanes);
static_assert(kInt4Group == sashimi::kInt4Group);
static_assert(sizeof(StateHeader) == sizeof(VoiceHeader));

namespace {

uint32_t narrow(size_t value) { return static_cast<uint32_t>(value); }
uint32_t quotient_up(uint32_t a, uint32_t b) { return (a + b - 1) / b; }

class Builder {
 public:
  Builder(const Weights& weights, VoiceState& state, const Addresses& addresses)
      : weights_(weights), state_(state), addresses_(addresses) {}

  BuiltPlan build() {
    const Config& config = weights_.config();
    Plan& plan = built_.plan;
    plan.num_tiers = narrow(config.num_tiers());
    plan.num_inputs = narrow(config.num_inputs);
    plan.levels = narrow(config.levels);
    plan.start_token = config.start_token;
    plan.signature = config.signature;
    plan.state_floats = narrow(state_.bytes() / sizeof(float));
    plan.features_at = place_of(state_.features());
    plan.embedding = moved(weights_.embedding(0));
    plan.decode = reinterpret_cast<const float*>(addresses_.decode);
    for (size_t i = 0; i < config.num_inputs; ++i) {
      const size_t rows = kMaxFrames / config.inputs[i].hop + 2;
      plan.inputs[i] = {config.inputs[i].hop, narrow(config.inputs[i].dim), memory(rows * config.inputs[i].dim)};
    }
    // The stream of tier 0 comes first: place 0 of the scratch is of no other use.
    for (size_t k = 0; k < config.num_tiers(); ++k) plan.tiers[k].x_at = scratch(weights_.tier(k).padded);
    for (size_t k = 0; k < config.num_tiers(); ++k) tier(k);
    saved_at_ = scratch(widest_);
    plan.normed_at = scratch(widest_);
    plan.wide_at = scratch(wide_);
    plan.window_floats = narrow(align_up(window_, 16));
    plan.windows_at = scratch(2 * plan.window_floats);
    plan.responses_at = scratch(responses_);
    plan.moments_at = scratch(2);
    plan.logits_at = scratch(weights_.decoder().out);
    plan.scratch_floats = scratch_;
    plan.memory_floats = memory_;
    for (size_t k = 0; k < config.num_tiers(); ++k) segment(narrow(k), narrow(k), false, [&] { go_down(narrow(k)); });
    // What a tier gives back is of use from the next frame of the one above on: so the one that is waited for most comes first.
    for (size_t k = 0; k < config.num_tiers(); ++k) segment(narrow(k), narrow(k), true, [&] { go_up(narrow(k)); });
    segment(kActive, 0, true, [&] { phase(Work::finish, 0).norm = norm(weights_.final_norm()); });
    segment(kActive, 0, true, [&] { product(weights_.decoder(), plan.normed_at, Then::logits, 0, 0); });
    return std::move(built_);
  }

 private:
  void tier(size_t k) {
    const Config& config = weights_.config();
    const TierWeights& weights = weights_.tier(k);
    TierPlan& plan = built_.plan.tiers[k];
    plan.pooled = config.pooled(k);
    plan.padded = narrow(weights.padded);
    widest_ = std::max(widest_, plan.padded);
    wide_ = std::max({wide_, plan.padded, narrow(config.ff) * plan.padded});
    for (size_t i = 0; i < config.num_layers; ++i) {
      responses_ = std::max(responses_, state_space(weights.pairs[i].ssm, state_.ssm(k, i), plan.padded).slices * kChunk * plan.padded);
    }
    for (size_t i = 0; i < config.num_inputs; ++i) {
      plan.inputs[i] = {moved(weights.inputs[i].columns), moved(weights.inputs[i].dropped)};
    }
    plan.projected_at = memory(config.num_inputs * weights.padded);
    plan.has_down_pairs = weights.down_pairs ? 1 : 0;
    if (weights.down_pairs) skips_at_[k] = scratch(2 * config.num_layers * weights.padded);
    if (k == config.num_pools) return;
    plan.pool = narrow(config.pool[k]);
    plan.window_at = place_of(state_.tier(k).window);
    plan.queue_at = place_of(state_.tier(k).queue);
    plan.handed_at = memory(size_t{plan.pool} * plan.padded);
    window_ = std::max(window_, plan.pool * plan.padded);
  }

  template <class Phases>
  void segment(uint32_t columns, uint32_t tier, bool goes_up, const Phases& phases) {
    Segment& segment = built_.plan.segments[built_.plan.num_segments++];
    segment.begin = narrow(built_.phases.size());
    phases();
    end_stretch();
    segment.end = narrow(built_.phases.size());
    segment.columns = columns;
    segment.tier = tier;
    segment.goes_up = goes_up ? 1 : 0;
  }

  PhasePlan& phase(Work work, uint32_t k) {
    if (work != Work::product && work != Work::diagonal) end_stretch();
    if (built_.phases.size() - stretch_begin() == kMostOfStretch) end_stretch();
    PhasePlan& made = built_.phases.emplace_back();
    made.work = work;
    made.tier = k;
    return made;
  }

  PhasePlan& product(const Matrix& weights, uint32_t from, Then then, uint32_t to, uint32_t k) {
    LaneOrder order = in_lane_order(weights, then == Then::glu);
    const bool is_rarer = then == Then::frame || then == Then::queue || then == Then::logits;
    if (is_rarer || !tape_.takes(order.plan.format) || !is_like_others(order.plan, from, then, to)) end_stretch();
    PhasePlan& made = phase(Work::product, k);
    made.matrix = order.plan;
    made.matrix.scales = moved(weights.scales);
    if (!order.scales.empty()) {
      made.matrix.scales = reinterpret_cast<const float*>(placed(order.scales.data(), order.scales.size() * sizeof(float)));
    }
    made.matrix.bias = moved(weights.bias);
    made.from = from;
    made.to = to;
    made.then = then;
    tape_.add(std::move(order));
    if (is_rarer) end_stretch();
    return made;
  }

  /// What has come since the last stretch is one, with the tape of its products.
  void end_stretch() {
    const auto until = narrow(built_.phases.size());
    if (!tape_.is_empty()) {
      const std::vector<unsigned char> bytes = tape_.bytes();
      PhasePlan& first = built_.phases[stretch_begin()];
      first.stretch = {reinterpret_cast<const void*>(placed(bytes.data(), bytes.size())),
                       narrow(tape_.warp_bytes()),
                       until,
                       tape_.format(),
                       is_of_layers(built_.phases.back()) ? 1U : 0U,
                       those_of_stretch([](const PhasePlan& phase) { return phase.work == Work::diagonal; }),
                       those_of_stretch([](const PhasePlan& phase) { return ends(phase, Then::glu); }),
                       those_of_stretch([](const PhasePlan& phase) { return ends(phase, Then::gelu); }),
                       first_of_stretch(Then::glu),
                       first_of_stretch(Then::gelu),
                       first_of_stretch(Then::residual)};
    }
    tape_ = {};
    stretch_end_ = until;
  }

  /// Whether it is a product that ends so.
  static bool ends(const PhasePlan& phase, Then then) { return phase.work == Work::product && phase.then == then; }

  static bool is_of_layers(const PhasePlan& phase) {
    return phase.work == Work::diagonal || ends(phase, Then::glu) || ends(phase, Then::gelu) || ends(phase, Then::residual);
  }

  /// The phases of the stretch at hand for which that is so, a bit each.
  template <class F>
  uint32_t those_of_stretch(const F& is_so) const {
    uint32_t bits = 0;
    for (uint32_t i = stretch_begin(); i < built_.phases.size(); ++i) {
      if (is_so(built_.phases[i])) bits |= 1U << (i - stretch_begin());
    }
    return bits;
  }

  /// The first product of the stretch at hand that ends so; its first product without any, the phase to come without that.
  uint32_t first_of_stretch(Then then) const {
    const auto end = narrow(built_.phases.size());
    uint32_t first = end;
    for (uint32_t i = end; i-- > stretch_begin();) {
      const bool is_product = built_.phases[i].work == Work::product;
      if (is_product && (ends(built_.phases[i], then) || first == end || !ends(built_.phases[first], then))) first = i;
    }
    return first;
  }

  /// Whether a product may be in one stretch with those that end as it does.
  bool is_like_others(const MatrixPlan& matrix, uint32_t from, Then then, uint32_t to) const {
    const uint32_t first = first_of_stretch(then);
    if (first == built_.phases.size() || !ends(built_.phases[first], then)) return true;
    const PhasePlan& other = built_.phases[first];
    return other.from == from && other.to == to && other.matrix.in == matrix.in && other.matrix.out == matrix.out &&
           other.matrix.lanes_log2 == matrix.lanes_log2 && other.matrix.is_glu == matrix.is_glu;
  }

  /// The first phase behind the last stretch that may be one of the next.
  uint32_t stretch_begin() const {
    auto begin = narrow(built_.phases.size());
    while (begin > stretch_end_ && (built_.phases[begin - 1].work == Work::product || built_.phases[begin - 1].work == Work::diagonal)) --begin;
    return begin;
  }

  /// Where the input of block `block` of a tier of a unet is kept.
  uint32_t skip_at(uint32_t k, size_t block) const { return skips_at_[k] + narrow(block) * built_.plan.tiers[k].padded; }

  /// A frame of tier `k` comes into being; the pairs before the pool of a unet keep the input of each block.
  void go_down(uint32_t k) {
    const Plan& plan = built_.plan;
    if (k == 0) phase(Work::embed, 0);
    else product(weights_.tier(k - 1).down, plan.windows_at + ((k - 1) & 1U) * plan.window_floats, Then::frame, 0, k);
    if (!plan.tiers[k].has_down_pairs) return;
    for (size_t i = 0; i < weights_.config().num_layers; ++i) {
      pair(weights_.tier(k).down_pairs[i], state_.down_ssm(k, i), narrow(i), k,
           {skip_at(k, 2 * i), skip_at(k, 2 * i + 1), 0, 0});
    }
    if (plan.tiers[k].pool != 0) phase(Work::fill, k);
  }

  /// The pairs on the way up: x = blocks(x) + x; of a unet each block adds the input of its mirror image instead.
  void go_up(uint32_t k) {
    const size_t num_layers = weights_.config().num_layers;
    for (size_t i = 0; i < num_layers; ++i) {
      Around around;
      if (built_.plan.tiers[k].has_down_pairs) {
        around.add_s4 = skip_at(k, 2 * (num_layers - i) - 1);
        around.add_ff = skip_at(k, 2 * (num_layers - i) - 2);
      } else {
        if (i == 0) around.save_s4 = saved_at_;
        if (i + 1 == num_layers) around.add_ff = saved_at_;
      }
      pair(weights_.tier(k).pairs[i], state_.ssm(k, i), narrow(i), k, around);
    }
    if (k > 0) product(weights_.tier(k - 1).up, built_.plan.tiers[k].x_at, Then::queue, 0, k);
  }

  /// Places in the scratch around the blocks of a pair: where their inputs are kept, and what is added to their outputs. 0 for
  /// nothing.
  struct Around {
    uint32_t save_s4 = 0;
    uint32_t save_ff = 0;
    uint32_t add_s4 = 0;
    uint32_t add_ff = 0;
  };

  void pair(const PairWeights& weights, const Real* state, uint32_t layer, uint32_t k, const Around& around) {
    const Plan& plan = built_.plan;
    const StateSpacePlan ssm = state_space(weights.ssm, state, plan.tiers[k].padded);
    PhasePlan& first = phase(ssm.is_diagonal ? Work::diagonal : Work::normalise, k);
    first.from = plan.tiers[k].x_at;
    first.to = plan.wide_at;
    first.norm = norm(weights.s4_norm);
    first.ssm = ssm;
    first.layer = layer;
    first.save = around.save_s4;
    if (!ssm.is_diagonal) {
      phase(Work::rank_one, k).ssm = ssm;
      phase(Work::rank_one_sum, k).ssm = ssm;
    }
    const bool has_glu = weights_.config().activation == OutputActivation::glu;
    product(weights.s4_out, plan.wide_at, has_glu ? Then::glu : Then::residual, plan.tiers[k].x_at, k).add = around.add_s4;
    PhasePlan& in = product(weights.ff_in, plan.tiers[k].x_at, Then::gelu, plan.wide_at, k);
    in.norm = norm(weights.ff_norm);
    in.save = around.save_ff;
    PhasePlan& out = product(weights.ff_out, plan.wide_at, Then::residual, plan.tiers[k].x_at, k);
    out.add = around.add_ff;
    if (!ssm.is_diagonal) return;
    go_on(built_.phases.end()[-2], Chunk::parts, ssm, layer);
    go_on(out, Chunk::sums, ssm, layer);
  }

  /// The state space goes on beside a product.
  static void go_on(PhasePlan& product, Chunk chunk, const StateSpacePlan& ssm, uint32_t layer) {
    product.chunk = chunk;
    product.chunk_parts = chunk == Chunk::sums ? kChunk : ssm.slices;
    product.ssm = ssm;
    product.layer = layer;
  }

  /// Behind what has been placed so far: the address.
  uint64_t placed(const void* data, size_t bytes) {
    std::vector<unsigned char>& all = built_.matrices;
    const size_t at = align_up(all.size(), 256);
    all.resize(at + bytes);
    std::memcpy(all.data() + at, data, bytes);
    return addresses_.matrices + at;
  }

  StateSpacePlan state_space(const StateSpace& weights, const Real* state, uint32_t padded) {
    StateSpacePlan plan = {};
    plan.coefficients = moved(weights.coefficients);
    plan.is_diagonal = weights.is_diagonal ? 1 : 0;
    plan.has_short_outputs = weights.has_short_outputs ? 1 : 0;
    plan.pairs = narrow(weights.pairs);
    plan.pair_rows = narrow(weights.is_diagonal ? diagonal_pair_rows(weights.has_short_outputs) : kRankOnePairRows);
    const size_t head = weights.is_diagonal ? kDiagonalHeadRows : kRankOneHeadRows;
    plan.coefficient_rows = narrow(head) + plan.pairs * plan.pair_rows;
    plan.state_rows = narrow(state_rows(weights.is_diagonal, weights.pairs));
    plan.pairs_per_slice = quotient_up(plan.pairs, std::clamp(kTasks / padded, 1U, plan.pairs));
    plan.slices = quotient_up(plan.pairs, plan.pairs_per_slice);
    plan.state_at = place_of(state);
    return plan;
  }

  NormPlan norm(const Norm& weights) const {
    return {moved(weights.gain), moved(weights.offset), weights.eps, weights.shift,
            1.0F / static_cast<float>(weights.width), narrow(weights.width), narrow(weights.padded)};
  }

  /// The same place of the device's copy.
  template <class T>
  const T* moved(const T* pointer) const {
    if (!pointer) return nullptr;
    const auto* at = reinterpret_cast<const unsigned char*>(pointer);
    return reinterpret_cast<const T*>(addresses_.weights + static_cast<uint64_t>(at - weights_.data()));
  }
  const void* moved(const void* pointer) const { return moved(static_cast<const unsigned char*>(pointer)); }

  uint32_t place_of(const Real* within) const {
    return narrow(static_cast<size_t>(within - reinterpret_cast<const Real*>(&state_.header())));
  }

  uint32_t scratch(size_t floats) { return take(scratch_, floats); }
  uint32_t memory(size_t floats) { return take(memory_, floats); }
  static uint32_t take(uint32_t& used, size_t floats) {
    const uint32_t at = used;
    used += narrow(align_up(floats, 16));
    return at;
  }

  const Weights& weights_;
  VoiceState& state_;
  const Addresses& addresses_;
  BuiltPlan built_;
  Tape tape_;                 ///< Of the stretch at hand.
  uint32_t stretch_end_ = 0;  ///< The phase behind the last one.
  uint32_t skips_at_[kMaxTiers] = {};  ///< Of a unet: (2 * layers, padded), inputs of the blocks on the way down.
  uint32_t saved_at_ = 0;              ///< (widest), input of the blocks of the tier at hand.
  uint32_t widest_ = 0;
  uint32_t wide_ = 0;
  uint32_t window_ = 0;
  uint32_t responses_ = 0;
  uint32_t scratch_ = 0;
  uint32_t memory_ = 16;
};

}  // namespace

BuiltPlan build_plan(const Weights& weights, VoiceState& state, const Addresses& addresses) {
  return Builder(weights, state, addresses).build();
}

}  // namespace sashimi::cuda
