#!/bin/sh
# Builds sashimi.ptx from kernel/ for compute capability 7.0 and later: the driver makes machine code of it, for the card
# that it finds, when it is loaded. Needs clang alone, no CUDA toolkit.
#
#   build.sh          writes sashimi.ptx and sashimi.ptx.json beside this script
#   build.sh OUT      writes OUT alone, for comparing
#   build.sh nvcc OUT the same by nvcc, for comparing what the two make of it
set -eu
cd "$(dirname "$0")"

if [ "${1:-}" = nvcc ]; then
  exec nvcc -ptx -arch=compute_75 -std=c++20 -O3 --fmad=false -prec-div=true -prec-sqrt=true -ftz=false -o "$2" kernel/sashimi.cu
fi

# Without contraction, and with PTX 7.4, which drivers have since 2021: it can pass by the first cache.
clang++ -x cuda --cuda-device-only -nocudainc -nocudalib --cuda-gpu-arch=sm_70 -Xclang -target-feature -Xclang +ptx74 \
  -std=c++20 -O3 -mllvm -inline-threshold=100000 -ffp-contract=off -fno-exceptions -fno-rtti -fvisibility=hidden \
  -Wall -Wextra -Wno-unknown-cuda-version -Werror -S -o "${1:-sashimi.ptx}" kernel/sashimi.cu
chmod 644 "${1:-sashimi.ptx}"

# What it was made of: a test compares it, without a compiler, with the sources that are there.
if [ $# -eq 0 ]; then
  node describe-build.mjs "$(clang++ --version | head -n 1)" > sashimi.ptx.json
fi
