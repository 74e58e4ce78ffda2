#pragma once

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "sass.h"

namespace sashimi::cuda::simulator {

inline int setting_of(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

/// What a block did, for people: simulate.sh says how it is asked for.
class Report {
 public:
  explicit Report(const Program& program) : program_(program) {}

  /// All warps have met at the barrier at `pc`.
  void meet(uint32_t pc, int64_t cycle) {
    Part& part = parts_[pc];
    is_tracing_ = traced_barrier_ != 0 && pc == traced_barrier_ && static_cast<int>(part.count) == traced_count_;
    ++part.count;
    part.cycles += cycle - met_;
    part.instructions += since_.instructions;
    part.fetching += since_.fetching;
    since_ = {};
    met_ = traced_ = cycle;
  }

  void issued(const Instruction& instruction, int warp, int64_t cycle) {
    ++instructions_;
    ++since_.instructions;
    if (has_profile_) ++times_[instruction.pc];
    if (!is_tracing_ || warp != traced_warp_) return;
    std::fprintf(stderr, "%6lld +%3lld %x %s\n", static_cast<long long>(cycle - met_), static_cast<long long>(cycle - traced_),
                 instruction.pc, instruction.text.c_str());
    traced_ = cycle;
  }

  void fetched(int64_t cycles) { since_.fetching += cycles; }
  void first_cache_hit() { ++first_cache_hits_; }
  void second_cache_read(unsigned bytes) {
    ++first_cache_misses_;
    second_cache_bytes_ += bytes;
  }

  void print(int64_t cycles) const {
    if (!setting_of("SASHIMI_SIMULATOR_REPORT", 1)) return;
    std::fprintf(stderr, "%lld cycles, %llu instructions, first cache %llu hits %llu misses, second cache %.2f MB\n",
                 static_cast<long long>(cycles), wide(instructions_), wide(first_cache_hits_), wide(first_cache_misses_),
                 static_cast<double>(second_cache_bytes_) / 1e6);
    for (const auto& [pc, part] : parts_) {
      if (part.count < kFewest) continue;
      const auto count = static_cast<double>(part.count);
      std::fprintf(stderr, "%6x %7llu x %8.0f cycles %7.0f instructions %6.0f fetch  %s\n", pc, wide(part.count),
                   static_cast<double>(part.cycles) / count, static_cast<double>(part.instructions) / count,
                   static_cast<double>(part.fetching) / count, function_of(pc).c_str());
    }
  }

  /// Of all blocks so far.
  void write_profile() const {
    if (!has_profile_) return;
    std::FILE* const file = std::fopen(std::getenv("SASHIMI_SIMULATOR_PROFILE"), "w");
    if (!file) return;
    for (const Instruction& instruction : program_.code) {
      const auto times = times_.find(instruction.pc);
      std::fprintf(file, "%6x %8llu  %s\n", instruction.pc, wide(times == times_.end() ? 0 : times->second), instruction.text.c_str());
    }
    std::fclose(file);
  }

 private:
  /// Barriers that were met less often say little.
  static constexpr uint64_t kFewest = 8;

  /// From the barrier before to one.
  struct Part {
    uint64_t count = 0;
    int64_t cycles = 0;
    uint64_t instructions = 0;
    int64_t fetching = 0;
  };

  static unsigned long long wide(uint64_t value) { return value; }

  std::string function_of(uint32_t pc) const {
    const int function = program_.code[pc / 16].func;
    if (function < 0) return "?";
    const std::string& name = program_.functions[static_cast<size_t>(function)];
    const size_t at = name.find("4cuda");
    return at == std::string::npos ? name : name.substr(at + 5);
  }

  const Program& program_;
  std::map<uint32_t, Part> parts_;
  Part since_;
  uint64_t instructions_ = 0;
  uint64_t first_cache_hits_ = 0;
  uint64_t first_cache_misses_ = 0;
  uint64_t second_cache_bytes_ = 0;
  int64_t met_ = 0;
  int64_t traced_ = 0;
  bool is_tracing_ = false;
  const uint32_t traced_barrier_ = static_cast<uint32_t>(setting_of("SASHIMI_SIMULATOR_TRACE_BEHIND", 0));
  const int traced_count_ = setting_of("SASHIMI_SIMULATOR_TRACE_COUNT", 0);
  const int traced_warp_ = setting_of("SASHIMI_SIMULATOR_TRACE_WARP", 0);
  const bool has_profile_ = std::getenv("SASHIMI_SIMULATOR_PROFILE") != nullptr;
  inline static std::map<uint32_t, uint64_t> times_;
};

}  // namespace sashimi::cuda::simulator
