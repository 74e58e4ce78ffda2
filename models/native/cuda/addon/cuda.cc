#include "cuda.h"

#include <string>

#include "../../addon/composite_methods.h"
#include "../../addon/group_methods.h"
#include "../../addon/model_source.h"
#include "../host/cuda_composite.h"
#include "../host/cuda_voice.h"

namespace sashimi::node {

namespace {

using cuda::CudaComposite;
using cuda::CudaGroup;
using cuda::CudaModel;
using cuda::CudaVoice;
using cuda::Device;

constexpr size_t kMaxVoices = 1024;

/// A model's weights here, where voices go when the device fails, and there.
struct DeviceModel {
  std::shared_ptr<const Model> host;
  std::shared_ptr<const CudaModel> cuda;
};

struct DeviceHandle {
  static constexpr napi_type_tag kTag = {0x5A51A3D1E0B94C21ULL, 0x8F0C2B7D64E1A921ULL};
  std::shared_ptr<Device> device;
};

struct ModelHandle {
  static constexpr napi_type_tag kTag = {0x5A51A3D1E0B94C22ULL, 0x8F0C2B7D64E1A922ULL};
  std::shared_ptr<const DeviceModel> model;
};

struct VoiceHandle {
  static constexpr napi_type_tag kTag = {0x5A51A3D1E0B94C23ULL, 0x8F0C2B7D64E1A923ULL};
  const Config& steered() const { return models[0]->weights.config(); }
  std::shared_ptr<const Model> models[1];
  CudaVoice voice;
};

struct CompositeHandle {
  static constexpr napi_type_tag kTag = {0x5A51A3D1E0B94C25ULL, 0x8F0C2B7D64E1A925ULL};
  const Config& steered() const { return kept.steered(); }
  CompositeModels kept;
  const std::vector<std::shared_ptr<const Model>>& models = kept.all;
  CudaComposite voice;
};

struct GroupHandle {
  static constexpr napi_type_tag kTag = {0x5A51A3D1E0B94C24ULL, 0x8F0C2B7D64E1A924ULL};
  explicit GroupHandle(size_t capacity) : arguments(capacity) {}
  std::shared_ptr<const Model> model;
  CudaGroup group;
  GroupArguments arguments;
};

napi_value text_or_undefined(napi_env env, const char* text) {
  if (text) return string(env, text);
  napi_value undefined = nullptr;
  napi_get_undefined(env, &undefined);
  return undefined;
}

template <class Handle>
napi_value get_voice_fault(napi_env env, napi_callback_info info) {
  const auto* handle = unwrap<Handle>(env, Call(env, info).self());
  return handle ? text_or_undefined(env, handle->voice.fault()) : nullptr;
}

napi_value get_group_fault(napi_env env, napi_callback_info info) {
  const auto* handle = unwrap<GroupHandle>(env, Call(env, info).self());
  return handle ? text_or_undefined(env, handle->group.fault()) : nullptr;
}

ModelHandle* model_handle(const Call& call) {
  auto* handle = unwrap<ModelHandle>(call.env(), call.self());
  if (!handle || handle->model) return handle;
  fail(call.env(), "The stepper was disposed of.");
  return nullptr;
}

/// createVoice(seed)
napi_value new_voice(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  uint32_t seed = 0;
  const auto* handle = model_handle(call);
  if (!handle || !call.uint32(0, seed)) return nullptr;
  const auto& [host, on_device] = *handle->model;
  auto voice = std::make_unique<VoiceHandle>();
  voice->models[0] = host;
  if (!voice->voice.init(on_device, *host->kernels, host->decode.data(), seed, false)) {
    return fail(env, "The device has not enough memory for a voice.");
  }
  return VoiceMethods<VoiceHandle>::wrap_voice(env, std::move(voice), getter("fault", get_voice_fault<VoiceHandle>));
}

/// createGroup(capacity)
napi_value new_group(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  size_t capacity = 0;
  const auto* handle = model_handle(call);
  if (!handle || !call.size(0, capacity)) return nullptr;
  if (capacity < 1 || capacity > kMaxVoices) return fail(env, "Expected a capacity of 1 to 1024.");
  auto group = std::make_unique<GroupHandle>(capacity);
  group->model = handle->model->host;
  if (!group->group.init(handle->model->cuda, capacity)) {
    return fail(env, "The device has not enough memory for that many voices.");
  }
  return GroupMethods<GroupHandle>::wrap_group(env, std::move(group), getter("fault", get_group_fault));
}

/// createStream(...): as ../../addon/stream.cc lists its arguments. Its voice is guarded.
napi_value new_stream(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = model_handle(call);
  if (!handle) return nullptr;
  const std::shared_ptr<const Model> host = handle->model->host;
  const auto make = [&](StreamConditioning* conditioning, uint32_t seed) -> std::unique_ptr<AlignedSource> {
    auto source = std::make_unique<ModelSource<CudaVoice>>(std::vector{host}, conditioning);
    if (!source->voice().init(handle->model->cuda, *host->kernels, host->decode.data(), seed, true)) return nullptr;
    return source;
  };
  return create_stream_of(call, host->weights.config(), make);
}

/// The models of a composite, here and there.
struct DeviceModels {
  CompositeModels host;
  std::vector<std::shared_ptr<const CudaModel>> cuda;

