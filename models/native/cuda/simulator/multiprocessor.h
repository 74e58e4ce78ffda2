#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <thread>
#include <unordered_map>

#include "arithmetic.h"
#include "pipes.h"
#include "report.h"

namespace sashimi::cuda::simulator {

/// One block of threads on one multiprocessor: what its instructions do, and when each can be issued. Threads of a warp that part go on by
/// the lowest address, until they meet again. Memory of the device is that of this process. What is not known ends the process, by name.
class Multiprocessor : Arithmetic {
 public:
  Multiprocessor(const Program& program, const void* params, size_t params_bytes, unsigned threads, size_t shared_bytes, unsigned block)
      : Arithmetic(program, params, params_bytes, threads), shared_(shared_bytes + kReservedBytes, 0xFF), block_(block), report_(program) {
    for (unsigned w = 0; w < threads / 32; ++w) {
      warps_.emplace_back();
      WarpState& s = warps_.back();
      s.index = static_cast<int>(w);
      for (auto& pc : s.pc) pc = 0;
      for (int l = 0; l < 32; ++l) s.p[7][l] = 1;
      s.up[7] = true;
      s.local.assign(32, std::vector<unsigned char>(kStack, 0));
    }
    l1_.capacity = static_cast<size_t>(timing_.first_cache_bytes / 128);
    for (auto& i : near_) i.capacity = static_cast<size_t>(timing_.near_instructions / timing_.line_instructions);
  }

  void run() {
    int64_t cycle = 0;
    size_t n = warps_.size();
    int last[4] = {};
    for (;;) {
      bool any_alive = false;
      int64_t next = INT64_MAX;
      bool all_at_barrier = true;
      for (auto& w : warps_) {
        if (!w.alive) continue;
        any_alive = true;
        if (!w.at_barrier) all_at_barrier = false;
      }
      if (!any_alive) break;
      if (all_at_barrier) {
        for (auto& w : warps_) {
          w.at_barrier = false;
          w.ready = std::max(w.ready, cycle + timing_.barrier);
        }
        report_.meet(barrier_, cycle);
      }
      for (int s = 0; s < 4; ++s) {
        // Greedy, then the youngest.
        WarpState* chosen = nullptr;
        for (size_t k = 0; k < n; ++k) {
          size_t w = (static_cast<size_t>(last[s]) + k) % n;
          if (static_cast<int>(w % 4) != s) continue;
          WarpState& ws = warps_[w];
          if (!ws.alive || ws.at_barrier) continue;
          int64_t when = when_ready(ws);
          if (when <= cycle && pipe_free(s, ws, cycle)) {
            chosen = &ws;
            last[s] = static_cast<int>(w);
            break;
          }
          next = std::min(next, std::max(when, cycle + 1));
        }
        if (chosen) {
          issue(*chosen, s, cycle);
          next = std::min(next, cycle + 1);
        }
      }
      cycle = next == INT64_MAX ? cycle + 1 : next;
    }
    report_.print(cycle);
    report_.write_profile();
  }

 private:
  static constexpr size_t kReservedBytes = 1024;  ///< In front of what a launch asks for.

  uint32_t group_pc(const WarpState& w) const {  // lowest pc of lanes that run
    uint32_t best = UINT32_MAX;
    uint32_t run = w.alive & ~w.blocked;
    for (int l = 0; l < 32; ++l)
      if (run >> l & 1 && w.pc[l] < best) best = w.pc[l];
    return best;
  }
  uint32_t group(const WarpState& w, uint32_t pc) const {
    uint32_t m = 0, run = w.alive & ~w.blocked;
    for (int l = 0; l < 32; ++l)
      if (run >> l & 1 && w.pc[l] == pc) m |= 1u << l;
    return m;
  }

  int64_t when_ready(WarpState& w) {
    uint32_t pc = group_pc(w);
    if (pc == UINT32_MAX) {
      fprintf(stderr, "warp %d is stuck\n", w.index);
      dump(w);
      abort();
    }
    const Instruction& i = program_.code[pc / 16];
    int64_t when = w.ready;
    for (int b = 0; b < 6; ++b)
      if (i.wait >> b & 1) when = std::max(when, w.sb[b]);
    return when;
  }
  void dump(const WarpState& w) {
    for (int l = 0; l < 32; ++l) fprintf(stderr, "%x%s ", w.pc[l], w.blocked >> l & 1 ? "b" : "");
    fprintf(stderr, "\n");
  }

  bool pipe_free(int s, WarpState& w, int64_t cycle) {
    const Instruction& i = program_.code[group_pc(w) / 16];
    return pipe_[s][pipe_of(i)] <= cycle;
  }

