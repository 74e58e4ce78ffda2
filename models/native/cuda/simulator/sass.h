#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

/// Machine code of compute capability 9.0, as `nvdisasm -hex` prints it: names, operands, and what the assembler writes into each
/// instruction for the scheduler.
namespace sashimi::cuda::simulator {

struct Operand {
  enum Kind { none, reg, ureg, pred, upred, imm, fimm, cbank, mem, special, label, barrier } kind = none;
  int index = 255;  ///< Of a register, predicate, bank or convergence barrier.
  bool neg = false, abs = false, inv = false;
  int64_t value = 0;          ///< An immediate, or the offset of an address.
  int base = -1, ubase = -1;  ///< Registers of an address.
  bool wide = false;          ///< Its base has 64 bits.
  std::string text;
};

enum Op : int {
  IMAD,
  IADD3,
  VIADD,
  LEA,
  LOP3,
  PLOP3,
  SHF,
  SEL,
  FSEL,
  MOV,
  ISETP,
  FSETP,
  DSETP,
  FMNMX,
  VIMNMX,
  VIADDMNMX,
  FADD,
  FMUL,
  FFMA,
  DADD,
  DMUL,
  DFMA,
  I2F,
  I2FP,
  F2I,
  F2F,
  PRMT,
  SGXT,
  P2R,
  R2P,
  HFMA2,
  CS2R,
  S2R,
  S2UR,
  UIADD3,
  ULEA,
  ULDC,
  UMOV,
  R2UR,
  LDC,
  LDS,
  STS,
  LDG,
  STG,
  LD,
  ST,
  LDL,
  STL,
  SHFL,
  BAR,
  MEMBAR,
  NOPS,
  WARPSYNC,
  BMOV,
  BREAK,
  BSSY,
  BSYNC,
  BRA,
  BRX,
  CALL,
  RET,
  EXIT,
  BPT,
  MUFU,
  FCHK,
  USHF,
  ULOP3,
  VOTE,
  POPC,
  USEL,
  UISETP,
  UIMAD,
  UP2UR,
  UPLOP3,
  FSET,
  BAD
};

struct Instruction {
  Op op = BAD;
  std::vector<std::string> mods;
  int pred = 7;
  bool pred_neg = false;
  bool pred_uniform = false;
  std::vector<Operand> o;
  uint32_t raw_imm = 0;  ///< The 32 bits that an immediate has in the machine code.
  // For the scheduler: cycles until the next, scoreboards that it sets when it has written and read, and those it waits for.
  int stall = 0, wr = 7, rd = 7, wait = 0;
  bool yield = false;
  std::string text;
  uint32_t pc = 0;
  bool has(const char* m) const {
    for (auto& x : mods)
      if (x == m) return true;
    return false;
  }
  int width = 4;  ///< Bytes of a read or write.
  uint32_t target = 0;
  int func = 0;
  bool uniform = false;
};

struct Program {
  std::vector<Instruction> code;  ///< By address / 16.
  std::vector<std::string> functions;
  std::vector<unsigned char> bank2;  ///< Constants of the compiler.
  std::map<std::string, uint32_t> labels;
};

inline const std::map<std::string, Op>& ops() {
  static const std::map<std::string, Op> m = {{"IMAD", IMAD},
                                              {"IADD3", IADD3},
                                              {"VIADD", VIADD},
                                              {"LEA", LEA},
                                              {"LOP3", LOP3},
                                              {"PLOP3", PLOP3},
                                              {"SHF", SHF},
                                              {"SEL", SEL},
                                              {"FSEL", FSEL},
                                              {"MOV", MOV},
                                              {"ISETP", ISETP},
                                              {"FSETP", FSETP},
                                              {"DSETP", DSETP},
                                              {"FMNMX", FMNMX},
                                              {"VIMNMX", VIMNMX},
                                              {"VIADDMNMX", VIADDMNMX},
                                              {"FADD", FADD},
                                              {"FMUL", FMUL},
                                              {"FFMA", FFMA},
                                              {"DADD", DADD},
                                              {"DMUL", DMUL},
                                              {"DFMA", DFMA},
                                              {"I2F", I2F},
                                              {"I2FP", I2FP},
                                              {"F2I", F2I},
                                              {"F2F", F2F},
                                              {"PRMT", PRMT},
                                              {"SGXT", SGXT},
                                              {"P2R", P2R},
                                              {"R2P", R2P},
                                              {"HFMA2", HFMA2},
                                              {"CS2R", CS2R},
                                              {"S2R", S2R},
                                              {"S2UR", S2UR},
                                              {"UIADD3", IADD3},
                                              {"ULEA", LEA},
                                              {"ULDC", ULDC},
                                              {"UMOV", MOV},
                                              {"R2UR", R2UR},
                                              {"LDC", LDC},
                                              {"LDS", LDS},
                                              {"STS", STS},
                                              {"LDG", LDG},
                                              {"STG", STG},
                                              {"LD", LD},
                                              {"ST", ST},
                                              {"LDL", LDL},
                                              {"STL", STL},
                                              {"SHFL", SHFL},
                                              {"BAR", BAR},
                                              {"MEMBAR", MEMBAR},
                                              {"ERRBAR", NOPS},
                                              {"CGAERRBAR", NOPS},
                                              {"CCTL", NOPS},
                                              {"NOP", NOPS},
                                              {"YIELD", NOPS},
                                              {"NANOSLEEP", NOPS},
                                              {"WARPSYNC", WARPSYNC},
                                              {"ENDCOLLECTIVE", NOPS},
                                              {"BMOV", BMOV},
                                              {"BREAK", BREAK},
                                              {"BSSY", BSSY},
                                              {"BSYNC", BSYNC},
                                              {"BRA", BRA},
                                              {"BRX", BRX},
                                              {"CALL", CALL},
                                              {"RET", RET},
                                              {"EXIT", EXIT},
                                              {"BPT", BPT},
                                              {"MUFU", MUFU},
                                              {"FCHK", FCHK},
                                              {"USHF", SHF},
                                              {"ULOP3", LOP3},
                                              {"VOTE", VOTE},
                                              {"POPC", POPC},
                                              {"UIMAD", IMAD},
                                              {"UP2UR", UP2UR},
                                              {"FSET", FSET},
                                              {"UPRMT", PRMT},
                                              {"VOTEU", VOTE},
                                              {"UPLOP3", PLOP3},
                                              {"USEL", SEL},
                                              {"UISETP", ISETP}};
  return m;
}

inline std::string trim(std::string s) {
  while (!s.empty() && isspace(static_cast<unsigned char>(s.back()))) s.pop_back();
  size_t i = 0;
  while (i < s.size() && isspace(static_cast<unsigned char>(s[i]))) ++i;
  return s.substr(i);
}

inline void parse_address(std::string t, Operand& o) {  // inside brackets
  o.kind = Operand::mem;
  size_t at = 0;
  while (at < t.size()) {
    size_t plus = t.find('+', at);
    std::string part = t.substr(at, plus == std::string::npos ? std::string::npos : plus - at);
    if (part[0] == 'R') {
      if (part.compare(0, 2, "RZ") == 0)
        o.base = 255;
      else
        o.base = atoi(part.c_str() + 1);
      o.wide = part.find(".64") != std::string::npos;
    } else if (part[0] == 'U') {
      o.ubase = part[1] == 'R' && part[2] == 'Z' ? 63 : atoi(part.c_str() + 2);
    } else {
      bool neg = part[0] == '-';
      int64_t v = strtoll(part.c_str() + (neg ? 1 : 0), nullptr, 0);
      o.value += neg ? -v : v;
    }
    if (plus == std::string::npos) break;
    at = plus + 1;
  }
}

inline Operand parse_operand(std::string t) {
  Operand o;
  o.text = t;
  for (;;) {
    if (t[0] == '-' && t.size() > 1 && (t[1] == 'R' || t[1] == '|' || t[1] == 'c' || t[1] == 'U')) {
      o.neg = true;
      t = t.substr(1);
    } else if (t[0] == '~') {
      o.inv = true;
      t = t.substr(1);
    } else if (t[0] == '!') {
      o.inv = true;
      t = t.substr(1);
    } else if (t[0] == '|') {
      o.abs = true;
      t = t.substr(1, t.rfind('|') - 1);
    } else
      break;
  }
  size_t r = t.find(".reuse");
  if (r != std::string::npos) t = t.substr(0, r);
  if (t.compare(0, 2, "SR") == 0) {
    o.kind = Operand::special;
    o.text = t;
    return o;
  }
  if (t[0] == 'R' && (isdigit(t[1]) || t[1] == 'Z')) {
    o.kind = Operand::reg;
    o.index = t[1] == 'Z' ? 255 : atoi(t.c_str() + 1);
    o.wide = t.find(".64") != std::string::npos;
    return o;
  }
  if (t[0] == 'U' && t[1] == 'R') {
    o.kind = Operand::ureg;
    o.index = t[2] == 'Z' ? 63 : atoi(t.c_str() + 2);
    return o;
  }
  if (t[0] == 'U' && t[1] == 'P') {
    o.kind = Operand::upred;
    o.index = t[2] == 'T' ? 7 : atoi(t.c_str() + 2);
    return o;
  }
  if (t == "PR") {
    o.kind = Operand::special;
    return o;
  }
  if (t[0] == 'P' && t.size() == 2) {
    o.kind = Operand::pred;
    o.index = t[1] == 'T' ? 7 : t[1] - '0';
    return o;
  }
  if (t[0] == 'B' && isdigit(t[1])) {
    o.kind = Operand::barrier;
    o.index = atoi(t.c_str() + 1);
    return o;
  }
  if (t.compare(0, 2, "c[") == 0) {
    o.kind = Operand::cbank;
    o.index = static_cast<int>(strtol(t.c_str() + 2, nullptr, 0));
    size_t second = t.find("][");
    std::string inner = t.substr(second + 2, t.rfind(']') - second - 2);
    Operand m;
    parse_address(inner, m);
    o.base = m.base;
    o.value = m.value;
    o.ubase = m.ubase;
    return o;
  }
  if (t.compare(0, 4, "desc") == 0) {
    size_t b = t.find("][");
    parse_address(t.substr(b + 2, t.rfind(']') - b - 2), o);
    return o;
  }
  if (t[0] == '[') {
    parse_address(t.substr(1, t.rfind(']') - 1), o);
    return o;
  }
  if (t[0] == '`') {
    o.kind = Operand::label;
    o.text = t.substr(2, t.rfind(')') - 2);
    return o;
  }
  // a number
  bool neg = t[0] == '-';
  std::string u = neg ? t.substr(1) : t;
  if (u.compare(0, 2, "0x") == 0) {
    o.kind = Operand::imm;
    int64_t v = static_cast<int64_t>(strtoull(u.c_str(), nullptr, 0));
    o.value = neg ? -v : v;
    return o;
  }
  o.kind = Operand::fimm;
  return o;
}

inline Program parse(const char* path) {
  Program p;
  std::ifstream in(path);
  std::string line;
  bool in_text = false, in_bank2 = false;
  while (std::getline(in, line)) {
    if (line.find("\t.section\t") != std::string::npos) {
      in_text = line.find(".text.sashimi_serve") != std::string::npos;
      in_bank2 = line.find(".nv.constant2") != std::string::npos;
      continue;
    }
    if (in_bank2) {
      std::string t = trim(line);
      size_t at_byte = t.find(".byte");
      if (at_byte != std::string::npos) {
        std::stringstream s(t.substr(at_byte + 5));
        std::string b;
        while (std::getline(s, b, ',')) p.bank2.push_back(static_cast<unsigned char>(strtol(trim(b).c_str(), nullptr, 0)));
      }
      continue;
    }
    if (!in_text) continue;
    size_t colon = line.find(':');
    if (!line.empty() && !isspace(static_cast<unsigned char>(line[0])) && colon != std::string::npos) {
      std::string name = line.substr(0, colon);
      p.labels[name] = static_cast<uint32_t>(p.code.size() * 16);
      if (name[0] != '.') p.functions.push_back(name);
      continue;
    }
    size_t a = line.find("/*");
    if (a == std::string::npos) continue;
    size_t b = line.find("*/", a);
    std::string inner = line.substr(a + 2, b - a - 2);
    size_t h = line.rfind("/* 0x");
    uint64_t hex = h == std::string::npos ? 0 : strtoull(line.c_str() + h + 3, nullptr, 16);
    if (line.find(';') == std::string::npos) {  // second word
      if (h == std::string::npos) continue;
      Instruction& i = p.code.back();
      i.stall = static_cast<int>(hex >> 41 & 15);
      i.yield = hex >> 45 & 1;
      i.wr = static_cast<int>(hex >> 46 & 7);
      i.rd = static_cast<int>(hex >> 49 & 7);
      i.wait = static_cast<int>(hex >> 52 & 63);
      continue;
    }
    Instruction i;
    i.pc = static_cast<uint32_t>(strtoul(inner.c_str(), nullptr, 16));
    i.raw_imm = static_cast<uint32_t>(hex >> 32);
    i.func = static_cast<int>(p.functions.size()) - 1;
    std::string text = line.substr(b + 2, line.find(';', b) - b - 2);
    size_t c = text.find("(*");
    if (c != std::string::npos) text = text.substr(0, c);
    text = trim(text);
    i.text = text;
    if (text[0] == '@') {
      size_t s = text.find(' ');
      std::string g = text.substr(1, s - 1);
      if (g[0] == '!') {
        i.pred_neg = true;
        g = g.substr(1);
      }
      if (g[0] == 'U') {
        i.pred_uniform = true;
        g = g.substr(1);
      }
      i.pred = g[1] == 'T' ? 7 : g[1] - '0';
      text = trim(text.substr(s));
    }
    size_t s = text.find(' ');
    std::string name = text.substr(0, s);
    std::string rest = s == std::string::npos ? "" : trim(text.substr(s));
    std::stringstream n(name);
    std::string m;
    std::getline(n, m, '.');
    auto found = ops().find(m);
    i.op = found == ops().end() ? BAD : found->second;
    i.uniform = m[0] == 'U' && m != "ULDC";
    std::string mm;
    while (std::getline(n, mm, '.')) i.mods.push_back(mm);
    if (i.op == BRX) {  // "R8 -0x9b50"
      size_t sp = rest.find(' ');
      i.o.push_back(parse_operand(rest.substr(0, sp)));
      Operand off = parse_operand(trim(rest.substr(sp)));
      i.o.push_back(off);
    } else if (!rest.empty()) {
      std::string cur;
      int depth = 0;
      std::vector<std::string> parts;
      for (char ch : rest) {
        if (ch == '[' || ch == '(') ++depth;
        if (ch == ']' || ch == ')') --depth;
        if (ch == ',' && depth == 0) {
          parts.push_back(trim(cur));
          cur.clear();
        } else
          cur += ch;
      }
      parts.push_back(trim(cur));
      for (auto& part : parts) {
        size_t sp = part.find(" `");  // RET R28 `(f)
        if (sp != std::string::npos) {
          i.o.push_back(parse_operand(part.substr(0, sp)));
          i.o.push_back(parse_operand(part.substr(sp + 1)));
        } else
          i.o.push_back(parse_operand(part));
      }
    }
    i.width = i.has("128") ? 16 : i.has("64") ? 8 : i.has("U8") || i.has("S8") ? 1 : i.has("U16") ? 2 : 4;
    if (i.pc != p.code.size() * 16) {
      fprintf(stderr, "pc %x at %zx\n", i.pc, p.code.size() * 16);
      abort();
    }
    p.code.push_back(i);
  }
  for (auto& i : p.code)
    for (auto& o : i.o)
      if (o.kind == Operand::label) {
        auto l = p.labels.find(o.text);
        if (l == p.labels.end()) {
          fprintf(stderr, "label %s\n", o.text.c_str());
          abort();
        }
        i.target = l->second;
      }
  return p;
}

}  // namespace sashimi::cuda::simulator
