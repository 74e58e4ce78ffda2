#pragma once

#include <chrono>

#include "timing.h"
#include "warp.h"

namespace sashimi::cuda::simulator {

/// What instructions do that know nothing but registers and constants.
class Arithmetic : protected Values {
 protected:
  using Values::Values;

  /// In the lanes `exec`; `voters` are these before a uniform instruction was left to one of them. False where the instruction is none of
  /// these. `latency`: cycles until another may have the result, of those that the assembler does not know.
  bool compute(WarpState& w, const Instruction& i, uint32_t exec, uint32_t voters, int64_t& latency) {
    const auto& o = i.o;
    const auto is_p = [&](size_t k) { return k < o.size() && (o[k].kind == Operand::pred || o[k].kind == Operand::upred); };
    switch (i.op) {
      case IMAD: {
        bool wide = i.has("WIDE"), hi = i.has("HI"), u = i.has("U32"), x = i.has("X");
        size_t k = 1;
        int carry_out = -1;
        if (is_p(k)) carry_out = static_cast<int>(k++);
        latency = 5;
        LANES {
          uint32_t a = ival(w, o[k], l, i), b = ival(w, o[k + 1], l, i);
          uint64_t product = u ? static_cast<uint64_t>(a) * b
                               : static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(a)) * static_cast<int32_t>(b));
          uint64_t cin = x && is_p(k + 3) ? pval(w, o[k + 3], l) : 0;
          if (wide || hi) {
            uint64_t c = val64(w, o[k + 2], l, i);
            if (o[k + 2].inv) c = ~c;
            if (o[k + 2].neg) c = 0 - c;
            uint64_t sum = product + c + cin;
            if (carry_out >= 0) putp(w, o[carry_out], l, sum < product || (cin && sum == product));
            if (hi)
              put(w, o[0], l, static_cast<uint32_t>(sum >> 32));
            else
              put64(w, o[0], l, sum);
          } else {
            uint32_t c = o[k + 2].kind == Operand::imm ? static_cast<uint32_t>(o[k + 2].value) : ival(w, o[k + 2], l, i);
            put(w, o[0], l, static_cast<uint32_t>(product) + c + static_cast<uint32_t>(cin));
          }
        }
        break;
      }
      case IADD3: {
        size_t k = 1;
        int p1 = -1, p2 = -1;
        bool x = i.has("X");
        if (is_p(k)) p1 = static_cast<int>(k++);
        if (is_p(k)) p2 = static_cast<int>(k++);
        LANES {
          uint64_t sum = 0;
          uint64_t extra = 0;
          for (size_t n = 0; n < 3; ++n) {
            const Operand& q = o[k + n];
            uint32_t v = val(w, q, l, i);
            if (q.inv) v = ~v;
            if (q.neg && q.kind != Operand::imm) {
              if (x)
                v = ~v;
              else {
                v = ~v;
                extra += 1;
              }
            }
            sum += v;
          }
          sum += extra;
          if (x) {
            if (is_p(k + 3)) sum += pval(w, o[k + 3], l);
            if (is_p(k + 4)) sum += pval(w, o[k + 4], l);
          }
          put(w, o[0], l, static_cast<uint32_t>(sum));
          uint32_t carry = static_cast<uint32_t>(sum >> 32);
          if (p1 >= 0) putp(w, o[p1], l, carry >= 1);
          if (p2 >= 0) putp(w, o[p2], l, carry >= 2);
        }
        break;
      }
      case VIADD: LANES put(w, o[0], l, ival(w, o[1], l, i) + ival(w, o[2], l, i)); break;
      case LEA: {
        size_t k = 1;
        int p1 = -1;
        if (is_p(k)) p1 = static_cast<int>(k++);
        bool hi = i.has("HI"), x = i.has("X");
        LANES {
          uint32_t a = ival(w, o[k], l, i), b = ival(w, o[k + 1], l, i);
          uint64_t shifted;
          size_t s = k + 2;
          if (hi) {
            uint64_t c = ival(w, o[k + 2], l, i);
            s = k + 3;
            uint32_t n = static_cast<uint32_t>(o[s].value);
            shifted = ((c << 32 | a) << n) >> 32;
            if (i.has("SX32")) abort();
          } else
            shifted = static_cast<uint32_t>(static_cast<uint64_t>(a) << o[s].value);
          uint64_t sum = static_cast<uint32_t>(shifted) + static_cast<uint64_t>(b) + (x && is_p(s + 1) ? pval(w, o[s + 1], l) : 0);
          put(w, o[0], l, static_cast<uint32_t>(sum));
          if (p1 >= 0) putp(w, o[p1], l, sum >> 32);
        }
        break;
      }
      case LOP3: {
        size_t k = 0;
        int p1 = -1;
        if (is_p(0)) p1 = static_cast<int>(k++);
        LANES {
          uint32_t v =
              lut3(ival(w, o[k + 1], l, i), ival(w, o[k + 2], l, i), ival(w, o[k + 3], l, i), static_cast<uint32_t>(o[k + 4].value));
          put(w, o[k], l, v);
          if (p1 >= 0) putp(w, o[p1], l, v != 0 || (is_p(k + 5) && pval(w, o[k + 5], l)));
        }
        break;
      }
      case PLOP3: {
        LANES {
          uint32_t a = pval(w, o[2], l), b = pval(w, o[3], l), c = pval(w, o[4], l), index = a << 2 | b << 1 | c;
          bool v = o[5].value >> index & 1, v2 = o[6].value >> index & 1;
          putp(w, o[0], l, v);
          putp(w, o[1], l, v2);
        }
        break;
      }
      case SHF: {
        LANES {
          uint64_t lo = ival(w, o[1], l, i), hi = ival(w, o[3], l, i);
          uint32_t n = ival(w, o[2], l, i);
          bool left = i.has("L"), high = i.has("HI"), u64 = i.has("U64") || i.has("S64");
          uint32_t cap = u64 ? 63 : 32;
          if (i.has("W"))
            n &= u64 ? 63 : 31;
          else if (n > cap)
            n = cap;
          uint32_t v;
          if (left) {
            uint64_t all = hi << 32 | lo;
            if (u64) {
              uint64_t z = n >= 64 ? 0 : all << n;
              v = static_cast<uint32_t>(high ? z >> 32 : z);
            } else if (high) {
              v = static_cast<uint32_t>((n >= 64 ? 0 : all << n) >> 32);
            } else
              v = n >= 32 ? 0 : static_cast<uint32_t>(lo << n);
          } else if (u64) {
            uint64_t all = hi << 32 | lo;
            uint64_t z = i.has("S64") ? static_cast<uint64_t>(static_cast<int64_t>(all) >> n) : n >= 64 ? 0 : all >> n;
            v = static_cast<uint32_t>(high ? z >> 32 : z);
          } else if (high) {
            v = i.has("S32") ? static_cast<uint32_t>(static_cast<int32_t>(hi) >> std::min(n, 31u))
                : n >= 32    ? 0
                             : static_cast<uint32_t>(hi) >> n;
          } else {
            uint64_t all = hi << 32 | lo;
            v = static_cast<uint32_t>(all >> n);
          }
          put(w, o[0], l, v);
        }
        break;
      }
      case SEL: LANES put(w, o[0], l, pval(w, o[3], l) ? ival(w, o[1], l, i) : ival(w, o[2], l, i)); break;
      case FSEL:
        LANES {
          const Operand& q = pval(w, o[3], l) ? o[1] : o[2];
          uint32_t v = val(w, q, l, i);
          if (q.abs) v &= 0x7fffffffu;
          if (q.neg) v ^= 0x80000000u;
          put(w, o[0], l, v);
        }
        break;
      case MOV: LANES put(w, o[0], l, ival(w, o[1], l, i)); break;
      case ISETP: {
        bool u = i.has("U32"), ex = i.has("EX");
        const std::string& c = i.mods[0];
        const std::string& j = u ? i.mods[2] : i.mods[1];
        LANES {
          uint32_t a = ival(w, o[2], l, i), b = ival(w, o[3], l, i);
          bool v;
          if (ex) {
            bool low = pval(w, o[5], l);
            bool eq = a == b;
            bool strict =
                u ? (c[0] == 'G' ? a > b : a < b)
                  : (c[0] == 'G' ? static_cast<int32_t>(a) > static_cast<int32_t>(b) : static_cast<int32_t>(a) < static_cast<int32_t>(b));
            v = c == "NE" ? (!eq || low) : c == "EQ" ? (eq && low) : (strict || (eq && low));
          } else
            v = u ? compare<uint32_t>(c, a, b) : compare<int32_t>(c, static_cast<int32_t>(a), static_cast<int32_t>(b));
          bool in = pval(w, o[4], l);
          putp(w, o[0], l, join(j, v, in));
          if (o[1].index != 7) putp(w, o[1], l, join(j, !v, in));
        }
        break;
      }
      case FSETP: {
        const std::string& c = i.mods[0];
        const std::string& j = i.mods.back();
        LANES {
          bool v = fcompare<float>(c, fval(w, o[2], l, i), fval(w, o[3], l, i)), in = pval(w, o[4], l);
          putp(w, o[0], l, join(j, v, in));
          if (o[1].index != 7) putp(w, o[1], l, join(j, !v, in));
        }
        break;
      }
      case DSETP: {
        const std::string& c = i.mods[0];
        const std::string& j = i.mods.back();
        latency = 18;
        LANES {
          double a = dval(w, o[2], l, i), b = dval(w, o[3], l, i);
          bool v = c == "MAX" ? a >= b : fcompare<double>(c, a, b), in = pval(w, o[4], l);
          putp(w, o[0], l, join(j, v, in));
          if (o[1].index != 7) putp(w, o[1], l, join(j, !v, in));
        }
        break;
      }
      case FSET:
        LANES {
          bool v = fcompare<float>(i.mods[1], fval(w, o[1], l, i), fval(w, o[2], l, i)) && pval(w, o[3], l);
          put(w, o[0], l, v ? 0x3f800000u : 0);
        }
        break;
      case FMNMX:
        LANES {
          float a = fval(w, o[1], l, i), b = fval(w, o[2], l, i);
          bool least = pval(w, o[3], l);
          float v = a != a ? b : b != b ? a : least ? std::min(a, b) : std::max(a, b);
          putf(w, o[0], l, v, i);
        }
        break;
      case VIMNMX:
        LANES {
          uint32_t a = ival(w, o[1], l, i), b = ival(w, o[2], l, i);
          bool least = pval(w, o[3], l);
          put(w, o[0], l,
              i.has("U32") ? (least ? std::min(a, b) : std::max(a, b))
                           : static_cast<uint32_t>(least ? std::min(static_cast<int32_t>(a), static_cast<int32_t>(b))
                                                         : std::max(static_cast<int32_t>(a), static_cast<int32_t>(b))));
        }
        break;
      case VIADDMNMX:
        LANES {
          uint32_t a = ival(w, o[1], l, i) + ival(w, o[2], l, i), b = ival(w, o[3], l, i);
          bool least = pval(w, o[4], l);
          put(w, o[0], l,
              i.has("U32") ? (least ? std::min(a, b) : std::max(a, b))
                           : static_cast<uint32_t>(least ? std::min(static_cast<int32_t>(a), static_cast<int32_t>(b))
                                                         : std::max(static_cast<int32_t>(a), static_cast<int32_t>(b))));
        }
        break;
      case FADD: LANES putf(w, o[0], l, fval(w, o[1], l, i) + fval(w, o[2], l, i), i); break;
      case FMUL: LANES putf(w, o[0], l, fval(w, o[1], l, i) * fval(w, o[2], l, i), i); break;
      case FFMA:
        LANES {
          float a = fval(w, o[1], l, i), b = fval(w, o[2], l, i), c = fval(w, o[3], l, i);
          putf(w, o[0], l, std::fma(a, b, c), i);
        }
        break;
      case DADD:
        latency = 16;
        LANES putd(w, o[0], l, dval(w, o[1], l, i) + dval(w, o[2], l, i));
        break;
      case DMUL:
        latency = 16;
        LANES putd(w, o[0], l, dval(w, o[1], l, i) * dval(w, o[2], l, i));
        break;
      case DFMA:
        latency = 16;
        LANES putd(w, o[0], l, std::fma(dval(w, o[1], l, i), dval(w, o[2], l, i), dval(w, o[3], l, i)));
        break;
      case I2F:
      case I2FP: {
        latency = 18;
        LANES {
          uint32_t a = val(w, o[1], l, i);
          if (i.has("F64")) {
            if (i.has("S64"))
              putd(w, o[0], l, static_cast<double>(static_cast<int64_t>(val64(w, o[1], l, i))));
            else if (i.has("U32"))
              putd(w, o[0], l, a);
            else
              putd(w, o[0], l, static_cast<int32_t>(a));
          } else {
            float f = i.has("S8")    ? static_cast<int8_t>(a)
                      : i.has("S16") ? static_cast<int16_t>(a)
                      : i.has("U32") ? static_cast<float>(a)
                      : i.has("U64") ? static_cast<float>(val64(w, o[1], l, i))
                                     : static_cast<float>(static_cast<int32_t>(a));
            if (i.has("RP")) {
              double d = i.has("U64") ? static_cast<double>(val64(w, o[1], l, i)) : a;
              f = static_cast<float>(d);
              if (static_cast<double>(f) < d) f = std::nextafter(f, INFINITY);
            }
            putf(w, o[0], l, f, i);
          }
        }
        break;
      }
      case F2I: {
        latency = 18;
        LANES {
          if (i.has("F64"))
            put64(w, o[0], l, static_cast<uint64_t>(dval(w, o[1], l, i)));
          else {
            float f = fval(w, o[1], l, i);
            if (i.has("U64"))
              put64(w, o[0], l, static_cast<uint64_t>(f));
            else if (i.has("U32"))
              put(w, o[0], l, f <= 0 ? 0 : f >= 4294967296.0f ? 0xffffffffu : static_cast<uint32_t>(f));
            else
              put(w, o[0], l, static_cast<uint32_t>(static_cast<int32_t>(f)));
          }
        }
        break;
      }
      case F2F:
        latency = 18;
        LANES {
          if (i.mods[0] == "F64")
            putd(w, o[0], l, fval(w, o[1], l, i));
          else
            putf(w, o[0], l, static_cast<float>(dval(w, o[1], l, i)), i);
        }
        break;
      case PRMT:
        LANES {
          uint32_t a = val(w, o[1], l, i), sel = val(w, o[2], l, i), b = val(w, o[3], l, i), v = 0;
          uint64_t all = static_cast<uint64_t>(b) << 32 | a;
          for (int k = 0; k < 4; ++k) {
            uint32_t n = sel >> 4 * k & 15;
            uint32_t byte = static_cast<uint32_t>(all >> 8 * (n & 7)) & 255;
            if (n & 8) byte = byte & 128 ? 255 : 0;
            v |= byte << 8 * k;
          }
          put(w, o[0], l, v);
        }
        break;
      case SGXT:
        LANES {
          uint32_t n = ival(w, o[2], l, i), a = ival(w, o[1], l, i);
          uint32_t v = n >= 32 ? a : a & ((1u << n) - 1);
          if (!i.has("U32") && n && n < 32 && a >> (n - 1) & 1) v |= ~0u << n;
          put(w, o[0], l, v);
        }
        break;
      case P2R:
        LANES {
          uint32_t pr = 0;
          for (int k = 0; k < 7; ++k) pr |= static_cast<uint32_t>(w.p[k][l]) << k;
          uint32_t m = ival(w, o[3], l, i);
          put(w, o[0], l, (pr & m) | (ival(w, o[2], l, i) & ~m));
        }
        break;
      case R2P:
        LANES {
          uint32_t a = ival(w, o[1], l, i), m = ival(w, o[2], l, i);
          for (int k = 0; k < 7; ++k)
            if (m >> k & 1) w.p[k][l] = a >> k & 1;
        }
        break;
      case HFMA2: LANES put(w, o[0], l, i.raw_imm); break;
      case CS2R:
        LANES {
          uint64_t v = 0;
          if (o[1].text.find("TIMER") != std::string::npos || o[1].text.find("CLOCK") != std::string::npos) v = now_ns();
          if (i.has("32"))
            put(w, o[0], l, static_cast<uint32_t>(v));
          else
            put64(w, o[0], l, v);
        }
        break;
      case ULDC:
        latency = 8;
        if (exec) {
          put_u(w, o[0], bank(o[1].index, static_cast<uint32_t>(o[1].value)));
          if (i.width == 8) w.ur[o[0].index + 1] = bank(o[1].index, static_cast<uint32_t>(o[1].value + 4));
        }
        break;
      case R2UR:
        latency = 12;
        if (exec) {
          int l = __builtin_ctz(exec);
          put_u(w, o[0], val(w, o[1], l, i));
        }
        break;
      case VOTE:
        LANES {
          uint32_t v = 0;
          for (int k = 0; k < 32; ++k)
            if (voters >> k & 1 && pval(w, o.back(), k)) v |= 1u << k;
          if (o[0].kind == Operand::upred || o[0].kind == Operand::pred)
            putp(w, o[0], l, i.has("ANY") ? v != 0 : v == voters);
          else
            put(w, o[0], l, v);
        }
        break;
      case POPC: LANES put(w, o[0], l, static_cast<uint32_t>(__builtin_popcount(ival(w, o[1], l, i)))); break;
      case LDC:
        latency = 30;
        LANES {
          put(w, o[0], l, val(w, o[1], l, i));
          if (i.width == 8) {
            Operand q = o[1];
            q.value += 4;
            Operand d = o[0];
            d.index += 1;
            put(w, d, l, val(w, q, l, i));
          }
        }
        break;
      case MUFU:
        latency = timing_.special;
        LANES {
          if (i.has("RCP64H")) {
            uint64_t v = static_cast<uint64_t>(val(w, o[1], l, i)) << 32;
            if (o[1].kind == Operand::fimm) v = static_cast<uint64_t>(i.raw_imm) << 32;
            double d;
            memcpy(&d, &v, 8);
            if (o[1].neg && o[1].kind == Operand::reg) d = -d;
            d = 1.0 / d;
            memcpy(&v, &d, 8);
            put(w, o[0], l, static_cast<uint32_t>(v >> 32));
          } else {
            float a = fval(w, o[1], l, i);
            float v = i.has("RCP")   ? 1.0f / a
                      : i.has("RSQ") ? static_cast<float>(1.0 / std::sqrt(static_cast<double>(a)))
                                     : (abort(), 0.0f);
            putf(w, o[0], l, v, i);
          }
        }
        break;
      case FCHK:
        latency = 18;
        LANES {
          float a = fval(w, o[1], l, i), b = fval(w, o[2], l, i);
          int ea, eb;
          std::frexp(a, &ea);
          std::frexp(b, &eb);
          bool slow = !(std::isfinite(a) && std::isfinite(b)) || b == 0 || eb > 120 || eb < -120 ||
                      (a != 0 && (ea - eb > 120 || ea < -100 || ea - eb < -120));
          putp(w, o[0], l, slow);
        }
        break;
      default: return false;
    }
    return true;
  }

  Timing timing_;

 private:
  static uint64_t now_ns() {
    return static_cast<uint64_t>(
               std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count()) /
           1000;
  }

  template <class T>
  static bool compare(const std::string& m, T a, T b) {
    if (m == "LT") return a < b;
    if (m == "EQ") return a == b;
    if (m == "LE") return a <= b;
    if (m == "GT") return a > b;
    if (m == "NE") return a != b;
    if (m == "GE") return a >= b;
    fprintf(stderr, "compare %s\n", m.c_str());
    abort();
  }
  template <class T>
  static bool fcompare(std::string m, T a, T b) {
    bool nan = a != a || b != b;
    if (m == "NUM") return !nan;
    if (m == "NAN") return nan;
    if (m.size() == 3 && m[2] == 'U') {
      return nan || compare<T>(m.substr(0, 2), a, b);
    }
    return !nan && compare<T>(m, a, b);
  }
  static bool join(const std::string& m, bool a, bool b) { return m == "AND" ? (a && b) : m == "OR" ? (a || b) : (a != b); }

  static uint32_t lut3(uint32_t a, uint32_t b, uint32_t c, uint32_t lut) {
    uint32_t v = 0;
    for (int k = 0; k < 8; ++k)
      if (lut >> k & 1) v |= (k & 4 ? a : ~a) & (k & 2 ? b : ~b) & (k & 1 ? c : ~c);
    return v;
  }
};

}  // namespace sashimi::cuda::simulator
