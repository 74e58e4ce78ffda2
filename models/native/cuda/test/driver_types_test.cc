/// host/driver.h against the header of a CUDA toolkit, where there is one: compiles or does not.
#include <cuda.h>

#include <type_traits>

#include "../host/driver.h"

namespace sashimi::cuda {
namespace {

/// What a parameter of the driver is here: handles are void*, enumerations int, device addresses 64 bits.
template <class Ours, class Theirs>
constexpr bool kIsAlike = sizeof(Ours) == sizeof(Theirs) &&
                          (std::is_pointer_v<Ours> == std::is_pointer_v<Theirs>) && !std::is_floating_point_v<Theirs>;

template <class Ours, class Theirs>
struct Alike : std::false_type {};
template <class R, class... Ours, class S, class... Theirs>
  requires(sizeof...(Ours) == sizeof...(Theirs))
struct Alike<R (*)(Ours...), S (*)(Theirs...)>
    : std::bool_constant<sizeof(R) == sizeof(S) && (kIsAlike<Ours, Theirs> && ...)> {};

#define CHECK_FUNCTION(member, function) \
  static_assert(Alike<decltype(Driver::member), decltype(&function)>::value, #function)

CHECK_FUNCTION(init, cuInit);
CHECK_FUNCTION(driver_version, cuDriverGetVersion);
CHECK_FUNCTION(device_count, cuDeviceGetCount);
CHECK_FUNCTION(device, cuDeviceGet);
CHECK_FUNCTION(device_name, cuDeviceGetName);
CHECK_FUNCTION(device_attribute, cuDeviceGetAttribute);
CHECK_FUNCTION(retain_context, cuDevicePrimaryCtxRetain);
CHECK_FUNCTION(release_context, cuDevicePrimaryCtxRelease);
CHECK_FUNCTION(set_context, cuCtxSetCurrent);
CHECK_FUNCTION(load_module, cuModuleLoadDataEx);
CHECK_FUNCTION(unload_module, cuModuleUnload);
CHECK_FUNCTION(function, cuModuleGetFunction);
CHECK_FUNCTION(set_function_attribute, cuFuncSetAttribute);
CHECK_FUNCTION(allocate, cuMemAlloc);
CHECK_FUNCTION(free, cuMemFree);
CHECK_FUNCTION(allocate_host, cuMemHostAlloc);
CHECK_FUNCTION(free_host, cuMemFreeHost);
CHECK_FUNCTION(host_address, cuMemHostGetDevicePointer);
CHECK_FUNCTION(upload, cuMemcpyHtoD);
CHECK_FUNCTION(clear, cuMemsetD8);
CHECK_FUNCTION(create_stream, cuStreamCreate);
CHECK_FUNCTION(destroy_stream, cuStreamDestroy);
CHECK_FUNCTION(synchronise, cuStreamSynchronize);
CHECK_FUNCTION(query, cuStreamQuery);
CHECK_FUNCTION(launch, cuLaunchKernel);
CHECK_FUNCTION(launch_together, cuLaunchCooperativeKernel);
CHECK_FUNCTION(error_name, cuGetErrorName);

static_assert(Driver::kNotReady == CUDA_ERROR_NOT_READY);
static_assert(Driver::kMultiprocessors == CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
static_assert(Driver::kMajor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
static_assert(Driver::kMinor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
static_assert(Driver::kCooperativeLaunch == CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH);
static_assert(Driver::kSharedPerBlockOptIn == CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
static_assert(Driver::kFunctionMaxDynamicShared == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
static_assert(Driver::kMapped == CU_MEMHOSTALLOC_DEVICEMAP && Driver::kPortable == CU_MEMHOSTALLOC_PORTABLE);
static_assert(Driver::kNonBlocking == CU_STREAM_NON_BLOCKING);

}  // namespace
}  // namespace sashimi::cuda