  unsigned char* resolve(WarpState& w, const Instruction& i, const Operand& o, int l) {
    int64_t a = o.value;
    if (i.op == LDS || i.op == STS) {
      uint32_t b = static_cast<uint32_t>(a) + (o.base >= 0 && o.base != 255 ? w.r[static_cast<size_t>(o.base) * 32 + l] : 0) +
                   (o.ubase >= 0 && o.ubase != 63 ? w.ur[o.ubase] : 0);
      if (b + static_cast<uint32_t>(i.width) > shared_.size() || b % static_cast<uint32_t>(i.width)) {
        fprintf(stderr, "shared %x of %s\n", b, i.text.c_str());
        abort();
      }
      return shared_.data() + b;
    }
    if (i.op == LDL || i.op == STL) {
      uint32_t b = static_cast<uint32_t>(a) + (o.base >= 0 && o.base != 255 ? w.r[static_cast<size_t>(o.base) * 32 + l] : 0);
      if (b + 4 > kStack) {
        fprintf(stderr, "local %x of %s\n", b, i.text.c_str());
        abort();
      }
      return w.local[l].data() + b;
    }
    uint64_t b = static_cast<uint64_t>(a);
    if (o.base >= 0 && o.base != 255)
      b += w.r[static_cast<size_t>(o.base) * 32 + l] | static_cast<uint64_t>(w.r[static_cast<size_t>(o.base + 1) * 32 + l]) << 32;
    if (o.ubase >= 0 && o.ubase != 63) b += w.ur[o.ubase] | static_cast<uint64_t>(w.ur[o.ubase + 1]) << 32;
    if (b >= kLocalWindow && b < kLocalWindow + kStack) return w.local[l].data() + (b - kLocalWindow);
    if (b >= kSharedWindow && b < kSharedWindow + shared_.size()) return shared_.data() + (b - kSharedWindow);
    if (b % static_cast<uint64_t>(i.width)) {
      fprintf(stderr, "address %lx of %s\n", b, i.text.c_str());
      abort();
    }
    return reinterpret_cast<unsigned char*>(b);
  }

  void release_barrier(WarpState& w, int b) {
    // All of its mask that still runs is blocked there?
    uint32_t m = w.bar_mask[b] & w.alive, here = 0;
    for (int l = 0; l < 32; ++l)
      if (w.blocked >> l & 1 && w.blocked_on[l] == b) here |= 1u << l;
    if (here && (m & ~here) == 0) w.blocked &= ~here;
  }

  void issue(WarpState& w, int s, int64_t cycle) {
    const uint32_t pc = group_pc(w);
    const uint32_t mask = group(w, pc);
    const Instruction& i = program_.code[pc / 16];
    report_.issued(i, w.index, cycle);
    pipe_[s][pipe_of(i)] = cycle + busy_of(i);
    // Fetching.
    int64_t fetch = 0;
    uint64_t line = pc / 16 / static_cast<uint32_t>(timing_.line_instructions);
    if (line != last_line_[w.index]) {
      bool is_near = near_[s].touch(line);
      if (!is_near) fetch = line == last_line_[w.index] + 1 ? timing_.far_line : timing_.far_jump;
      last_line_[w.index] = line;
    }
    report_.fetched(fetch);
    uint32_t exec = 0;
    for (int l = 0; l < 32; ++l)
      if (mask >> l & 1) {
        bool p = i.pred_uniform ? w.up[i.pred] : w.p[i.pred][l];
        if (p != i.pred_neg) exec |= 1u << l;
      }
    int64_t latency = 0;
    bool jumped = false;
    for (int l = 0; l < 32; ++l)
      if (mask >> l & 1) w.pc[l] = pc + 16;
    execute(w, i, exec, mask, pc, cycle, latency, jumped);
    if (i.wr < 6) w.sb[i.wr] = std::max(w.sb[i.wr], cycle + std::max<int64_t>(latency, 2));
    if (i.rd < 6) w.sb[i.rd] = std::max(w.sb[i.rd], cycle + std::min<int64_t>(std::max<int64_t>(latency, 2), 12));
    w.ready = cycle + std::max(1, i.stall) + fetch + (jumped ? timing_.jump : 0);
  }

