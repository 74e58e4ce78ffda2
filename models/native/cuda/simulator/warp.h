#pragma once

#include <cmath>

#include "sass.h"

namespace sashimi::cuda::simulator {

/// For each lane `l` of `exec`.
#define LANES                  \
  for (int l = 0; l < 32; ++l) \
    if (exec >> l & 1)

/// Where generic addresses of a thread's own and of the block's memory begin.
inline constexpr uint64_t kLocalWindow = 0x7fff00000000ULL << 4;
inline constexpr uint64_t kSharedWindow = 0x7ffe00000000ULL << 4;

/// 32 threads, a lane each.
struct WarpState {
  /// (256, 32)
  std::vector<uint32_t> r = std::vector<uint32_t>(256 * 32, 0);
  uint32_t ur[64] = {};
  uint8_t p[8][32] = {};
  bool up[8] = {};
  uint32_t pc[32];
  uint32_t alive = 0xffffffffu;
  uint32_t blocked = 0;        ///< Lanes that wait for others.
  uint32_t bar_mask[16] = {};  ///< Lanes that meet at a convergence barrier.
  int blocked_on[32];
  bool at_barrier = false;
  int64_t ready = 0;   ///< The cycle from which on it may issue.
  int64_t sb[6] = {};  ///< When each scoreboard is free.
  std::vector<std::vector<unsigned char>> local;
  int index = 0;
  uint64_t issued = 0;
};

/// How instructions read and write: operand `o` of instruction `i` in lane `l`.
class Values {
 protected:
  static constexpr uint32_t kStack = 8192;  ///< Bytes of a thread's own memory.
  static constexpr uint32_t kParametersAt = 0x210;

  Values(const Program& program, const void* parameters, size_t bytes, unsigned threads) : program_(program) {
    constants_.assign(kParametersAt + bytes, 0);
    set(0x0, threads);
    set64(0x18, kSharedWindow);
    set64(0x20, kLocalWindow);
    set(0x28, kStack);
    memcpy(constants_.data() + kParametersAt, parameters, bytes);
  }

