#pragma once

#include <stddef.h>
#include <stdint.h>

namespace sashimi::cuda {

/// The functions of the CUDA driver API that are used, found at run time: nothing links against it, and no header of it is
/// needed. Names and types are those of the driver's own interface.
struct Driver {
  using Result = int;  ///< 0 is success.
  static constexpr Result kNotReady = 600;
  // Attributes of a device and of a function, and flags.
  static constexpr int kMultiprocessors = 16;
  static constexpr int kMajor = 75;
  static constexpr int kMinor = 76;
  static constexpr int kCooperativeLaunch = 95;
  static constexpr int kSharedPerBlockOptIn = 97;
  static constexpr int kFunctionMaxDynamicShared = 8;
  static constexpr unsigned kMapped = 2;
  static constexpr unsigned kPortable = 1;
  static constexpr unsigned kNonBlocking = 1;

  Result (*init)(unsigned flags) = nullptr;
  Result (*driver_version)(int* version) = nullptr;
  Result (*device_count)(int* count) = nullptr;
  Result (*device)(int* device, int ordinal) = nullptr;
  Result (*device_name)(char* name, int length, int device) = nullptr;
  Result (*device_attribute)(int* value, int attribute, int device) = nullptr;
  Result (*retain_context)(void** context, int device) = nullptr;
  Result (*release_context)(int device) = nullptr;
  Result (*set_context)(void* context) = nullptr;
  Result (*load_module)(void** module, const void* image, unsigned num_options, int* options, void** values) = nullptr;
  Result (*unload_module)(void* module) = nullptr;
  Result (*function)(void** function, void* module, const char* name) = nullptr;
  Result (*set_function_attribute)(void* function, int attribute, int value) = nullptr;
  Result (*allocate)(uint64_t* memory, size_t bytes) = nullptr;
  Result (*free)(uint64_t memory) = nullptr;
  Result (*allocate_host)(void** memory, size_t bytes, unsigned flags) = nullptr;
  Result (*free_host)(void* memory) = nullptr;
  Result (*host_address)(uint64_t* address, void* memory, unsigned flags) = nullptr;
  Result (*upload)(uint64_t to, const void* from, size_t bytes) = nullptr;
  Result (*clear)(uint64_t memory, unsigned char value, size_t bytes) = nullptr;
  Result (*create_stream)(void** stream, unsigned flags) = nullptr;
  Result (*destroy_stream)(void* stream) = nullptr;
  Result (*synchronise)(void* stream) = nullptr;
  Result (*query)(void* stream) = nullptr;
  Result (*launch)(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                   unsigned block_z, unsigned shared_bytes, void* stream, void** arguments, void** extra) = nullptr;
  /// All blocks at once, or an error.
  Result (*launch_together)(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                            unsigned block_z, unsigned shared_bytes, void* stream, void** arguments) = nullptr;
  Result (*error_name)(Result result, const char** name) = nullptr;

  /// Finds them in `library`, a path or name; null is the driver's own name on this system. Null, or why there are none: no
  /// driver is no error of anybody's.
  const char* open(const char* library);
};

}  // namespace sashimi::cuda
