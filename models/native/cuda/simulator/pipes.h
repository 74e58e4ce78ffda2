#pragma once

#include "sass.h"

namespace sashimi::cuda::simulator {

enum Pipe { fma, alu, fp64, xu, lsu, other, kPipes };
/// Where an instruction is carried out.
inline Pipe pipe_of(const Instruction& i) {
  switch (i.op) {
    case FFMA:
    case FMUL:
    case FADD:
    case IMAD:
    case HFMA2: return fma;
    case DADD:
    case DMUL:
    case DFMA:
    case DSETP: return fp64;
    case MUFU:
    case I2F:
    case F2I:
    case F2F:
    case FCHK:
    case POPC: return xu;
    case LDS:
    case STS:
    case LDG:
    case STG:
    case LD:
    case ST:
    case LDL:
    case STL:
    case SHFL:
    case LDC:
    case MEMBAR: return lsu;
    case BRA:
    case BSSY:
    case BSYNC:
    case CALL:
    case RET:
    case BRX:
    case WARPSYNC:
    case BAR:
    case NOPS:
    case EXIT:
    case BREAK: return other;
    default: return alu;
  }
}
/// Cycles until the pipe takes another one of the same kind.
inline int busy_of(const Instruction& i) {
  switch (pipe_of(i)) {
    case fma: return i.op == IMAD || i.op == HFMA2 ? 2 : 1;
    case fp64: return 2;
    case alu: return 2;
    case xu: return 8;
    case lsu: return 2;
    default: return 1;
  }
}

}  // namespace sashimi::cuda::simulator
