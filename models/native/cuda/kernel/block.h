#pragma once

#include "plan.h"

/// A kernel here is a row of phases: tasks that do not know of each other, then a barrier. That is all of the machine
/// that its code sees:
///
///   block.tasks(count, f)   f(i) for i in [0, count), by all threads
///   block.warps(count, f)   f(warp, i), a warp of 32 threads each
///   block.each_warp(f)      f(warp), all kWarps of them
///   block.each_thread(f)    f(warp, lane), for what a thread has for itself; without a barrier
///   block.once(f)           f() by one thread
///
/// A task reads what earlier phases wrote and what it wrote itself; no two tasks of a phase write the same place, and none
/// reads what another of them writes. What a thread has for itself, in its registers, is `OfThreads`: it lasts from phase to phase. On the host emulation.h runs the same phases.
#if defined(__CUDA__) || defined(__CUDACC__)
#include "device.h"
#else
#include "emulation.h"
#endif
