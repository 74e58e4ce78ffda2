#!/bin/sh
# Compiles and runs the C++ tests. Needs only a C++20 compiler; honours CXX.
#
#   run.sh address   core, kernels, voices (widest vectors), rollback, head-room, lapses, conditioning and states under the address and undefined-behaviour sanitizers
#   run.sh thread    stream, rollback, head-room, lapses, conditioning and states tests under the thread and undefined-behaviour sanitizers
#   run.sh plain     the first three with every instruction set, optimised as the addon is; no allocation, no system call
#   run.sh           all three
set -eu
cd "$(dirname "$0")"
. ./compile.sh

speed='-fno-math-errno -fno-trapping-math'
core='../core/backbone.cc ../core/composite.cc ../core/config.cc ../core/matrix_layout.cc ../core/memory.cc ../core/sampling.cc
      ../core/sashimi_voice.cc ../core/sashimi_weights.cc ../core/state_space_layout.cc ../core/steering.cc ../core/voice_group.cc
      ../core/voice_state.cc ../kernels/dispatch.cc'
stream='../stream/lane_reader.cc ../stream/run_ahead.cc ../stream/run_ahead_thread.cc ../stream/thread_clock.cc
        ../stream/thread_priority.cc'
core_tests='core kernels voices'
stream_tests='rollback head_room lapses conditioning states'

sources_of() {
  for test in "$@"; do echo "${test}_test.cc"; done
}

# run 'FLAGS' TEST OBJECT...: links a test that was compiled, and starts it.
run() {
  flags=$1
  test=$2
  shift 2
  "$cxx" $flags "$out/${test}_test.o" "$@" -pthread -ldl -o "$out/$test"
  ${start-} "$out/$test"
}

address() {
  checked='-O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all'
  # The kernels are one source for all instruction sets: the widest vectors of this machine stand for
  # them, since they would overrun an array the furthest.
  widest=
  if [ "$(uname -m)" = x86_64 ]; then widest=-march=native; fi
  # What takes longest comes first, and the rest beside it.
  compile "$speed $checked $widest -ffp-contract=off" ../kernels/kernels_baseline.cc &
  kernels=$!
  compile "$speed $checked" $(sources_of $core_tests) $core
  compile "$checked" $(sources_of $stream_tests) $stream
  wait $kernels
  for test in $core_tests; do run "$checked" $test $(objects $core ../kernels/kernels_baseline.cc); done
  for test in $stream_tests; do run "$checked" $test $(objects $stream ../core/memory.cc); done
}

thread() {
  # The sanitizer cannot place its shadow memory under some kernels' address randomisation.
  start=
  if command -v setarch >/dev/null && setarch -R true 2>/dev/null; then start='setarch -R'; fi
  checked='-O1 -g1 -fsanitize=thread,undefined -fno-sanitize-recover=undefined'
  compile "$checked" $(sources_of $stream_tests stream) $stream ../core/memory.cc
  for test in $stream_tests stream; do run "$checked" $test $(objects $stream ../core/memory.cc); done
  start=
}

plain() {
  kernels=../kernels/kernels_baseline.cc
  defines=
  compile "$speed -O3 -ffp-contract=off" ../kernels/kernels_baseline.cc
  if [ "$(uname -m)" = x86_64 ]; then
    compile "$speed -O3 -mavx2 -mfma" ../kernels/kernels_avx2.cc &
    avx2=$!
    compile "$speed -O3 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma" ../kernels/kernels_avx512.cc
    wait $avx2
    kernels="$kernels ../kernels/kernels_avx2.cc ../kernels/kernels_avx512.cc"
    defines=-DSASHIMI_X64_KERNELS
  fi
  compile "$speed -O3 $defines" $core
  tests=$core_tests
  if [ "$(uname -s)" = Linux ]; then
    tests="$core_tests no_allocation no_syscall"
    compile "$speed -O1" $stream
  fi
  compile "$speed -O1" $(sources_of $tests)
  for test in $core_tests; do run '' $test $(objects $core $kernels); done
  [ "$(uname -s)" = Linux ] || { echo 'no-allocation, no-syscall: skipped, need glibc'; return 0; }
  run '' no_allocation $(objects $core $kernels $stream)
  run '' no_syscall $(objects $core $kernels)
}

case "${1:-all}" in
  address | thread | plain) "$1" ;;
  all) address && thread && plain ;;
  *) echo "usage: run.sh [address|thread|plain]" >&2; exit 2 ;;
esac
