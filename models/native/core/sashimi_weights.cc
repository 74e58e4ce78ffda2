#include "sashimi_weights.h"

#include "matrix_layout.h"
#include "state_space_layout.h"

namespace sashimi {

/// Walks the tensors in file order. It runs twice over the same code: once with a measuring
/// arena, to learn the size and check the counts, once to place and fill.
class Weights::Loader {
 public:
  Loader(Weights& weights, Arena arena, const ModelData& data) : weights_(weights), arena_(arena), data_(data) {}

  size_t bytes() const { return arena_.used(); }
  /// Null, or what is wrong with the data; known after a run.
  const char* fault() const {
    if (fault_) return fault_;
    if (values_read_ != data_.num_values) return "the tensors have not the number of values that the configuration needs";
    if (kinds_read_ != data_.num_kinds) return "the kinds have not the length that the configuration needs";
    if (scales_read_ != data_.num_scales) return "the scales have not the number of values that the kinds need";
    return nullptr;
  }

  void run() {
    const Config& config = weights_.config_;
    weights_.widest_input_ = weights_.diagonal_layers_ = weights_.rank_one_layers_ = 0;
    embedding(config);
    for (size_t k = 0; k < config.num_tiers(); ++k) {
      weights_.tiers_[k].width = config.width(k);
      weights_.tiers_[k].padded = align_up(config.width(k), kLanes);
    }
    for (size_t i = 0; i < config.num_inputs; ++i) {
      for (size_t k = 0; k < config.num_tiers(); ++k) {
        weights_.tiers_[k].inputs[i] = projection(config.width(k), config.inputs[i].dim);
      }
    }
    for (size_t k = 0; k < config.num_pools; ++k) {
      TierWeights& tier = weights_.tiers_[k];
      const Axis window{tier.width * config.pool[k], Axis::Order::channel_major, config.pool[k]};
      const Axis below{config.width(k + 1)};
      tier.down = matrix(below, window);
      tier.up = matrix(window, below);
    }
    for (size_t k = 0; k < config.num_tiers(); ++k) {
      TierWeights& tier = weights_.tiers_[k];
      const bool has_down_pairs = config.has_down_pairs(k);
      tier.pairs = arena_.take<PairWeights>(config.num_layers);
      tier.down_pairs = has_down_pairs ? arena_.take<PairWeights>(config.num_layers) : nullptr;
      const size_t sides = has_down_pairs ? 2 : 1;
      for (size_t i = 0; i < sides * config.num_layers; ++i) {
        const PairWeights pair = read_pair(config, tier.width);
        if (arena_.placing()) (i % sides == 0 ? tier.pairs : tier.down_pairs)[i / sides] = pair;
      }
    }
    weights_.final_norm_ = layer_norm(config.d_model);
    weights_.decoder_ = matrix({config.levels}, {config.d_model});
  }

 private:
  /// The next `count` values; null while measuring.
  const float* next(size_t count) {
    const float* at = arena_.placing() ? data_.values + values_read_ : nullptr;
    values_read_ += count;
    return at;
  }

  /// The next kind, at most `largest`; 0 past the end.
  int32_t next_kind(int32_t largest) {
    const int32_t kind = kinds_read_ < data_.num_kinds ? data_.kinds[kinds_read_] : 0;
    ++kinds_read_;
    if (kind >= 0 && kind <= largest) return kind;
    fault_ = "a kind of matrix or state space is unknown";
    return 0;
  }

  /// Whether the matrix after a state space, its output, is kept in fewer bits than float has.
  bool has_short_matrix_next() const {
    return kinds_read_ < data_.num_kinds && data_.kinds[kinds_read_] != static_cast<int32_t>(WeightFormat::f32);
  }

  void embedding(const Config& config) {
    const size_t row = align_up(config.d_model, kLanes);
    Real* rows = arena_.take<Real>(config.levels * row);
    const float* source = next(config.levels * config.d_model);
    if (!source) return;
    for (size_t token = 0; token < config.levels; ++token) {
      for (size_t h = 0; h < config.d_model; ++h) rows[token * row + h] = source[token * config.d_model + h];
    }
    weights_.embedding_ = rows;
  }

  /// (width, dim), then what stands for a dropped input (width).
  Projection projection(size_t width, size_t dim) {
    Projection projection;
    projection.dim = dim;
    projection.padded = align_up(width, kLanes);
    Real* columns = arena_.take<Real>(dim * projection.padded);
    const float* source = next(width * dim);
    for (size_t d = 0; source && d < dim; ++d) {
      for (size_t h = 0; h < width; ++h) columns[d * projection.padded + h] = source[h * dim + d];
    }
    projection.columns = columns;
    projection.dropped = vector(width);
    return projection;
  }

