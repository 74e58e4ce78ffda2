#!/bin/sh
# The kernel's machine code for compute capability 9.0, walked through without a card: whether its samples are those of the emulation, bit
# by bit, and an estimate of the cycles between its barriers. Needs a C++20 compiler, and ptxas and nvdisasm of a CUDA toolkit.
#
#   simulate.sh FRAMES VOICES [paper|small|tier] [f32|bf16|int8|int4]
#
# A column each: address of a barrier, how often it was met, cycles and instructions since the one before, cycles of these spent on fetching
# them, function. Few frames: it takes some half a second each, and the host waits for 10 seconds.
#
#   SASHIMI_SIMULATOR_PROFILE=FILE   writes every instruction with how often it was carried out
#   SASHIMI_SIMULATOR_TRACE_BEHIND=ADDRESS (decimal), SASHIMI_SIMULATOR_TRACE_COUNT=N   prints when each instruction is issued behind that
#                                    barrier, the N-th time
set -eu
cd "$(dirname "$0")"
[ $# -ge 2 ] || { sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2; }

. ../../test/compile.sh

ptxas -arch=sm_90 ../sashimi.ptx -o "$out/kernel.cubin"
nvdisasm -hex "$out/kernel.cubin" > "$out/kernel.sass"

exact='-O2 -ffp-contract=off -fno-math-errno -fno-trapping-math'
if [ "$(uname -m)" = x86_64 ]; then exact="$exact -mfma -mavx2"; fi
core=$(for name in backbone composite config matrix_layout memory sampling sashimi_voice sashimi_weights state_space_layout steering \
  voice_group voice_state; do echo "../../core/$name.cc"; done)
core="$core ../../kernels/dispatch.cc ../../kernels/kernels_baseline.cc"
host=$(ls ../host/*.cc)
compile "$exact" play.cc $core $host
"$cxx" $(objects play.cc $core $host) -pthread -ldl -o "$out/play"
"$cxx" $strict $exact -shared -fPIC ../test/fake_driver.cc -pthread -o "$out/emulated.so"
"$cxx" $strict $exact -shared -fPIC -DSASHIMI_BLOCK='"../simulator/simulated_block.h"' ../test/fake_driver.cc -pthread -o "$out/simulated.so"

emulated=$("$out/play" "$out/emulated.so" "$@")
simulated=$(SASHIMI_SIMULATOR_CODE="$out/kernel.sass" "$out/play" "$out/simulated.so" "$@")
echo "samples by emulation $emulated, by machine code $simulated"
[ "$emulated" = "$simulated" ]
