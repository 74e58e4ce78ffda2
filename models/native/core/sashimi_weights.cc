#include "sashimi_weights.h"

namespace sashimi {

namespace {

size_t padded(size_t width) { return align_up(width, kLanes); }

/// How the true index of a matrix row or column maps to its place among padded ones.
struct Axis {
  enum class Order { plain, halves, channel_major };
  size_t size;       ///< True length.
  Order order = Order::plain;
  size_t inner = 0;  ///< halves: rows of one half. channel_major: frames per channel.

  size_t channels() const { return order == Order::channel_major ? size / inner : inner; }

  size_t padded_size() const {
    switch (order) {
      case Order::halves: return size / inner * padded(inner);
      case Order::channel_major: return inner * padded(channels());
      default: return padded(size);
    }
  }

  size_t place(size_t index) const {
    switch (order) {
      case Order::halves: return index / inner * padded(inner) + index % inner;
      // Files hold channel * frames + frame; the kernels want frame * padded + channel.
      case Order::channel_major: return index % inner * padded(channels()) + index / inner;
      default: return index;
    }
  }
};

}  // namespace

/// Walks the tensors in file order. It runs twice over the same code: once with a measuring
/// arena, to learn the size and check the count, once to place and fill.
class Weights::Loader {
 public:
  Loader(Weights& weights, Arena arena, const float* tensors, size_t count)
      : weights_(weights), arena_(arena), tensors_(tensors), count_(count) {}

  size_t bytes() const { return arena_.used(); }
  bool fits() const { return read_ == count_; }

  void run() {
    const Config& config = weights_.config_;
    embedding(config);
    for (size_t k = 0; k < config.num_tiers(); ++k) {
      TierWeights& tier = weights_.tiers_[k];
      tier.width = config.width(k);
      tier.padded = padded(tier.width);
      if (k == config.num_pools) break;
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
      for (size_t i = 0; i < config.num_layers; ++i) {
        const PairWeights pair = read_pair(config, tier.width);
        if (arena_.placing()) tier.pairs[i] = pair;
        if (!has_down_pairs) continue;
        const PairWeights down_pair = read_pair(config, tier.width);
        if (arena_.placing()) tier.down_pairs[i] = down_pair;
      }
    }
    weights_.final_norm_ = layer_norm(config.d_model);
    weights_.decoder_ = matrix({config.levels}, {config.d_model});
  }

 private:
  /// The next `count` floats; null while measuring or past the end.
  const float* next(size_t count) {
    const float* at = arena_.placing() ? tensors_ + read_ : nullptr;
    read_ += count;
    return at;
  }

  void embedding(const Config& config) {
    const size_t row = padded(config.d_model);
    float* rows = arena_.take<float>(config.levels * row);
    const float* source = next(config.levels * config.d_model);
    if (!source) return;
    for (size_t token = 0; token < config.levels; ++token) {
      for (size_t h = 0; h < config.d_model; ++h) rows[token * row + h] = source[token * config.d_model + h];
    }
    weights_.embedding_ = rows;
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
    float* gain = arena_.take<float>(norm.padded);
    const float* m = next(1);
    const float* s = next(1);
    if (m) {
      norm.shift = *m;
      for (size_t h = 0; h < width; ++h) gain[h] = *s;
    }
    norm.gain = gain;
    norm.offset = arena_.take<float>(norm.padded);
    return norm;
  }

  Norm layer_norm(size_t width) {
    Norm norm = empty_norm(width);
    norm.eps = 1e-5F;
    norm.gain = vector(width);
    norm.offset = vector(width);
    return norm;
  }

  Norm empty_norm(size_t width) {
    Norm norm;
    norm.width = width;
    norm.padded = padded(width);
    float* mask = arena_.take<float>(norm.padded);
    for (size_t h = 0; mask && h < width; ++h) mask[h] = 1.0F;
    norm.mask = mask;
    return norm;
  }

  const float* vector(size_t size) {
    float* row = arena_.take<float>(padded(size));
    const float* source = next(size);
    for (size_t i = 0; source && i < size; ++i) row[i] = source[i];
    return row;
  }

  /// Weight (out, in) row-major, then bias (out).
  Matrix matrix(const Axis& out, const Axis& in) {
    Matrix matrix;
    matrix.in = in.padded_size();
    matrix.out = out.padded_size();
    float* tiles = arena_.take<float>(matrix.in * matrix.out);
    float* bias = arena_.take<float>(matrix.out);
    const float* source = next(out.size * in.size);
    const float* source_bias = next(out.size);
    matrix.tiles = tiles;
    matrix.bias = bias;
    if (!source) return matrix;
    for (size_t o = 0; o < out.size; ++o) {
      const size_t row = out.place(o);
      const size_t first = row / kTileRows * kTileRows;
      const size_t rows = matrix.out - first < kTileRows ? matrix.out - first : kTileRows;
      float* tile = tiles + first * matrix.in + (row - first);
      for (size_t i = 0; i < in.size; ++i) tile[in.place(i) * rows] = source[o * in.size + i];
      bias[row] = source_bias[o];
    }
    return matrix;
  }

  /// a, c for s4d; a, b, p, q, c for s4: (H, N, 2) each; then D (H).
  StateSpace state_space(const Config& config, size_t width) {
    const bool is_s4 = config.ssm == SsmKind::s4;
    const size_t rows = is_s4 ? kRowsPerPairS4 : kRowsPerPairS4d;
    StateSpace ssm;
    ssm.groups = padded(width) / kLanes;
    ssm.pairs = config.pairs;
    float* coefficients = arena_.take<float>(ssm.groups * ssm.pairs * rows * kLanes);
    // Row of each tensor's real part among the rows of a pair, in file order.
    constexpr size_t kS4dRows[] = {0, 2};
    constexpr size_t kS4Rows[] = {0, 6, 4, 8, 2};
    const size_t* first_rows = is_s4 ? kS4Rows : kS4dRows;
    const size_t tensors = is_s4 ? 5 : 2;
    for (size_t tensor = 0; tensor < tensors; ++tensor) {
      const float* source = next(width * ssm.pairs * 2);
      if (!source) continue;
      for (size_t h = 0; h < width; ++h) {
        for (size_t n = 0; n < ssm.pairs; ++n) {
          const size_t pair = (h / kLanes) * ssm.pairs + n;
          float* at = coefficients + (pair * rows + first_rows[tensor]) * kLanes + h % kLanes;
          at[0] = source[(h * ssm.pairs + n) * 2];
          at[kLanes] = source[(h * ssm.pairs + n) * 2 + 1];
        }
      }
    }
    ssm.coefficients = coefficients;
    ssm.skip = vector(width);
    return ssm;
  }

  Weights& weights_;
  Arena arena_;
  const float* tensors_;
  size_t count_;
  size_t read_ = 0;
};

const char* Weights::load(const Config& config, const float* tensors, size_t count) {
  config_ = config;
  Loader measure(*this, Arena(), tensors, count);
  measure.run();
  if (!measure.fits()) return "the tensors have not the number of values that the configuration needs";
  block_ = AlignedBlock(measure.bytes());
  if (!block_.data()) return "there is not enough memory for the weights";
  Loader place(*this, Arena(block_), tensors, count);
  place.run();
  return nullptr;
}

}  // namespace sashimi
