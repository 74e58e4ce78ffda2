/// No system call is made while voices, groups and composites step: each runs in a child process
/// that the kernel kills at its first one (seccomp's strict mode). For Linux; where seccomp is refused the
/// test says so and passes.
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../core/composite.h"
#include "../core/voice_group.h"
#include "random_model.h"

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
  section("stepping, forcing, snapshots and resets of voices, groups and composites");
  for (const Shape& shape : shapes()) {
    CHECK(survives([&] {
      const RandomModel model(shape);
      Voice voice;
      VoiceGroup group;
      Composite composite;
      const CompositeMember member{&model.weights(), &kernels};
      CHECK(voice.init(model.weights(), kernels, model.decode(), 1));
      CHECK(group.init(model.weights(), kernels, model.decode(), 3));
      CHECK(composite.init({member, member}, model.decode(), Mixing::mixture, 1));
      std::vector<float> out(256);
      std::vector<uint8_t> ids(256);
      std::vector<float> logits(256 * model.config().levels);
      std::vector<unsigned char> snapshot(composite.snapshot_bytes());
      float* const outs[3] = {out.data(), out.data(), out.data()};
      const Sampling sampling{0.9, 0.9, 20};
      const Sampling samplings[3] = {sampling, sampling, sampling};
      if (!forbid_system_calls()) leave(1);
      voice.step_block(out.data(), 256, sampling, ids.data());
      voice.force_block(ids.data(), 256, logits.data());
      voice.snapshot(snapshot.data());
      voice.reset(2);
      voice.restore(snapshot.data());
      group.start(0, 1);
      group.start(2, 2);
      group.step_block(outs, 256, samplings);
      group.stop(2);
      group.step_block(outs, 64, samplings);
      composite.step_block(out.data(), 256, sampling, ids.data());
      composite.snapshot(snapshot.data());
      composite.restore(snapshot.data());
      leave(0);
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
  const Kernels* const* list = nullptr;
  const size_t count = available_kernels(&list);
  for (size_t i = 0; i < count; ++i) test::stepping(*list[i]);
  std::puts("no-syscall: ok");
}
