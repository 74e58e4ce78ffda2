/// No memory is asked for while a voice steps, nor on either side of a run-ahead ring, and its reader
/// does not enter the system; a stream that gets no thread says so. The allocator of this program counts;
/// it belongs to glibc, so the test is for Linux.
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <atomic>
#include <cstdarg>
#include <cstddef>
#include <mutex>
#include <vector>

#include "counting_source.h"
#include "exchanged_source.h"
#include "fever_source.h"
#include "history_source.h"
#include "instruction_sets.h"
#include "players.h"
#include "steered_source.h"

namespace {

std::atomic<bool> is_counting{false};
std::atomic<int> allocations{0};

void count() {
  if (is_counting.load(std::memory_order_relaxed)) allocations.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);

void* malloc(size_t bytes) { return count(), __libc_malloc(bytes); }
void* calloc(size_t n, size_t bytes) { return count(), __libc_calloc(n, bytes); }
void* realloc(void* block, size_t bytes) { return count(), __libc_realloc(block, bytes); }
void* aligned_alloc(size_t to, size_t bytes) { return count(), __libc_memalign(to, bytes); }
void free(void* block) {
  if (block) count();
  __libc_free(block);
}
}

namespace {
thread_local bool is_watched = false;
std::atomic<int> entries{0};

/// A call by which the watched thread enters the system.
long entered() {
  if (is_watched) entries.fetch_add(1, std::memory_order_relaxed);
  return 0;
}

template <class Function>
Function next_of(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}
}  // namespace

namespace {
std::atomic<bool> is_out_of_threads{false};
}  // namespace

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                              void* argument) noexcept {
  if (is_out_of_threads.load()) return EAGAIN;
  static const auto real =
      next_of<int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create");
  return real(thread, attributes, run, argument);
}

// The doors through which the C++ library waits, wakes, yields and sleeps. Locks that nobody holds stay
// in user space and are counted all the same.
extern "C" {
long syscall(long number, ...) {
  entered();
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& argument : a) argument = va_arg(list, long);
  va_end(list);
  static const auto real = next_of<long (*)(long, ...)>("syscall");
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
int sched_yield() noexcept {
  entered();
  static const auto real = next_of<int (*)()>("sched_yield");
  return real();
}
int nanosleep(const timespec* wanted, timespec* left) {
  entered();
  static const auto real = next_of<int (*)(const timespec*, timespec*)>("nanosleep");
  return real(wanted, left);
}
int clock_nanosleep(clockid_t clock, int flags, const timespec* wanted, timespec* left) {
  entered();
  static const auto real = next_of<int (*)(clockid_t, int, const timespec*, timespec*)>("clock_nanosleep");
  return real(clock, flags, wanted, left);
}
int clock_gettime(clockid_t clock, timespec* time) noexcept {
  entered();
  static const auto real = next_of<int (*)(clockid_t, timespec*)>("clock_gettime");
  return real(clock, time);
}
int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  entered();
  static const auto real = next_of<int (*)(pthread_mutex_t*)>("pthread_mutex_lock");
  return real(mutex);
}
}