  static void put_u(WarpState& w, const Operand& o, uint32_t v) {
    if (o.index != 63) w.ur[o.index] = v;
  }
  uint32_t val(const WarpState& w, const Operand& o, int l, const Instruction& i) const {
    uint32_t v = 0;
    switch (o.kind) {
      case Operand::reg: v = o.index == 255 ? 0 : w.r[static_cast<size_t>(o.index) * 32 + l]; break;
      case Operand::ureg: v = o.index == 63 ? 0 : w.ur[o.index]; break;
      case Operand::imm: return static_cast<uint32_t>(o.value);
      case Operand::fimm: return i.raw_imm;
      case Operand::cbank:
        v = bank(o.index, static_cast<uint32_t>(o.value + (o.base >= 0 && o.base != 255 ? w.r[static_cast<size_t>(o.base) * 32 + l] : 0)));
        break;
      default: fprintf(stderr, "operand %s of %s\n", o.text.c_str(), i.text.c_str()); abort();
    }
    return v;
  }
  uint32_t bank(int b, uint32_t at) const {
    uint32_t v = 0;
    if (b == 0) {
      if (at + 4 <= constants_.size()) memcpy(&v, constants_.data() + at, 4);
    } else if (b == 2)
      memcpy(&v, program_.bank2.data() + at, 4);
    else {
      fprintf(stderr, "bank %d\n", b);
      abort();
    }
    return v;
  }
  uint32_t ival(const WarpState& w, const Operand& o, int l, const Instruction& i) const {
    uint32_t v = val(w, o, l, i);
    if (o.inv) v = ~v;
    if (o.neg && o.kind != Operand::imm) v = 0u - v;
    return v;
  }
  float fval(const WarpState& w, const Operand& o, int l, const Instruction& i) const {
    uint32_t v = val(w, o, l, i);
    if (o.abs) v &= 0x7fffffffu;
    if (o.neg) v ^= 0x80000000u;
    float f;
    memcpy(&f, &v, 4);
    if (i.has("FTZ") && std::fpclassify(f) == FP_SUBNORMAL) f = std::copysign(0.0f, f);
    return f;
  }
  uint64_t val64(const WarpState& w, const Operand& o, int l, const Instruction& i) const {
    if (o.kind == Operand::reg) {
      if (o.index == 255) return 0;
      return w.r[static_cast<size_t>(o.index) * 32 + l] | static_cast<uint64_t>(w.r[static_cast<size_t>(o.index + 1) * 32 + l]) << 32;
    }
    if (o.kind == Operand::ureg) return o.index == 63 ? 0 : w.ur[o.index] | static_cast<uint64_t>(w.ur[o.index + 1]) << 32;
    if (o.kind == Operand::cbank)
      return bank(o.index, static_cast<uint32_t>(o.value)) | static_cast<uint64_t>(bank(o.index, static_cast<uint32_t>(o.value + 4))) << 32;
    if (o.kind == Operand::imm) return static_cast<uint64_t>(o.value);
    return static_cast<uint64_t>(i.raw_imm) << 32;
  }
  double dval(const WarpState& w, const Operand& o, int l, const Instruction& i) const {
    uint64_t v = o.kind == Operand::fimm || o.kind == Operand::imm ? static_cast<uint64_t>(i.raw_imm) << 32 : val64(w, o, l, i);
    if (o.abs) v &= ~(1ULL << 63);
    if (o.neg && o.kind != Operand::fimm) v ^= 1ULL << 63;
    double d;
    memcpy(&d, &v, 8);
    return d;
  }
  bool pval(const WarpState& w, const Operand& o, int l) const {
    bool v = o.kind == Operand::upred ? w.up[o.index] : w.p[o.index][l];
    return v != o.inv;
  }
  static void put(WarpState& w, const Operand& o, int l, uint32_t v) {
    if (o.kind == Operand::ureg) {
      put_u(w, o, v);
      return;
    }
    if (o.index != 255) w.r[static_cast<size_t>(o.index) * 32 + l] = v;
  }
  static void put64(WarpState& w, const Operand& o, int l, uint64_t v) {
    if (o.kind == Operand::ureg) {
      if (o.index != 63) {
        w.ur[o.index] = static_cast<uint32_t>(v);
        w.ur[o.index + 1] = static_cast<uint32_t>(v >> 32);
      }
      return;
    }
    if (o.index == 255) return;
    w.r[static_cast<size_t>(o.index) * 32 + l] = static_cast<uint32_t>(v);
    w.r[static_cast<size_t>(o.index + 1) * 32 + l] = static_cast<uint32_t>(v >> 32);
  }
  static void putf(WarpState& w, const Operand& o, int l, float f, const Instruction& i) {
    if (i.has("FTZ") && std::fpclassify(f) == FP_SUBNORMAL) f = std::copysign(0.0f, f);
    uint32_t v;
    memcpy(&v, &f, 4);
    put(w, o, l, v);
  }
  static void putd(WarpState& w, const Operand& o, int l, double f) {
    uint64_t v;
    memcpy(&v, &f, 8);
    put64(w, o, l, v);
  }
  static void putp(WarpState& w, const Operand& o, int l, bool v) {
    if (o.kind == Operand::upred) {
      if (o.index != 7) w.up[o.index] = v;
      return;
    }
    if (o.index != 7) w.p[o.index][l] = v;
  }

  const Program& program_;

 private:
  void set(size_t at, uint32_t v) { memcpy(constants_.data() + at, &v, 4); }
  void set64(size_t at, uint64_t v) { memcpy(constants_.data() + at, &v, 8); }

  std::vector<unsigned char> constants_;
};

}  // namespace sashimi::cuda::simulator
