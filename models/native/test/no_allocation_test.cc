/// No memory is asked for while a voice steps, nor on either side of a run-ahead ring. The
/// allocator of this program counts; it belongs to glibc, so the test is for Linux.
#include <atomic>
#include <cstddef>
#include <vector>

#include "counting_source.h"
#include "random_model.h"

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

namespace sashimi::test {
namespace {

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

void stepping() {
  section("stepping, forcing, snapshots and resets");
  const Kernels* const* list = nullptr;
  const size_t sets = available_kernels(&list);
  for (size_t i = 0; i < sets; ++i) {
    for (const Shape& shape : shapes()) {
      const RandomModel model(shape);
      Voice voice;
      CHECK(voice.init(model.weights(), *list[i], model.decode(), 1));
      std::vector<float> out(256);
      std::vector<uint8_t> ids(256);
      std::vector<float> logits(256 * model.config().levels);
      std::vector<unsigned char> snapshot(voice.snapshot_bytes());
      CHECK(counted([&] {
              voice.step_block(out.data(), 256, {0.9, 0.9, 20}, ids.data());
              voice.force_block(ids.data(), 256, logits.data());
              voice.snapshot(snapshot.data());
              voice.reset(2);
              CHECK(voice.restore(snapshot.data()));
            }) == 0);
    }
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

}  // namespace
}  // namespace sashimi::test

int main() {
  using namespace sashimi::test;
  counter_counts();
  stepping();
  streaming();
  std::puts("no-allocation: ok");
}
