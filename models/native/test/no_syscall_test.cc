/// No system call is made while voices, groups and composites step: each runs in a child process
/// that the kernel kills at its first one (seccomp's strict mode). For Linux; where seccomp is refused the
/// test says so and passes.
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "instruction_sets.h"
#include "players.h"

namespace sashimi::test {
namespace {

/// From here on only read, write and exit are let through to the kernel; all else kills this process.
bool forbid_system_calls() { return prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0; }

/// exit_group is forbidden, too.
[[noreturn]] void leave(int status) {
  syscall(SYS_exit, status);
  __builtin_unreachable();
}

/// Whether `body` ends in a child that may not enter the system. `prepare` makes what it needs.
template <class Body>
bool survives(const Body& body) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) body();
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool is_seccomp_there() {
  return survives([] { leave(forbid_system_calls() ? 0 : 1); });
}

void the_guard_guards() {
  section("a system call is seen");
  CHECK(!survives([] {
    forbid_system_calls();
    syscall(SYS_getppid);
    leave(0);
  }));
}

void stepping(const Kernels& kernels) {
  section("voices, groups and composites play");
  for (const Shape& shape : shapes()) {
    CHECK(survives([&] {
      Players players(shape, kernels);
      if (!forbid_system_calls()) leave(1);
      leave(players.play() ? 0 : 1);
    }));
  }
}

}  // namespace
}  // namespace sashimi::test

int main() {
  using namespace sashimi;
  if (!test::is_seccomp_there()) {
    std::puts("no-syscall: skipped, seccomp is not to be had here");
    return 0;
  }
  test::the_guard_guards();
  test::for_each_instruction_set(test::stepping);
  std::puts("no-syscall: ok");
}
