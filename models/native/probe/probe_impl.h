#pragma once

#include "../kernels/simd.h"
#include "probe.h"

/// Included by one file per instruction set; see kernels/simd.h for why nothing here is shared.
namespace sashimi {
namespace {

/// Chains that do not wait for each other: latency times throughput of a multiply-add is 8 to 12
/// on the processors of the last ten years, and with two operands more they fit 16 registers.
constexpr size_t kChains = 12;
/// Vectors read per turn of the loop, each into a sum of its own.
constexpr size_t kReads = 8;
static_assert(1024 % (kReads * kVectorBytes) == 0);

float multiply_add(size_t rounds, float factor, float addend) {
  const Vec f = splat(factor);
  const Vec a = splat(addend);
  Vec chain[kChains];
#pragma GCC unroll 16
  for (size_t i = 0; i < kChains; ++i) chain[i] = splat(static_cast<float>(i));
  for (size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (size_t i = 0; i < kChains; ++i) chain[i] = chain[i] * f + a;
  }
  Vec all{};
#pragma GCC unroll 16
  for (size_t i = 0; i < kChains; ++i) all += chain[i];
  return sum(all);
}

unsigned fold(Int32s values) {
  unsigned folded = 0;
  for (size_t i = 0; i < kIntegers; ++i) folded ^= static_cast<unsigned>(values[i]);
  return folded;
}

unsigned multiply_pairs(size_t rounds, int16_t factor) {
  const Int16s f = Int16s{} + factor;
  Int32s chain[kChains];
#pragma GCC unroll 16
  for (size_t i = 0; i < kChains; ++i) chain[i] = Int32s{} + static_cast<int32_t>(i);
  for (size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (size_t i = 0; i < kChains; ++i) chain[i] = add_pair_products(chain[i], reinterpret_cast<Int16s>(chain[i]), f);
  }
  Int32s all{};
#pragma GCC unroll 16
  for (size_t i = 0; i < kChains; ++i) all ^= chain[i];
  return fold(all);
}

unsigned read(const unsigned char* data, size_t bytes, size_t passes) {
  Int32s seen[kReads] = {};
  for (size_t pass = 0; pass < passes; ++pass) {
    // Without this the compiler may find out that a second pass undoes the first.
    asm volatile("" : : "r"(data) : "memory");
    for (size_t at = 0; at < bytes; at += kReads * kVectorBytes) {
#pragma GCC unroll 8
      for (size_t i = 0; i < kReads; ++i) {
        seen[i] ^= *reinterpret_cast<const Int32s*>(data + at + i * kVectorBytes);
      }
    }
  }
  Int32s all{};
#pragma GCC unroll 8
  for (size_t i = 0; i < kReads; ++i) all ^= seen[i];
  return fold(all);
}

}  // namespace
}  // namespace sashimi

#define SASHIMI_PROBE_LOOPS(table, name) \
  const ::sashimi::ProbeLoops sashimi::table = {                                     \
      name, kChains * kWidth, multiply_add, 2 * kChains * kIntegers, multiply_pairs, read}
