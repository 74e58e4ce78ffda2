#!/bin/sh
# Builds sashimi.wasm from the same C++ as the addon, for SIMD128 without relaxed operations: every
# machine computes the same samples. Needs clang and wasm-ld (Debian: clang lld).
#
#   build.sh          writes sashimi.wasm and sashimi.wasm.json beside this script
#   build.sh OUT      writes OUT alone, for comparing
set -eu
cd "$(dirname "$0")"

sources='../core/backbone.cc ../core/config.cc ../core/matrix_layout.cc ../core/sampling.cc ../core/sashimi_voice.cc
         ../core/sashimi_weights.cc ../core/state_space_layout.cc ../core/steering.cc ../core/voice_state.cc
         ../kernels/kernels_baseline.cc exports.cc memory.cc'

# Object files and debug names would carry paths into the module: compile and link in one go, stripped.
clang++ --target=wasm32 -msimd128 -mbulk-memory -std=c++20 -O3 -ffp-contract=off \
  -fno-math-errno -fno-trapping-math -fno-exceptions -fno-rtti -ffreestanding -nostdlib -fvisibility=hidden \
  -Wall -Wextra -Wpedantic -Wconversion -Werror \
  -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=65536 \
  -o "${1:-sashimi.wasm}" $sources

chmod 644 "${1:-sashimi.wasm}"

# What the module was made of: a test compares it, without a compiler, with the sources that are there.
if [ $# -eq 0 ]; then
  node describe-build.mjs "$(clang++ --version | head -n 1)" > sashimi.wasm.json
fi
