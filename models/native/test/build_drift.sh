#!/bin/sh
# Builds drift.cc with this machine's vectors: build_drift.sh OUT_FLOAT32 OUT_FLOAT64. Honours CXX.
set -eu
cd "$(dirname "$0")"
cxx=${CXX:-g++}
flags='-std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Werror -O3 -fno-math-errno -fno-trapping-math -ffp-contract=fast'
widest=
if [ "$(uname -m)" = x86_64 ]; then widest=-march=native; fi
sources='drift.cc ../core/backbone.cc ../core/config.cc ../core/matrix_layout.cc ../core/memory.cc ../core/sampling.cc
         ../core/sashimi_voice.cc ../core/sashimi_weights.cc ../core/state_space_layout.cc ../core/steering.cc ../core/voice_state.cc
         ../kernels/dispatch.cc ../kernels/kernels_baseline.cc'
"$cxx" $flags $widest $sources -o "$1"
"$cxx" $flags $widest -DSASHIMI_FLOAT64 $sources -o "$2"