  int64_t memory_latency(WarpState& w, const Instruction& i, uint32_t exec, const Operand& o, int64_t cycle) {
    if (i.op == LDS || i.op == STS) {
      // Wavefronts: distinct 128-byte rows by bank.
      std::set<uint64_t> words;
      int per_bank[32] = {};
      int most = 1;
      for (int l = 0; l < 32; ++l)
        if (exec >> l & 1) {
          uint64_t b = static_cast<uint64_t>(resolve(w, i, o, l) - shared_.data());
          for (int k = 0; k < std::max(1, i.width / 4); ++k) words.insert(b / 4 + static_cast<uint64_t>(k));
        }
      for (uint64_t x : words) most = std::max(most, ++per_bank[x % 32]);
      int64_t start = std::max(shared_free_, cycle + 2);
      shared_free_ = start + most;
      return start - cycle + (i.width > 8 ? timing_.near_wide_read : timing_.near_read) + most - 1;
    }
    if (i.op == LDL || i.op == STL) return timing_.first_cache;
    std::set<uint64_t> sectors;
    bool generic_near = false;
    for (int l = 0; l < 32; ++l)
      if (exec >> l & 1) {
        unsigned char* p = resolve(w, i, o, l);
        if ((p >= shared_.data() && p < shared_.data() + shared_.size()) || (p >= w.local[l].data() && p < w.local[l].data() + kStack)) {
          generic_near = true;
          continue;
        }
        for (int k = 0; k < std::max(1, i.width / 32); ++k)
          sectors.insert((reinterpret_cast<uint64_t>(p) + static_cast<uint64_t>(32 * k)) / 32);
      }
    if (sectors.empty()) return generic_near ? timing_.first_cache : 4;
    bool is_store = i.op == STG || i.op == ST;
    if (is_store) {
      return 20;
    }
    if (i.has("STRONG")) return timing_.second_cache + 40;
    int missed = 0;
    for (uint64_t x : sectors) {
      bool hit = l1_.touch(x / 4, !i.has("NA"));
      if (!hit || i.has("NA")) ++missed;
    }
    if (!missed) {
      report_.first_cache_hit();
      return timing_.first_cache + static_cast<int64_t>(sectors.size()) / 4;
    }
    report_.second_cache_read(32u * static_cast<unsigned>(missed));
    l2_free_ = std::max(l2_free_, static_cast<double>(cycle)) + 32.0 * missed / timing_.second_cache_bytes_per_cycle;
    return static_cast<int64_t>(l2_free_) - cycle + timing_.second_cache;
  }