  PairWeights read_pair(const Config& config, size_t width) {
    const bool glu = config.activation == OutputActivation::glu;
    PairWeights pair;
    pair.s4_norm = block_norm(config, width);
    pair.ssm = state_space(config, width);
    pair.s4_out = matrix({glu ? 2 * width : width, Axis::Order::halves, width}, {width});
    pair.ff_norm = block_norm(config, width);
    pair.ff_in = matrix({config.ff * width}, {width});
    pair.ff_out = matrix({width}, {config.ff * width});
    return pair;
  }

  Norm block_norm(const Config& config, size_t width) {
    if (config.norm == NormKind::layer) return layer_norm(width);
    Norm norm = empty_norm(width);
    Real* gain = arena_.take<Real>(norm.padded);
    const float* m = next(1);
    const float* s = next(1);
    if (m) {
      norm.shift = *m;
      for (size_t h = 0; h < width; ++h) gain[h] = *s;
    }
    norm.gain = gain;
    norm.offset = arena_.take<Real>(norm.padded);
    return norm;
  }

  Norm layer_norm(size_t width) {
    Norm norm = empty_norm(width);
    norm.eps = static_cast<Real>(1e-5);
    norm.gain = vector(width);
    norm.offset = vector(width);
    return norm;
  }

  Norm empty_norm(size_t width) {
    Norm norm;
    norm.width = width;
    norm.padded = align_up(width, kLanes);
    Real* mask = arena_.take<Real>(norm.padded);
    for (size_t h = 0; mask && h < width; ++h) mask[h] = 1;
    norm.mask = mask;
    return norm;
  }

  const Real* vector(size_t size) {
    Real* row = arena_.take<Real>(align_up(size, kLanes));
    const float* source = next(size);
    for (size_t i = 0; source && i < size; ++i) row[i] = source[i];
    return row;
  }

  Matrix matrix(const Axis& out, const Axis& in) {
    const auto format = static_cast<WeightFormat>(next_kind(static_cast<int32_t>(WeightFormat::int4)));
    MatrixSource source;
    source.weights = next(out.size * in.size);
    source.bias = next(out.size);
    source.scales = arena_.placing() ? data_.scales + scales_read_ : nullptr;
    scales_read_ += scales_of(format, out.size, in.size);
    // The kernel takes a window frame by frame, which tears the groups of int4 scales apart: those few weights are kept
    // as the floats that they stand for.
    const bool is_torn = format == WeightFormat::int4 && in.order == Axis::Order::channel_major;
    const Matrix matrix = lay_out_matrix(arena_, is_torn ? WeightFormat::f32 : format, out, in, source);
    if (matrix.in > weights_.widest_input_) weights_.widest_input_ = matrix.in;
    return matrix;
  }

  /// a, c for s4d and for modes; a, b, p, q, c for s4: (H, N, 2) each; then D (H).
  StateSpace state_space(const Config& config, size_t width) {
    const auto form = static_cast<StateSpaceForm>(next_kind(static_cast<int32_t>(StateSpaceForm::modes)));
    if (config.ssm == SsmKind::s4d || form == StateSpaceForm::modes) {
      const size_t pairs = form == StateSpaceForm::modes ? config.mode_slots : config.pairs;
      ++weights_.diagonal_layers_;
      DiagonalSource source;
      source.a = next(width * pairs * 2);
      source.c = next(width * pairs * 2);
      source.skip = next(width);
      return lay_out_diagonal(arena_, width, pairs, has_short_matrix_next(), source);
    }
    ++weights_.rank_one_layers_;
    const size_t count = width * config.pairs * 2;
    RankOneSource source;
    source.a = next(count);
    source.b = next(count);
    source.p = next(count);
    source.q = next(count);
    source.c = next(count);
    source.skip = next(width);
    return lay_out_rank_one(arena_, width, config.pairs, source);
  }

  Weights& weights_;
  Arena arena_;
  const ModelData& data_;
  size_t values_read_ = 0;
  size_t kinds_read_ = 0;
  size_t scales_read_ = 0;
  const char* fault_ = nullptr;
};

const char* Weights::load(const Config& config, const ModelData& data) {
  config_ = config;
  Loader measure(*this, Arena(), data);
  measure.run();
  if (const char* fault = measure.fault()) return fault;
  block_ = AlignedBlock(measure.bytes());
  if (!block_.data()) return "there is not enough memory for the weights";
  Loader place(*this, Arena(block_), data);
  place.run();
  return nullptr;
}

}  // namespace sashimi
