#include "cuda_model.h"

#include <utility>

namespace sashimi::cuda {

std::shared_ptr<const CudaModel> CudaModel::make(std::shared_ptr<Device> device, const Weights& weights,
                                                 const float* decode, std::string& why) {
  auto model = std::make_shared<CudaModel>();
  const size_t decode_bytes = weights.config().levels * sizeof(float);
  model->device_ = device;
  model->weights_ = &weights;
  model->device_weights_ = DeviceMemory(device, weights.bytes());
  model->decode_ = DeviceMemory(device, decode_bytes);
  model->plan_ = DeviceMemory(device, sizeof(Plan));
  VoiceState state;
  if (!state.init(weights, 0)) {
    why = "there is not enough memory for a voice";
    return nullptr;
  }
  // The first time without its address, for its size.
  model->matrices_ = DeviceMemory(device, build_plan(weights, state, {}).matrices.size());
  model->built_ = build_plan(weights, state, {model->device_weights_.address(), model->matrices_.address(), model->decode_.address()});
  std::vector<unsigned char>& matrices = model->built_.matrices;
  const size_t phases_bytes = model->built_.phases.size() * sizeof(PhasePlan);
  model->phases_ = DeviceMemory(std::move(device), phases_bytes);
  const bool is_there = model->device_weights_.address() && model->decode_.address() && model->plan_.address() &&
                        model->phases_.address() && model->matrices_.address();
  if (!is_there || !model->device_weights_.upload(weights.data(), weights.bytes()) ||
      !model->matrices_.upload(matrices.data(), matrices.size()) || !model->decode_.upload(decode, decode_bytes) || !model->plan_.upload(&model->built_.plan, sizeof(Plan)) ||
      !model->phases_.upload(model->built_.phases.data(), phases_bytes)) {
    why = "the device has not enough memory for the weights";
    return nullptr;
  }
  matrices = {};
  return model;
}

}  // namespace sashimi::cuda