  void execute(WarpState& w, const Instruction& i, uint32_t exec, uint32_t mask, uint32_t pc, int64_t cycle, int64_t& latency,
               bool& jumped) {
    const auto& o = i.o;
    const auto is_p = [&](size_t k) { return k < o.size() && (o[k].kind == Operand::pred || o[k].kind == Operand::upred); };
    const uint32_t voters = exec;
    if (i.uniform && exec) exec &= 0u - exec;
    switch (i.op) {
      case S2R:
        latency = 25;
        LANES {
          uint32_t v = 0;
          const std::string& t = o[1].text;
          if (t == "SR_TID.X")
            v = static_cast<uint32_t>(w.index * 32 + l);
          else if (t == "SR_CgaCtaId")
            v = 0;
          else if (t == "SR_LANEID")
            v = static_cast<uint32_t>(l);
          else if (t == "SR_CTAID.X")
            v = block_;
          else if (t == "SR_SWINHI")
            v = static_cast<uint32_t>(kSharedWindow >> 32);
          else if (t == "SR_LWINHI")
            v = static_cast<uint32_t>(kLocalWindow >> 32);
          else {
            fprintf(stderr, "%s\n", i.text.c_str());
            abort();
          }
          put(w, o[0], l, v);
        }
        break;
      case S2UR:
        latency = 25;
        if (exec) w.ur[o[0].index] = o[1].text == "SR_CTAID.X" ? block_ : 0;
        break;
      case UP2UR:
        if (exec) {
          uint32_t pr = 0;
          for (int k = 0; k < 7; ++k) pr |= static_cast<uint32_t>(w.up[k]) << k;
          uint32_t m = ival(w, o[3], 0, i);
          put_u(w, o[0], (pr & m) | (ival(w, o[2], 0, i) & ~m));
        }
        break;
      case LDS:
      case LDG:
      case LD:
      case LDL: {
        const Operand& a = o.back().kind == Operand::mem ? o.back() : o[1];
        latency = exec ? memory_latency(w, i, exec, a, cycle) : 2;
        LANES {
          unsigned char* p = resolve(w, i, a, l);
          if (i.width == 1) {
            put(w, o[0], l, *p);
            continue;
          }
          if (i.has("STRONG")) {
            uint32_t v = __atomic_load_n(reinterpret_cast<uint32_t*>(p), __ATOMIC_ACQUIRE);
            put(w, o[0], l, v);
            if (i.width != 4) abort();
            continue;
          }
          for (int k = 0; k < i.width / 4; ++k) {
            uint32_t v;
            memcpy(&v, p + 4 * k, 4);
            Operand d = o[0];
            if (d.index != 255) {
              d.index += k;
              put(w, d, l, v);
            }
          }
        }
        break;
      }
      case STS:
      case STG:
      case ST:
      case STL: {
        latency = exec ? memory_latency(w, i, exec, o[0], cycle) : 2;
        LANES {
          unsigned char* p = resolve(w, i, o[0], l);
          if (i.width == 1) {
            *p = static_cast<unsigned char>(val(w, o[1], l, i));
            continue;
          }
          if (i.has("STRONG")) {
            __atomic_store_n(reinterpret_cast<uint32_t*>(p), val(w, o[1], l, i), __ATOMIC_SEQ_CST);
            continue;
          }
          for (int k = 0; k < i.width / 4; ++k) {
            Operand d = o[1];
            if (d.index != 255) d.index += k;
            uint32_t v = val(w, d, l, i);
            memcpy(p + 4 * k, &v, 4);
          }
        }
        break;
      }
      case SHFL: {
        latency = timing_.shuffle;
        if (exec != mask || mask != w.alive) {
          fprintf(stderr, "shuffle of some: %x %x %s\n", exec, mask, i.text.c_str());
          abort();
        }
        uint32_t from[32];
        for (int l = 0; l < 32; ++l) from[l] = val(w, o[2], l, i);
        LANES {
          uint32_t b = val(w, o[3], l, i);
          uint32_t src = i.has("BFLY") ? static_cast<uint32_t>(l) ^ b : i.has("IDX") ? b & 31 : (abort(), 0);
          put(w, o[1], l, from[src & 31]);
        }
        break;
      }
      case BAR:
        if (mask != w.alive) {
          fprintf(stderr, "barrier of some\n");
          abort();
        }
        w.at_barrier = true;
        barrier_ = pc;
        break;
      case MEMBAR:
        latency = 200;
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        l1_.clear();
        break;
      case NOPS:
        if (i.text.find("NANOSLEEP") != std::string::npos) std::this_thread::sleep_for(std::chrono::microseconds(20));
        break;
      case WARPSYNC:
        if (i.has("COLLECTIVE")) {
          fprintf(stderr, "collective\n");
          abort();
        }
        break;
      case BMOV: {
        // BMOV.32.CLEAR R, B or BMOV.32 B, R
        if (o[0].kind == Operand::barrier) {
          uint32_t v = val(w, o[1], __builtin_ctz(mask), i);
          w.bar_mask[o[0].index] = v;
        } else {
          LANES put(w, o[0], l, w.bar_mask[o[1].index]);
          if (i.has("CLEAR") && exec) w.bar_mask[o[1].index] = 0;
        }
        break;
      }
      case BREAK: {
        int b = o.back().index;
        w.bar_mask[b] &= ~exec;
        release_barrier(w, b);
        break;
      }
      case BSSY: w.bar_mask[o[0].index] = mask; break;
      case BSYNC: {
        int b = o[0].index;
        LANES {
          w.blocked |= 1u << l;
          w.blocked_on[l] = b;
        }
        if ((w.bar_mask[b] & exec) != exec) {
          for (int l = 0; l < 32; ++l)
            if (exec >> l & 1) w.blocked &= ~(1u << l);
        }  // none of it: goes on
        release_barrier(w, b);
        break;
      }
      case BRA: {
        if (i.has("DIV")) {
          if (mask != w.alive) {
            fprintf(stderr, "diverged at %s\n", i.text.c_str());
            abort();
          }
          break;
        }
        uint32_t taken = 0;
        bool has_p = o.size() > 1 && is_p(0);
        LANES if (!has_p || pval(w, o[0], l)) {
          w.pc[l] = i.target;
          taken |= 1u << l;
        }
        jumped = taken != 0;
        break;
      }
      case BRX: LANES { w.pc[l] = pc + 16 + val(w, o[0], l, i) + static_cast<uint32_t>(o[1].value);
        }
        jumped = true;
        break;
      case CALL:
        LANES w.pc[l] = i.target;
        jumped = exec != 0;
        break;
      case RET:
        LANES w.pc[l] = val(w, o[0], l, i);
        jumped = exec != 0;
        break;
      case EXIT: w.alive &= ~exec; break;
      case BPT: fprintf(stderr, "trap\n"); abort();
      default:
        if (compute(w, i, exec, voters, latency)) break;
        fprintf(stderr, "not known: %s at %x\n", i.text.c_str(), pc);
        abort();
    }
  }

  std::vector<unsigned char> shared_;
  unsigned block_;
  std::vector<WarpState> warps_;
  Lru l1_, near_[4];
  int64_t pipe_[4][kPipes] = {};
  uint64_t last_line_[32] = {};
  int64_t shared_free_ = 0;
  double l2_free_ = 0;
  Report report_;
  uint32_t barrier_ = 0;  ///< Where the warps met last.
};

}  // namespace sashimi::cuda::simulator