  /// From an array of models of a device, at most as many as step together. False with a pending error.
  bool take(napi_env env, napi_value array) {
    const auto model_of = [&](napi_env, napi_value object) -> std::shared_ptr<const Model> {
      const auto* handle = unwrap<ModelHandle>(env, object);
      if (!handle) return nullptr;
      if (!handle->model) return fail(env, "The stepper was disposed of."), nullptr;
      cuda.push_back(handle->model->cuda);
      return handle->model->host;
    };
    if (!host.take(env, array, model_of)) return false;
    if (cuda.size() <= cuda::DeviceVoice::kMaxMembers) return true;
    fail(env, "Expected at most 4 models.");
    return false;
  }
};

/// createComposite(models: CudaModel[], seed, mixing: 0 | 1): mixture or product.
napi_value new_composite(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  uint32_t seed = 0;
  uint32_t mixing = 0;
  DeviceModels models;
  if (!models.take(env, call.argument(0)) || !call.uint32(1, seed) || !call.uint32(2, mixing)) return nullptr;
  if (mixing > 1) return fail(env, "Expected 0 or 1 for mixing.");
  auto handle = std::make_unique<CompositeHandle>();
  handle->kept = std::move(models.host);
  const float* decode = handle->models[0]->decode.data();
  if (!handle->voice.init(models.cuda, handle->kept.members(), decode, static_cast<Mixing>(mixing), seed, false)) {
    return fail(env, "The device has not enough memory for that many states.");
  }
  return CompositeMethods<CompositeHandle>::wrap_composite(env, std::move(handle),
                                                           getter("fault", get_voice_fault<CompositeHandle>));
}

/// createPairStream(models: CudaModel[], ...): as ../../addon/stream.cc lists its arguments. Its composite is guarded.
napi_value new_pair_stream(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  DeviceModels models;
  if (!models.take(env, call.argument(0))) return nullptr;
  const auto make = [&](StreamConditioning* conditioning, uint32_t seed, Mixing mixing,
                        bool is_first_dropped) -> std::unique_ptr<AlignedSource> {
    const CompositeModels& host = models.host;
    auto source = std::make_unique<ModelSource<CudaComposite>>(host.all, conditioning);
    if (!source->voice().init(models.cuda, host.members(), host.all[0]->decode.data(), mixing, seed, true)) return nullptr;
    const bool is_dropped[2] = {is_first_dropped, false};
    source->voice().set_dropped(is_dropped);
    return source;
  };
  return create_pair_stream_of(call, models.host, make);
}

napi_value dispose(napi_env env, napi_callback_info info) {
  if (auto* handle = unwrap<ModelHandle>(env, Call(env, info).self())) handle->model.reset();
  return nullptr;
}

/// createModel(config, values, kinds, scales, decode): as the addon's own.
napi_value new_model(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = unwrap<DeviceHandle>(env, call.self());
  if (!handle) return nullptr;
  auto model = std::make_shared<DeviceModel>();
  model->host = model_from(call);
  if (!model->host) return nullptr;
  std::string why;
  model->cuda = CudaModel::make(handle->device, model->host->weights, model->host->decode.data(), why);
  if (!model->cuda) return fail(env, why.c_str());
  auto made = std::make_unique<ModelHandle>();
  made->model = std::move(model);
  const napi_property_descriptor properties[] = {method("createVoice", new_voice), method("createGroup", new_group),
                                                 method("createStream", new_stream), method("dispose", dispose)};
  return wrap(env, std::move(made), properties);
}

napi_value get_name(napi_env env, napi_callback_info info) {
  const auto* handle = unwrap<DeviceHandle>(env, Call(env, info).self());
  return handle ? string(env, handle->device->name().c_str()) : nullptr;
}

napi_value get_multiprocessors(napi_env env, napi_callback_info info) {
  const auto* handle = unwrap<DeviceHandle>(env, Call(env, info).self());
  return handle ? number(env, handle->device->multiprocessors()) : nullptr;
}

/// A string argument; false with a pending error.
bool text_of(const Call& call, size_t index, std::string& text) {
  size_t length = 0;
  if (napi_get_value_string_utf8(call.env(), call.argument(index), nullptr, 0, &length) != napi_ok) {
    return refuse(call.env(), "Expected a string.");
  }
  text.resize(length);
  napi_get_value_string_utf8(call.env(), call.argument(index), text.data(), length + 1, &length);
  return true;
}

}  // namespace

napi_value open_cuda(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  std::string ptx;
  std::string library;
  const bool is_named = !call.is_undefined(1);
  if (!text_of(call, 0, ptx) || (is_named && !text_of(call, 1, library))) return nullptr;
  std::string why;
  auto handle = std::make_unique<DeviceHandle>();
  handle->device = Device::open(is_named ? library.c_str() : nullptr, ptx.c_str(), why);
  if (!handle->device) return string(env, why.c_str());
  const napi_property_descriptor properties[] = {getter("name", get_name), getter("multiprocessors", get_multiprocessors),
                                                 method("createModel", new_model), method("createComposite", new_composite),
                                                 method("createPairStream", new_pair_stream)};
  return wrap(env, std::move(handle), properties);
}

}  // namespace sashimi::node
