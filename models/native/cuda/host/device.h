#pragma once

#include <memory>
#include <string>

#include "../kernel/plan.h"
#include "driver.h"

namespace sashimi::cuda {

/// One GPU with the kernel loaded. Its methods may be called from any thread. Outlives all memory of it.
class Device {
 public:
  static constexpr unsigned kThreads = 32 * kWarps;  ///< Of a block.

  /// The first device of the driver in `library`, as Driver::open says, with `ptx`, which ends in 0. Null, with `why` set, when
  /// there is none that runs it.
  static std::shared_ptr<Device> open(const char* library, const char* ptx, std::string& why);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const std::string& name() const { return name_; }
  unsigned multiprocessors() const { return multiprocessors_; }
  /// Bytes of shared memory that a block may ask for.
  size_t shared_bytes() const { return shared_bytes_; }
  const Driver& driver() const { return driver_; }

  /// Whether blocks may rely on each other to be there.
  bool runs_together() const { return runs_together_; }

  /// Makes it current in this thread: before any call of the driver.
  bool enter() const { return driver_.set_context(context_) == 0; }
  /// Queues the kernel; with `is_together` all blocks run at once. False when the driver refuses.
  bool launch(void* stream, unsigned blocks, size_t shared_bytes, void* arguments, bool is_together) const;

 private:
  Device() = default;
  bool load(const char* ptx, std::string& why);
  std::string failure(const char* what, Driver::Result result) const;

  Driver driver_;
  int device_ = 0;
  void* context_ = nullptr;
  void* module_ = nullptr;
  void* serve_ = nullptr;
  std::string name_;
  unsigned multiprocessors_ = 0;
  bool runs_together_ = false;
  size_t shared_bytes_ = 0;
};

/// Memory on the device, zeroed. Move-only.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  /// Allocates. Without memory `address` is 0.
  DeviceMemory(std::shared_ptr<Device> device, size_t bytes);
  ~DeviceMemory();
  DeviceMemory(DeviceMemory&& other) noexcept;
  DeviceMemory& operator=(DeviceMemory&& other) noexcept;

  uint64_t address() const { return address_; }
  bool upload(const void* from, size_t bytes) const;

 private:
  std::shared_ptr<Device> device_;
  uint64_t address_ = 0;
};

/// Host memory that the device sees, zeroed. Move-only.
class MappedMemory {
 public:
  MappedMemory() = default;
  /// Allocates. Without memory `data` is null.
  MappedMemory(std::shared_ptr<Device> device, size_t bytes);
  ~MappedMemory();
  MappedMemory(MappedMemory&& other) noexcept;
  MappedMemory& operator=(MappedMemory&& other) noexcept;

  unsigned char* data() const { return data_; }
  /// Where the device sees what `data` + `offset` is.
  uint64_t address(size_t offset = 0) const { return address_ + offset; }

 private:
  std::shared_ptr<Device> device_;
  unsigned char* data_ = nullptr;
  uint64_t address_ = 0;
};

}  // namespace sashimi::cuda
