#!/bin/sh
# Compiles and runs the C++ tests. Needs only a C++20 compiler; honours CXX.
#
#   run.sh address   core, kernels, voices (widest vectors), rollback, head-room, lapses, conditioning and states under the address and undefined-behaviour sanitizers
#   run.sh thread    stream, rollback, head-room, lapses, conditioning and states tests under the thread and undefined-behaviour sanitizers
#   run.sh plain     the first three with every instruction set, optimised as the addon is; no allocation, no system call
#   run.sh           all three
set -eu
cd "$(dirname "$0")"

cxx=${CXX:-g++}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

strict='-std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Werror'
speed='-fno-math-errno -fno-trapping-math'
core='../core/backbone.cc ../core/composite.cc ../core/config.cc ../core/matrix_layout.cc ../core/memory.cc ../core/sampling.cc
      ../core/sashimi_voice.cc ../core/sashimi_weights.cc ../core/state_space_layout.cc ../core/steering.cc ../core/voice_group.cc
      ../core/voice_state.cc ../kernels/dispatch.cc'
stream='../stream/lane_reader.cc ../stream/run_ahead.cc ../stream/run_ahead_thread.cc ../stream/thread_clock.cc
        ../stream/thread_priority.cc'

address() {
  set -- -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all
  # The kernels are one source for all instruction sets: the widest vectors of this machine stand for
  # them, since they would overrun an array the furthest.
  widest=
  if [ "$(uname -m)" = x86_64 ]; then widest=-march=native; fi
  "$cxx" $strict $speed "$@" $widest -ffp-contract=off -c ../kernels/kernels_baseline.cc -o "$out/kernels.o"
  for source in $core; do
    "$cxx" $strict $speed "$@" -c "$source" -o "$out/checked_$(basename "$source" .cc).o"
  done
  for test in core kernels voices; do
    "$cxx" $strict $speed "$@" "${test}_test.cc" "$out"/checked_*.o "$out/kernels.o" -o "$out/$test"
    "$out/$test"
  done
  for test in rollback head_room lapses conditioning states; do
    "$cxx" $strict "$@" ${test}_test.cc $stream ../core/memory.cc -pthread -o "$out/$test"
    "$out/$test"
  done
}

thread() {
  # The sanitizer cannot place its shadow memory under some kernels' address randomisation.
  still=
  if command -v setarch >/dev/null && setarch -R true 2>/dev/null; then still='setarch -R'; fi
  for test in rollback head_room lapses conditioning states stream; do
    "$cxx" $strict -O1 -g1 -fsanitize=thread,undefined -fno-sanitize-recover=undefined \
      ${test}_test.cc $stream ../core/memory.cc -pthread -o "$out/$test"
    $still "$out/$test"
  done
}

plain() {
  "$cxx" $strict $speed -O3 -ffp-contract=off -c ../kernels/kernels_baseline.cc -o "$out/baseline.o"
  objects="$out/baseline.o"
  defines=
  if [ "$(uname -m)" = x86_64 ]; then
    "$cxx" $strict $speed -O3 -mavx2 -mfma -c ../kernels/kernels_avx2.cc -o "$out/avx2.o"
    "$cxx" $strict $speed -O3 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma \
      -c ../kernels/kernels_avx512.cc -o "$out/avx512.o"
    objects="$objects $out/avx2.o $out/avx512.o"
    defines=-DSASHIMI_X64_KERNELS
  fi
  for source in $core; do
    "$cxx" $strict $speed -O3 $defines -c "$source" -o "$out/core_$(basename "$source" .cc).o"
  done
  objects="$objects $out/core_*.o"
  for test in core kernels voices; do
    "$cxx" $strict $speed -O1 "${test}_test.cc" $objects -o "$out/$test"
    "$out/$test"
  done
  [ "$(uname -s)" = Linux ] || { echo 'no-allocation, no-syscall: skipped, need glibc'; return 0; }
  "$cxx" $strict $speed -O1 no_allocation_test.cc $stream $objects -pthread -ldl -o "$out/plain"
  "$out/plain"
  "$cxx" $strict $speed -O1 no_syscall_test.cc $objects -o "$out/no_syscall"
  "$out/no_syscall"
}

case "${1:-all}" in
  address | thread | plain) "$1" ;;
  all) address && thread && plain ;;
  *) echo "usage: run.sh [address|thread|plain]" >&2; exit 2 ;;
esac
