#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <thread>
#include <unordered_map>

#include "arithmetic.h"

namespace sashimi::cuda::simulator {

inline int setting_of(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

/// One block of threads on one multiprocessor: what its instructions do, and when each can be issued. Threads of a warp that part go on by
/// the lowest address, until they meet again. Memory of the device is that of this process. What is not known ends the process, by name.
class Multiprocessor : Arithmetic {
 public:
  Multiprocessor(const Program& program, const void* params, size_t params_bytes, unsigned threads, size_t shared_bytes, unsigned block)
      : Arithmetic(program, params, params_bytes, threads), shared_(shared_bytes + kReservedBytes, 0xFF), block_(block) {
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
        on_barrier(cycle);
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
    cycles_ = cycle;
    report();
    profile();
  }

 private:
  static constexpr size_t kReservedBytes = 1024;  ///< In front of what a launch asks for.

  static constexpr uint32_t kStack = 8192;
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

  enum Pipe { fma, alu, fp64, xu, lsu, other, kPipes };
  static Pipe pipe_of(const Instruction& i) {
    switch (i.op) {
      case FFMA:
      case FMUL:
      case FADD:
      case IMAD:
      case HFMA2: return fma;
      case DADD:
      case DMUL:
      case DFMA:
      case DSETP: return fp64;
      case MUFU:
      case I2F:
      case F2I:
      case F2F:
      case FCHK:
      case POPC: return xu;
      case LDS:
      case STS:
      case LDG:
      case STG:
      case LD:
      case ST:
      case LDL:
      case STL:
      case SHFL:
      case LDC:
      case MEMBAR: return lsu;
      case BRA:
      case BSSY:
      case BSYNC:
      case CALL:
      case RET:
      case BRX:
      case WARPSYNC:
      case BAR:
      case NOPS:
      case EXIT:
      case BREAK: return other;
      default: return alu;
    }
  }
  static int busy_of(const Instruction& i) {
    switch (pipe_of(i)) {
      case fma: return i.op == IMAD || i.op == HFMA2 ? 2 : 1;
      case fp64: return 2;
      case alu: return 2;
      case xu: return 8;
      case lsu: return 2;
      default: return 1;
    }
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
    if (tracing_ && w.index == trace_warp_)
      fprintf(stderr, "%6lld +%3lld %x %s\n", static_cast<long long>(cycle - last_bar_), static_cast<long long>(cycle - last_trace_), pc,
              i.text.c_str()),
          last_trace_ = cycle;
    ++w.issued;
    ++instructions_;
    pipe_[s][pipe_of(i)] = cycle + busy_of(i);
    // Fetching.
    int64_t fetch = 0;
    uint64_t line = pc / 16 / static_cast<uint32_t>(timing_.line_instructions);
    if (line != last_line_[w.index]) {
      bool is_near = near_[s].touch(line);
      if (!is_near) fetch = line == last_line_[w.index] + 1 ? timing_.far_line : timing_.far_jump;
      last_line_[w.index] = line;
    }
    fetch_cycles_ += fetch;
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
    if (profile_) {
      auto& f = by_pc_[pc];
      ++f.first;
    }
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
      stored_bytes_ += 32 * sectors.size();
      return 20;
    }
    if (i.has("STRONG")) return timing_.second_cache + 40;
    int missed = 0;
    for (uint64_t x : sectors) {
      bool hit = l1_.touch(x / 4, !i.has("NA"));
      if (!hit || i.has("NA")) ++missed;
    }
    if (!missed) {
      ++l1_hits_;
      return timing_.first_cache + static_cast<int64_t>(sectors.size()) / 4;
    }
    ++l1_misses_;
    l2_bytes_ += 32u * static_cast<unsigned>(missed);
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
        bar_pc_ = pc;
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
  void on_barrier(int64_t cycle) {
    auto& b = bars_[bar_pc_];
    tracing_ = trace_at_ && bar_pc_ == trace_at_ && static_cast<int>(b.count) == trace_count_;
    last_trace_ = cycle;
    ++b.count;
    b.cycles += cycle - last_bar_;
    b.instructions += instructions_ - last_instructions_;
    b.fetch += fetch_cycles_ - last_fetch_;
    last_bar_ = cycle;
    last_instructions_ = instructions_;
    last_fetch_ = fetch_cycles_;
  }

 public:
  void report() {
    if (!setting_of("SASHIMI_SIMULATOR_REPORT", 1)) return;
    fprintf(stderr, "%lld cycles, %llu instructions, l1 %llu hits %llu misses, l2 %.2f MB\n", static_cast<long long>(cycles_),
            static_cast<unsigned long long>(instructions_), static_cast<unsigned long long>(l1_hits_),
            static_cast<unsigned long long>(l1_misses_), static_cast<double>(l2_bytes_) / 1e6);
    for (auto& [pc, b] : bars_) {
      if (b.count < 16) continue;
      fprintf(stderr, "%6x %7llu x %8.0f cycles %7.0f instructions %6.0f fetch  %s\n", pc, static_cast<unsigned long long>(b.count),
              static_cast<double>(b.cycles) / static_cast<double>(b.count),
              static_cast<double>(b.instructions) / static_cast<double>(b.count),
              static_cast<double>(b.fetch) / static_cast<double>(b.count), name(pc).c_str());
    }
  }
  void profile() {
    if (!profile_) return;
    FILE* f = fopen(std::getenv("SASHIMI_SIMULATOR_PROFILE"), "w");
    for (auto& i : program_.code) {
      auto n = by_pc_.find(i.pc);
      fprintf(f, "%6x %8llu  %s%s\n", i.pc, static_cast<unsigned long long>(n == by_pc_.end() ? 0 : n->second.first),
              i.op == BAR ? "=== " : "", i.text.c_str());
    }
    fclose(f);
  }
  std::string name(uint32_t pc) const {
    int f = program_.code[pc / 16].func;
    std::string n = f < 0 ? "?" : program_.functions[static_cast<size_t>(f)];
    size_t at = n.find("4cuda");
    return at == std::string::npos ? n : n.substr(at + 5);
  }

 private:
  struct Bar {
    uint64_t count = 0;
    int64_t cycles = 0;
    uint64_t instructions = 0;
    int64_t fetch = 0;
  };
  std::vector<unsigned char> shared_;
  unsigned block_;
  std::vector<WarpState> warps_;
  Lru l1_, near_[4];
  int64_t pipe_[4][kPipes] = {};
  uint64_t last_line_[32] = {};
  int64_t shared_free_ = 0;
  double l2_free_ = 0;
  int64_t cycles_ = 0, last_bar_ = 0, fetch_cycles_ = 0, last_fetch_ = 0;
  uint64_t instructions_ = 0, last_instructions_ = 0, l1_hits_ = 0, l1_misses_ = 0, l2_bytes_ = 0, stored_bytes_ = 0;
  uint32_t bar_pc_ = 0;
  bool tracing_ = false;
  int64_t last_trace_ = 0;
  uint32_t trace_at_ = static_cast<uint32_t>(setting_of("SASHIMI_SIMULATOR_TRACE_BEHIND", 0));
  int trace_count_ = setting_of("SASHIMI_SIMULATOR_TRACE_COUNT", 0);
  int trace_warp_ = setting_of("SASHIMI_SIMULATOR_TRACE_WARP", 0);
  bool profile_ = std::getenv("SASHIMI_SIMULATOR_PROFILE") != nullptr;
  std::map<uint32_t, Bar> bars_;
  inline static std::map<uint32_t, std::pair<uint64_t, int64_t>> by_pc_;
};

}  // namespace sashimi::cuda::simulator
