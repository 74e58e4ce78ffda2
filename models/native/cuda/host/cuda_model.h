#pragma once

#include <memory>
#include <string>
#include <vector>

#include "device.h"
#include "plan_builder.h"

namespace sashimi::cuda {

/// The weights of one model on a device, and what the kernel is told of them. Read-only once made; threads may share it.
class CudaModel {
 public:
  /// `weights` must outlive it; `decode` (levels) is copied. Null, with `why` set, without memory.
  static std::shared_ptr<const CudaModel> make(std::shared_ptr<Device> device, const Weights& weights, const float* decode,
                                               std::string& why);

  const std::shared_ptr<Device>& device() const { return device_; }
  const Weights& weights() const { return *weights_; }
  const BuiltPlan& built() const { return built_; }
  uint64_t plan_address() const { return plan_.address(); }
  uint64_t phases_address() const { return phases_.address(); }

 private:
  std::shared_ptr<Device> device_;
  const Weights* weights_ = nullptr;
  DeviceMemory device_weights_;
  DeviceMemory matrices_;
  DeviceMemory decode_;
  DeviceMemory plan_;
  DeviceMemory phases_;
  BuiltPlan built_;
};

}  // namespace sashimi::cuda
