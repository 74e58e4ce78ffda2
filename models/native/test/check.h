#pragma once

#include <cstdio>
#include <cstdlib>

/// The whole test framework: a failed CHECK names itself and ends the program with 1.
#define CHECK(condition)                                                               \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      std::fprintf(stderr, "%s:%d: CHECK(%s) failed\n", __FILE__, __LINE__, #condition); \
      std::exit(1);                                                                    \
    }                                                                                  \
  } while (false)

/// Announces a group of checks.
inline void section(const char* name) { std::printf("  %s\n", name); }
