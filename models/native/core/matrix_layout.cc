#include "matrix_layout.h"

namespace sashimi {

namespace {

size_t padded(size_t width) { return align_up(width, kLanes); }

/// A tile's place: its first output, and how many it has.
struct Tile {
  size_t first;
  size_t rows;
};

Tile tile_of(const Matrix& matrix, size_t row) {
  const size_t first = row / kTileRows * kTileRows;
  const size_t left = matrix.out - first;
  return {first, left < kTileRows ? left : kTileRows};
}

#if !defined(SASHIMI_FLOAT64)

/// Inputs of an int4 matrix come in whole groups.
size_t grouped(size_t in) { return align_up(in, kInt4Group); }

uint32_t bfloat16(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits >> 16;  // Values of a bf16 tensor have nothing below.
}

int32_t code(float value, float scale) {
  if (!(scale > 0.0F)) return 0;
  const float exact = value / scale;
  const float nearest = exact < 0.0F ? exact - 0.5F : exact + 0.5F;
  return static_cast<int32_t>(nearest < -127.0F ? -127.0F : nearest > 127.0F ? 127.0F : nearest);
}

void place_int8(const Matrix& matrix, const Axis& out, const Axis& in, const MatrixSource& source, uint8_t* tiles,
                Real* scales) {
  for (size_t o = 0; o < out.size; ++o) {
    const size_t row = out.place(o);
    const Tile tile = tile_of(matrix, row);
    uint8_t* at = tiles + tile.first * matrix.in + (row - tile.first) * 2;
    for (size_t i = 0; i < in.size; ++i) {
      const size_t column = in.place(i);
      const int32_t value = code(source.weights[o * in.size + i], source.scales[o]);
      at[column / 2 * tile.rows * 2 + column % 2] = static_cast<uint8_t>(value & 0xFF);
    }
    scales[row] = source.scales[o];
  }
}

void place_int4(const Matrix& matrix, const Axis& out, const Axis& in, const MatrixSource& source, uint8_t* tiles,
                Real* scales) {
  const size_t coded = grouped(matrix.in);
  const size_t groups = align_up(in.size, kInt4Group) / kInt4Group;
  // Zero is code 8.
  __builtin_memset(tiles, 0x88, matrix.out * coded / 2);
  for (size_t o = 0; o < out.size; ++o) {
    const size_t row = out.place(o);
    const Tile tile = tile_of(matrix, row);
    uint8_t* at = tiles + tile.first * coded / 2 + (row - tile.first) * 2;
    for (size_t i = 0; i < in.size; ++i) {
      const size_t column = in.place(i);
      const float scale = source.scales[o * groups + i / kInt4Group];
      const auto value = static_cast<uint32_t>(code(source.weights[o * in.size + i], scale) + 8) & 15U;
      uint8_t& byte = at[column / 4 * tile.rows * 2 + column % 2];
      const bool is_high = column % 4 >= 2;
      byte = static_cast<uint8_t>(is_high ? (byte & 0x0FU) | (value << 4) : (byte & 0xF0U) | value);
      scales[tile.first * (coded / kInt4Group) + column / kInt4Group * tile.rows + (row - tile.first)] = scale;
    }
  }
}

void place_bfloat16(const Matrix& matrix, const Axis& out, const Axis& in, const MatrixSource& source,
                    uint32_t* tiles) {
  for (size_t o = 0; o < out.size; ++o) {
    const size_t row = out.place(o);
    const Tile tile = tile_of(matrix, row);
    uint32_t* at = tiles + tile.first * matrix.in / 2 + (row - tile.first);
    for (size_t i = 0; i < in.size; ++i) {
      const size_t column = in.place(i);
      at[column / 2 * tile.rows] |= bfloat16(source.weights[o * in.size + i]) << (column % 2 * 16);
    }
  }
}

#endif

void place_floats(const Matrix& matrix, const Axis& out, const Axis& in, const MatrixSource& source, Real* tiles) {
  for (size_t o = 0; o < out.size; ++o) {
    const size_t row = out.place(o);
    const Tile tile = tile_of(matrix, row);
    Real* at = tiles + tile.first * matrix.in + (row - tile.first);
    for (size_t i = 0; i < in.size; ++i) at[in.place(i) * tile.rows] = source.weights[o * in.size + i];
  }
}

}  // namespace

size_t Axis::padded_size() const {
  switch (order) {
    case Order::halves: return size / inner * padded(inner);
    case Order::channel_major: return inner * padded(channels());
    default: return padded(size);
  }
}

size_t Axis::place(size_t index) const {
  switch (order) {
    case Order::halves: return index / inner * padded(inner) + index % inner;
    // Files hold channel * frames + frame; the kernels want frame * padded + channel.
    case Order::channel_major: return index % inner * padded(channels()) + index / inner;
    default: return index;
  }
}

size_t scales_of(WeightFormat format, size_t out, size_t in) {
  if (format == WeightFormat::int8) return out;
  return format == WeightFormat::int4 ? out * (align_up(in, kInt4Group) / kInt4Group) : 0;
}

Matrix lay_out_matrix(Arena& arena, [[maybe_unused]] WeightFormat format, const Axis& out, const Axis& in, const MatrixSource& source) {
  Matrix matrix;
  matrix.in = in.padded_size();
  matrix.out = out.padded_size();
  Real* bias = arena.take<Real>(matrix.out);
  for (size_t o = 0; source.bias && o < out.size; ++o) bias[out.place(o)] = source.bias[o];
  matrix.bias = bias;
#if !defined(SASHIMI_FLOAT64)
  matrix.format = format;
  const size_t count = matrix.in * matrix.out;
  if (format == WeightFormat::bf16) {
    auto* tiles = arena.take<uint32_t>(count / 2);
    if (source.weights) place_bfloat16(matrix, out, in, source, tiles);
    matrix.tiles = tiles;
    return matrix;
  }
  if (format == WeightFormat::int8) {
    auto* tiles = arena.take<uint8_t>(count);
    Real* scales = arena.take<Real>(matrix.out);
    if (source.weights) place_int8(matrix, out, in, source, tiles, scales);
    matrix.tiles = tiles;
    matrix.scales = scales;
    return matrix;
  }
  if (format == WeightFormat::int4) {
    auto* tiles = arena.take<uint8_t>(grouped(matrix.in) * matrix.out / 2);
    Real* scales = arena.take<Real>(grouped(matrix.in) / kInt4Group * matrix.out);
    if (source.weights) place_int4(matrix, out, in, source, tiles, scales);
    matrix.tiles = tiles;
    matrix.scales = scales;
    return matrix;
  }
#endif
  Real* tiles = arena.take<Real>(matrix.in * matrix.out);
  if (source.weights) place_floats(matrix, out, in, source, tiles);
  matrix.tiles = tiles;
  return matrix;
}

}  // namespace sashimi