namespace sashimi::test {
namespace {

/// The number of ways that this thread takes into the system while `body` runs.
template <class Body>
int entries_of(const Body& body) {
  entries = 0;
  is_watched = true;
  body();
  is_watched = false;
  return entries;
}

/// The number of allocations and frees while `body` runs, on any thread.
template <class Body>
int counted(const Body& body) {
  allocations = 0;
  is_counting = true;
  body();
  is_counting = false;
  return allocations;
}

void counter_counts() {
  section("the counter sees an allocation");
  CHECK(counted([] {
          const std::vector<int> some(100);
          CHECK(some.data() != nullptr);
        }) > 0);
}

void stepping(const Kernels& kernels) {
  section("voices, groups and composites play");
  for (const Shape& shape : shapes()) {
    Players players(shape, kernels);
    CHECK(counted([&] { CHECK(players.play()); }) == 0);
  }
}

void streaming() {
  section("reading, steering and resetting a stream, with its thread");
  RunAhead stream(std::make_unique<CountingSource>(), counting_options(128));
  float block[64];
  while (stream.read(block, 64) == 0) std::this_thread::yield();
  CHECK(counted([&] {
          for (uint32_t round = 1; round < 2000; ++round) {
            stream.read(block, 64);
            stream.set_sampling({1.0 * round, 1.0 * round, round});
            if (round % 100 == 0) stream.reset(round / 100);
            if (round % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          }
        }) == 0);
}

void going_back() {
  section("going back, with its thread");
  RunAhead stream(std::make_unique<HistorySource>(), history_options(256));
  float block[64];
  while (stream.read(block, 64) == 0) std::this_thread::yield();
  CHECK(counted([&] {
          for (uint32_t round = 1; round < 2000; ++round) {
            stream.read(block, 64);
            stream.set_sampling(sampling_of(round));
            stream.plan_sampling(stream.position() + 100, sampling_of(-1.0 * round));
            std::this_thread::sleep_for(std::chrono::microseconds(200));
          }
        }) == 0);
  CHECK(stream.rollbacks() > 0);
}

void steering() {
  section("saying conditioning, with its thread");
  std::minstd_rand generator(1);
  SteeredStream stream(256);
  float block[64];
  while (stream->read(block, 64) == 0) std::this_thread::yield();
  const Saying slow = random_saying(generator, 0, 0, 100);
  const Saying fast = random_saying(generator, 1, 0, 2000);
  CHECK(counted([&] {
          for (int64_t round = 1; round < 1000; ++round) {
            stream->set_conditioning(0, round, slow.rows.data(), slow.num_frames());
            stream->set_conditioning(1, 40 * round, fast.rows.data(), fast.num_frames());
            stream->read(block, 64);
            if (round % 100 == 0) stream->reset(static_cast<uint32_t>(round));
            std::this_thread::sleep_for(std::chrono::microseconds(200));
          }
        }) == 0);
  CHECK(stream->rollbacks() > 0);
}

/// The same of a reader that says conditioning.
int entries_while_steering() {
  std::minstd_rand generator(2);
  SteeredStream stream(256);
  float block[64];
  while (stream->read(block, 64) == 0) std::this_thread::yield();
  const Saying fast = random_saying(generator, 1, 0, 500);
  int entered = 0;
  for (int64_t round = 1; round < 500; ++round) {
    entered += entries_of([&] {
      stream->set_conditioning(1, 40 * round, fast.rows.data(), fast.num_frames());
      stream->read(block, 40);
    });
    std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
  return entered;
}

void running_away() {
  section("running away and being taken back, over rollbacks, with its thread");
  auto watched = watched_fever();
  RunawayNews& news = watched->news();
  RunAhead stream(std::move(watched), history_options(256));
  float block[64];
  while (stream.read(block, 64) == 0) std::this_thread::yield();
  CHECK(counted([&] {
          for (uint32_t round = 1; round < 2000; ++round) {
            stream.read(block, 64);
            if (round % 10 == 0) stream.set_sampling(sampling_of(1.0 - 1e-4 * round));
            news.heard(stream.position());
            std::this_thread::sleep_for(std::chrono::microseconds(100));
          }
        }) == 0);
  CHECK(news.heard(stream.position()).of[static_cast<size_t>(RunawayCause::noise)] > 0);
}

void exchanging() {
  section("keeping, recalling and mixing states, over rollbacks, with its thread");
  Exchange exchange(256);
  RunAheadOptions options = history_options(256);
  options.states = &exchange.states;
  RunAhead stream(std::move(exchange.source), options);
  float block[64];
  while (stream.read(block, 64) == 0) std::this_thread::yield();
  uint32_t done = 0;
  CHECK(counted([&] {
          for (uint32_t round = 1; round < 1000; ++round) {
            if (stream.command_state(command_of(round))) ++done;
            stream.read(block, 64);
            if (round % 10 == 0) stream.set_sampling(sampling_of(1.0 - 1e-4 * round));
            exchange.states.is_kept(round % 24, stream.position());
            std::this_thread::sleep_for(std::chrono::microseconds(100));
          }
        }) == 0);
  CHECK(done > 900);
}

void reader_stays_outside() {
  section("a reader that plays never enters the system");
  CHECK(entries_of([] { std::this_thread::yield(); }) > 0);
  CHECK(entries_of([] { std::this_thread::sleep_for(std::chrono::microseconds(1)); }) > 0);
  CHECK(entries_of([] {
          std::mutex mutex;
          const std::lock_guard<std::mutex> guard(mutex);
        }) > 0);
  RunAhead stream(std::make_unique<HistorySource>(), history_options(256));
  float block[64];
  while (stream.read(block, 64) == 0) std::this_thread::yield();
  int wakings = 0;
  for (uint32_t round = 1; round < 2000; ++round) {
    const int entered = entries_of([&] {
      stream.set_sampling(sampling_of(round));
      stream.plan_sampling(stream.position() + 100, sampling_of(2.0));
      stream.read(block, 20 + round % 40);
      CHECK(stream.available() <= 256);
      CHECK(stream.control_latency_frames() < 100000);
    });
    wakings += entered;
    std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
  wakings += entries_while_steering();
  // Only a machine that stood still makes a pause long enough for the thread to fall asleep.
  CHECK(wakings < 20);
  CHECK(stream.rollbacks() > 0);
}

void without_a_thread() {
  section("a stream that the system starts no thread for does not run, and says so");
  is_out_of_threads = true;
  RunAhead stream(std::make_unique<CountingSource>(), counting_options(128));
  is_out_of_threads = false;
  CHECK(!stream.is_running());
  stream.close();
}

}  // namespace
}  // namespace sashimi::test

int main() {
  using namespace sashimi::test;
  counter_counts();
  for_each_instruction_set(stepping);
  streaming();
  going_back();
  steering();
  running_away();
  exchanging();
  reader_stays_outside();
  without_a_thread();
  std::puts("no-allocation: ok");
}
