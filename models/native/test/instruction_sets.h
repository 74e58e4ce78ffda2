#pragma once

#include "../kernels/kernels.h"
#include "check.h"

namespace sashimi::test {

/// Runs `body` with the kernels of every instruction set that this machine runs, and names each.
template <class Body>
void for_each_instruction_set(const Body& body) {
  const Kernels* const* list = nullptr;
  const size_t count = available_kernels(&list);
  for (size_t i = 0; i < count; ++i) {
    std::printf(" %s\n", list[i]->instruction_set);
    body(*list[i]);
  }
}

}  // namespace sashimi::test
