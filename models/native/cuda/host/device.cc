#include "device.h"

#include <utility>

namespace sashimi::cuda {

std::string Device::failure(const char* what, Driver::Result result) const {
  const char* name = nullptr;
  if (driver_.error_name) driver_.error_name(result, &name);
  return std::string(what) + " failed: " + (name ? name : "unknown error") + " (" + std::to_string(result) + ")";
}

std::shared_ptr<Device> Device::open(const char* library, const char* ptx, std::string& why) {
  std::shared_ptr<Device> device(new Device);
  if (const char* fault = device->driver_.open(library)) {
    why = fault;
    return nullptr;
  }
  if (const auto result = device->driver_.init(0)) {
    why = device->failure("cuInit", result);
    return nullptr;
  }
  int count = 0;
  if (device->driver_.device_count(&count) != 0 || count < 1) {
    why = "the CUDA driver has no device";
    return nullptr;
  }
  return device->load(ptx, why) ? device : nullptr;
}

bool Device::load(const char* ptx, std::string& why) {
  if (const auto result = driver_.device(&device_, 0)) {
    why = failure("cuDeviceGet", result);
    return false;
  }
  char name[256] = {};
  driver_.device_name(name, sizeof name - 1, device_);
  name_ = name;
  int major = 0;
  int minor = 0;
  int multiprocessors = 0;
  int shared = 0;
  int cooperative = 0;
  driver_.device_attribute(&major, Driver::kMajor, device_);
  driver_.device_attribute(&minor, Driver::kMinor, device_);
  driver_.device_attribute(&multiprocessors, Driver::kMultiprocessors, device_);
  driver_.device_attribute(&shared, Driver::kSharedPerBlockOptIn, device_);
  driver_.device_attribute(&cooperative, Driver::kCooperativeLaunch, device_);
  if (major < 7 || multiprocessors < 1) {
    why = name_ + " is of compute capability " + std::to_string(major) + "." + std::to_string(minor) + "; 7.0 is needed";
    return false;
  }
  multiprocessors_ = static_cast<unsigned>(multiprocessors);
  runs_together_ = cooperative != 0;
  if (const auto result = driver_.retain_context(&context_, device_)) {
    context_ = nullptr;
    why = failure("cuDevicePrimaryCtxRetain", result);
    return false;
  }
  enter();
  if (const auto result = driver_.load_module(&module_, ptx, 0, nullptr, nullptr)) {
    module_ = nullptr;
    why = failure("cuModuleLoadDataEx", result);
    return false;
  }
  if (const auto result = driver_.function(&serve_, module_, "sashimi_serve")) {
    why = failure("cuModuleGetFunction", result);
    return false;
  }
  if (driver_.set_function_attribute(serve_, Driver::kFunctionMaxDynamicShared, shared) == 0) shared_bytes_ = static_cast<size_t>(shared);
  return true;
}

Device::~Device() {
  if (!context_) return;
  enter();
  if (module_) driver_.unload_module(module_);
  driver_.release_context(device_);
}

bool Device::launch(void* stream, unsigned blocks, size_t shared_bytes, void* arguments, bool is_together) const {
  void* list[] = {arguments};
  const auto bytes = static_cast<unsigned>(shared_bytes);
  if (is_together) return driver_.launch_together(serve_, blocks, 1, 1, kThreads, 1, 1, bytes, stream, list) == 0;
  return driver_.launch(serve_, blocks, 1, 1, kThreads, 1, 1, bytes, stream, list, nullptr) == 0;
}

DeviceMemory::DeviceMemory(std::shared_ptr<Device> device, size_t bytes) : device_(std::move(device)) {
  device_->enter();
  const Driver& driver = device_->driver();
  if (driver.allocate(&address_, bytes) != 0) address_ = 0;
  else driver.clear(address_, 0, bytes);
}

DeviceMemory::~DeviceMemory() {
  if (address_ == 0) return;
  device_->enter();
  device_->driver().free(address_);
}

DeviceMemory::DeviceMemory(DeviceMemory&& other) noexcept
    : device_(std::move(other.device_)), address_(std::exchange(other.address_, 0)) {}

DeviceMemory& DeviceMemory::operator=(DeviceMemory&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(address_, other.address_);
  return *this;
}

bool DeviceMemory::upload(const void* from, size_t bytes) const {
  device_->enter();
  return device_->driver().upload(address_, from, bytes) == 0;
}

MappedMemory::MappedMemory(std::shared_ptr<Device> device, size_t bytes) : device_(std::move(device)) {
  device_->enter();
  const Driver& driver = device_->driver();
  void* memory = nullptr;
  if (driver.allocate_host(&memory, bytes, Driver::kMapped | Driver::kPortable) != 0) return;
  data_ = static_cast<unsigned char*>(memory);
  __builtin_memset(data_, 0, bytes);
  if (driver.host_address(&address_, memory, 0) != 0) {
    driver.free_host(data_);
    data_ = nullptr;
  }
}

MappedMemory::~MappedMemory() {
  if (!data_) return;
  device_->enter();
  device_->driver().free_host(data_);
}

MappedMemory::MappedMemory(MappedMemory&& other) noexcept
    : device_(std::move(other.device_)), data_(std::exchange(other.data_, nullptr)), address_(other.address_) {}

MappedMemory& MappedMemory::operator=(MappedMemory&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(data_, other.data_);
  std::swap(address_, other.address_);
  return *this;
}

}  // namespace sashimi::cuda
