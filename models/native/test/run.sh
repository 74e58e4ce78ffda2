#!/bin/sh
# Compiles and runs the C++ tests. Needs only a C++20 compiler; honours CXX.
#
#   run.sh address   core and stream tests under the address and undefined-behaviour sanitizers
#   run.sh thread    stream test under the thread sanitizer
#   run.sh plain     no-allocation test, optimised as the addon is (Linux)
#   run.sh           all three
set -eu
cd "$(dirname "$0")"

cxx=${CXX:-g++}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

strict='-std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Werror'
speed='-fno-math-errno -fno-trapping-math'
core='../core/config.cc ../core/memory.cc ../core/sampling.cc ../core/sashimi_voice.cc ../core/sashimi_weights.cc
      ../kernels/dispatch.cc'
stream='../stream/run_ahead.cc ../stream/thread_priority.cc'

# kernels FLAGS...: the objects of every instruction set that the compiler knows, into $kernels.
kernels() {
  "$cxx" $strict $speed "$@" -ffp-contract=off -c ../kernels/kernels_baseline.cc -o "$out/baseline.o"
  kernels="$out/baseline.o"
  defines=
  if [ "$(uname -m)" = x86_64 ]; then
    "$cxx" $strict $speed "$@" -mavx2 -mfma -c ../kernels/kernels_avx2.cc -o "$out/avx2.o"
    "$cxx" $strict $speed "$@" -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma \
      -c ../kernels/kernels_avx512.cc -o "$out/avx512.o"
    kernels="$kernels $out/avx2.o $out/avx512.o"
    defines=-DSASHIMI_X64_KERNELS
  fi
}

address() {
  set -- -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
  kernels "$@"
  "$cxx" $strict $speed "$@" $defines core_test.cc $core $kernels -o "$out/core"
  "$out/core"
  "$cxx" $strict "$@" stream_test.cc $stream -pthread -o "$out/stream"
  "$out/stream"
}

thread() {
  "$cxx" $strict -O1 -g -fsanitize=thread stream_test.cc $stream -pthread -o "$out/stream"
  # The sanitizer cannot place its shadow memory under some kernels' address randomisation.
  if command -v setarch >/dev/null && setarch -R true 2>/dev/null; then
    setarch -R "$out/stream"
  else
    "$out/stream"
  fi
}

plain() {
  [ "$(uname -s)" = Linux ] || { echo 'no-allocation: skipped, needs glibc'; return 0; }
  kernels -O3
  "$cxx" $strict $speed -O3 $defines no_allocation_test.cc $core $stream $kernels -pthread -o "$out/plain"
  "$out/plain"
}

case "${1:-all}" in
  address | thread | plain) "$1" ;;
  all) address && thread && plain ;;
  *) echo "usage: run.sh [address|thread|plain]" >&2; exit 2 ;;
esac
