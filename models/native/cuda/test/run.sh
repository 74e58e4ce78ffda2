#!/bin/sh
# Compiles and runs the tests of the CUDA kernel by emulation. Needs only a C++20 compiler; honours CXX.
#
#   run.sh address   under the address and undefined-behaviour sanitizers
#   run.sh thread    every phase on two threads, under the thread sanitizer: a task that relies on another is a data race
#   run.sh plain     optimised
#   run.sh types     the driver's functions against the header of a CUDA toolkit, cuda.h in CUDA_HOME or /usr/local/cuda
#   run.sh fake OUT  builds the driver that is none as OUT
set -eu
cd "$(dirname "$0")"

. ../../test/compile.sh

# Without contraction: every rounding of the kernel is written.
exact='-ffp-contract=off -fno-math-errno -fno-trapping-math'
fused=
if [ "$(uname -m)" = x86_64 ] && grep -q ' fma ' /proc/cpuinfo 2>/dev/null; then fused='-mfma -mavx2'; fi
core='../../core/backbone.cc ../../core/composite.cc ../../core/config.cc ../../core/matrix_layout.cc ../../core/memory.cc ../../core/sampling.cc
      ../../core/sashimi_voice.cc ../../core/sashimi_weights.cc ../../core/state_space_layout.cc ../../core/steering.cc
      ../../core/voice_group.cc ../../core/voice_state.cc ../../kernels/dispatch.cc ../../kernels/kernels_baseline.cc'
host='../host/cuda_group.cc ../host/cuda_model.cc ../host/device.cc ../host/device_voice.cc ../host/driver.cc ../host/lane_order.cc ../host/launch_shape.cc ../host/plan_builder.cc ../host/post.cc ../host/tape.cc'

fake() {
  "$cxx" $strict $exact $fused -shared -fPIC "$@" fake_driver.cc -pthread
}

tests=${SASHIMI_CUDA_TESTS:-cuda_test composite_test guard_test}

# $1: flags; $2: how a test is started; then its arguments, after the driver.
run_tests() {
  flags=$1
  start=$2
  shift 2
  # What takes longest comes first, and the rest beside it.
  fake $flags -o "$out/libfake.so" & jobs=$!
  compile "$exact $flags" $(for test in $tests; do echo "$test.cc"; done) $core $host
  finish $jobs
  # Beside each other; what they print comes in turn.
  jobs=
  for test in $tests; do
    "$cxx" $flags "$out/$test.o" $(objects $host $core) -pthread -ldl -o "$out/$test"
    $start "$out/$test" "$out/libfake.so" "$@" > "$out/$test.log" 2>&1 & jobs="$jobs $!"
  done
  status=0
  finish $jobs || status=1
  for test in $tests; do cat "$out/$test.log"; done
  return $status
}

# Waits for all; fails when one has.
finish() {
  failed=0
  for job in "$@"; do wait "$job" || failed=1; done
  return $failed
}

address() {
  run_tests '-O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all' ''
}

thread() {
  # The sanitizer cannot place its shadow memory under some kernels' address randomisation.
  still=
  if command -v setarch >/dev/null && setarch -R true 2>/dev/null; then still='setarch -R'; fi
  SASHIMI_FAKE_THREADS=2
  export SASHIMI_FAKE_THREADS
  run_tests '-O1 -g1 -fsanitize=thread' "$still" short
}

plain() { run_tests -O2 ''; }

case "${1:-all}" in
  address | thread | plain) "$1" ;;
  types) "$cxx" $strict -fsyntax-only -isystem "${CUDA_HOME:-/usr/local/cuda}/include" driver_types_test.cc && echo 'types: ok' ;;
  fake) fake -O2 -o "$2" ;;
  all) address && thread && plain ;;
  *) echo "usage: run.sh [address|thread|plain|types|fake OUT]" >&2; exit 2 ;;
esac
