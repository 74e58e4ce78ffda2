#include <cstring>

#include "kernels.h"

namespace sashimi {

namespace {

struct Available {
  const Kernels* list[3];
  size_t count = 0;

  Available() {
#if defined(SASHIMI_X64_KERNELS)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    if (avx512) list[count++] = &kAvx512Kernels;
    if (avx2) list[count++] = &kAvx2Kernels;
#endif
    list[count++] = &kBaselineKernels;
  }
};

const Available& available() {
  static const Available sets;
  return sets;
}

}  // namespace

size_t available_kernels(const Kernels* const** list) {
  *list = available().list;
  return available().count;
}

const Kernels* find_kernels(const char* instruction_set) {
  const Available& sets = available();
  if (!instruction_set) return sets.list[0];
  for (size_t i = 0; i < sets.count; ++i) {
    if (std::strcmp(sets.list[i]->instruction_set, instruction_set) == 0) return sets.list[i];
  }
  return nullptr;
}

}  // namespace sashimi
