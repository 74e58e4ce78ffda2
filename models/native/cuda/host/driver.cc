#include "driver.h"

#if defined(__linux__)
#include <dlfcn.h>
#endif

namespace sashimi::cuda {

#if defined(__linux__)

const char* Driver::open(const char* library) {
  // It stays: a driver has threads of its own, which do not survive its being unloaded.
  void* const handle = dlopen(library ? library : "libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!handle) return "there is no CUDA driver (libcuda.so.1)";
  bool is_whole = true;
  const auto find = [&](auto& function, const char* name) {
    void* const address = dlsym(handle, name);
    if (!address) is_whole = false;
    static_assert(sizeof function == sizeof address);
    __builtin_memcpy(&function, &address, sizeof address);
  };
  find(init, "cuInit");
  find(driver_version, "cuDriverGetVersion");
  find(device_count, "cuDeviceGetCount");
  find(device, "cuDeviceGet");
  find(device_name, "cuDeviceGetName");
  find(device_attribute, "cuDeviceGetAttribute");
  find(retain_context, "cuDevicePrimaryCtxRetain");
  find(release_context, "cuDevicePrimaryCtxRelease_v2");
  find(set_context, "cuCtxSetCurrent");
  find(load_module, "cuModuleLoadDataEx");
  find(unload_module, "cuModuleUnload");
  find(this->function, "cuModuleGetFunction");
  find(set_function_attribute, "cuFuncSetAttribute");
  find(allocate, "cuMemAlloc_v2");
  find(free, "cuMemFree_v2");
  find(allocate_host, "cuMemHostAlloc");
  find(free_host, "cuMemFreeHost");
  find(host_address, "cuMemHostGetDevicePointer_v2");
  find(upload, "cuMemcpyHtoD_v2");
  find(clear, "cuMemsetD8_v2");
  find(create_stream, "cuStreamCreate");
  find(destroy_stream, "cuStreamDestroy_v2");
  find(synchronise, "cuStreamSynchronize");
  find(query, "cuStreamQuery");
  find(launch, "cuLaunchKernel");
  find(launch_together, "cuLaunchCooperativeKernel");
  find(error_name, "cuGetErrorName");
  return is_whole ? nullptr : "the CUDA driver is too old";
}

#else

const char* Driver::open(const char*) { return "the cuda stepper runs on Linux only"; }

#endif

}  // namespace sashimi::cuda
