/// A CUDA driver with one device, which is this processor: the functions of host/driver.h, and the kernel by emulation.
/// Memory of the device is memory of the process. What a launch finds is what the driver would give it; its threads are
/// threads of the system, one per block, so that host and kernel run beside each other as they do on a GPU.
///
///   SASHIMI_FAKE_MULTIPROCESSORS   of the device, 4 when not set
///   SASHIMI_FAKE_COOPERATES        whether blocks may be launched together, 1 when not set
///   SASHIMI_FAKE_SHARED_BYTES      of a block, 227 KiB when not set
///   SASHIMI_FAKE_SEED              of the order of tasks, 1 when not set
///   SASHIMI_FAKE_THREADS           that share a block's phases, 1 when not set
///   SASHIMI_FAKE_FAILS_AFTER       launches; then the device is lost
///   SASHIMI_FAKE_LONGEST_US        after which a launch leaves
///   SASHIMI_FAKE_DEVICES           0 or 1
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

// How a block runs: by emulation where nothing else is said.
#ifndef SASHIMI_BLOCK
#define SASHIMI_BLOCK "emulated_kernel.h"
#endif
#include SASHIMI_BLOCK

namespace {

using namespace sashimi::cuda;
using Result = int;

constexpr Result kSuccess = 0;
constexpr Result kInvalid = 1;
constexpr Result kNotFound = 500;
constexpr Result kNotReady = 600;
constexpr Result kLaunchFailed = 719;

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

std::atomic<int> launches{0};

bool is_lost() {
  const int most = setting("SASHIMI_FAKE_FAILS_AFTER", -1);
  return most >= 0 && launches.load() > most;
}

struct Launch {
  Arguments arguments;
  unsigned blocks;
};

/// Launches in the order in which they came, one at a time.
class Stream {
 public:
  Stream() : thread_([this] { run(); }) {}
  ~Stream() {
    {
      const std::lock_guard lock(mutex_);
      is_closed_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void queue(const Launch& launch) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(launch);
    }
    changed_.notify_all();
  }
  bool is_idle() {
    const std::lock_guard lock(mutex_);
    return waiting_.empty() && !is_running_;
  }
  void synchronise() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.empty() && !is_running_; });
  }

 private:
  void run() {
    for (;;) {
      Launch launch;
      {
        std::unique_lock lock(mutex_);
        is_running_ = false;
        changed_.notify_all();
        changed_.wait(lock, [this] { return is_closed_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        launch = waiting_.front();
        waiting_.pop_front();
        is_running_ = true;
      }
      EmulatedThreads threads;
      threads.seed = static_cast<uint32_t>(setting("SASHIMI_FAKE_SEED", 1));
      threads.count = static_cast<uint32_t>(setting("SASHIMI_FAKE_THREADS", 1));
      std::vector<std::thread> blocks;
      for (unsigned block = 1; block < launch.blocks; ++block) {
        blocks.emplace_back([&, block] { run_block(launch.arguments, block, threads); });
      }
      run_block(launch.arguments, 0, threads);
      for (std::thread& block : blocks) block.join();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Launch> waiting_;
  bool is_running_ = false;
  bool is_closed_ = false;
  std::thread thread_;
};

int context;
/// A kernel is known by its name.
std::string module_text;
const char serve[] = "sashimi_serve";

void* take_memory(size_t bytes) { return std::aligned_alloc(256, (bytes + 255) / 256 * 256); }

int shared_bytes() { return setting("SASHIMI_FAKE_SHARED_BYTES", 227 * 1024); }

}  // namespace

extern "C" {

Result cuInit(unsigned flags) { return flags == 0 ? kSuccess : kInvalid; }
Result cuDriverGetVersion(int* version) { return *version = 13000, kSuccess; }
Result cuDeviceGetCount(int* count) { return *count = setting("SASHIMI_FAKE_DEVICES", 1), kSuccess; }
Result cuDeviceGet(int* device, int ordinal) { return ordinal == 0 ? *device = 0, kSuccess : kInvalid; }
Result cuDeviceGetName(char* name, int length, int) {
  std::strncpy(name, "emulated GPU", static_cast<size_t>(length));
  return kSuccess;
}
Result cuDeviceGetAttribute(int* value, int attribute, int) {
  switch (attribute) {
    case 16: *value = setting("SASHIMI_FAKE_MULTIPROCESSORS", 4); return kSuccess;
    case 75: *value = 9; return kSuccess;
    case 76: *value = 0; return kSuccess;
    case 95: *value = setting("SASHIMI_FAKE_COOPERATES", 1); return kSuccess;
    case 97: *value = shared_bytes(); return kSuccess;
    default: return kInvalid;
  }
}
Result cuDevicePrimaryCtxRetain(void** made, int) { return *made = &context, kSuccess; }
Result cuDevicePrimaryCtxRelease_v2(int) { return kSuccess; }
Result cuCtxSetCurrent(void* made) { return made == &context ? kSuccess : kInvalid; }

Result cuModuleLoadDataEx(void** module, const void* image, unsigned, int*, void**) {
  module_text = static_cast<const char*>(image);
  *module = &module_text;
  return module_text.find(".target sm_") != std::string::npos ? kSuccess : kInvalid;
}
Result cuModuleUnload(void*) { return kSuccess; }
Result cuModuleGetFunction(void** function, void*, const char* name) {
  if (module_text.find(".entry " + std::string(name) + "(") == std::string::npos) return kNotFound;
  *function = const_cast<char*>(serve);
  return kSuccess;
}
Result cuFuncSetAttribute(void*, int attribute, int) { return attribute == 8 ? kSuccess : kInvalid; }

Result cuMemAlloc_v2(uint64_t* memory, size_t bytes) {
  void* const taken = take_memory(bytes);
  *memory = reinterpret_cast<uint64_t>(taken);
  return taken ? kSuccess : 2;
}
Result cuMemFree_v2(uint64_t memory) { return std::free(reinterpret_cast<void*>(memory)), kSuccess; }
Result cuMemHostAlloc(void** memory, size_t bytes, unsigned) { return (*memory = take_memory(bytes)) ? kSuccess : 2; }
Result cuMemFreeHost(void* memory) { return std::free(memory), kSuccess; }
Result cuMemHostGetDevicePointer_v2(uint64_t* address, void* memory, unsigned) {
  return *address = reinterpret_cast<uint64_t>(memory), kSuccess;
}
Result cuMemcpyHtoD_v2(uint64_t to, const void* from, size_t bytes) {
  return std::memcpy(reinterpret_cast<void*>(to), from, bytes), kSuccess;
}
Result cuMemsetD8_v2(uint64_t memory, unsigned char value, size_t bytes) {
  return std::memset(reinterpret_cast<void*>(memory), value, bytes), kSuccess;
}

Result cuStreamCreate(void** stream, unsigned) { return *stream = new Stream, kSuccess; }
Result cuStreamDestroy_v2(void* stream) { return delete static_cast<Stream*>(stream), kSuccess; }
Result cuStreamSynchronize(void* stream) { return static_cast<Stream*>(stream)->synchronise(), kSuccess; }
Result cuStreamQuery(void* stream) {
  if (is_lost()) return kLaunchFailed;
  return static_cast<Stream*>(stream)->is_idle() ? kSuccess : kNotReady;
}

Result cuLaunchKernel(void* function, unsigned blocks, unsigned, unsigned, unsigned threads, unsigned, unsigned,
                      unsigned dynamic_bytes, void* stream, void** arguments, void**) {
  ++launches;
  Launch launch = {*static_cast<const Arguments*>(arguments[0]), blocks};
  const Arguments& given = launch.arguments;
  const int longest_us = setting("SASHIMI_FAKE_LONGEST_US", -1);
  if (longest_us >= 0) launch.arguments.longest_us = static_cast<uint32_t>(longest_us);
  size_t wanted = sizeof(Shared) + given.slots * (sizeof(DrawScratch) + given.scratch_floats * sizeof(float));
  for (uint32_t e = 0; e < given.num_ensembles; ++e) {
    const Ensemble& ensemble = given.ensembles[e];
    wanted += sizeof(Plan) + ensemble.num_phases * sizeof(PhasePlan);
    if (ensemble.plan->scratch_floats > given.scratch_floats) return kInvalid;
  }
  const bool has_room = given.memory_bytes >= wanted && dynamic_bytes >= given.memory_bytes && dynamic_bytes <= static_cast<unsigned>(shared_bytes());
  if (function != static_cast<const void*>(serve) || threads % 32 != 0 || threads > 512 || !has_room) return kInvalid;
  // A device that is lost takes launches and never carries them out.
  if (!is_lost()) static_cast<Stream*>(stream)->queue(launch);
  return kSuccess;
}

Result cuLaunchCooperativeKernel(void* function, unsigned blocks, unsigned y, unsigned z, unsigned threads, unsigned thread_y,
                                 unsigned thread_z, unsigned dynamic_bytes, void* stream, void** arguments) {
  if (blocks > static_cast<unsigned>(setting("SASHIMI_FAKE_MULTIPROCESSORS", 4))) return 720;
  return cuLaunchKernel(function, blocks, y, z, threads, thread_y, thread_z, dynamic_bytes, stream, arguments, nullptr);
}

Result cuGetErrorName(Result result, const char** name) {
  *name = result == kLaunchFailed ? "CUDA_ERROR_LAUNCH_FAILED" : result == kInvalid ? "CUDA_ERROR_INVALID_VALUE" : "CUDA_ERROR";
  return kSuccess;
}

}  // extern "C"
