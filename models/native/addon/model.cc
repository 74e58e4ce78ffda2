#include "model.h"

namespace sashimi::node {

namespace {

constexpr size_t kMaxName = 64;
constexpr size_t kMaxVoices = 256;

/// What JavaScript holds. Empty after dispose.
struct ModelHandle {
  static constexpr napi_type_tag kTag = {0x5A51A3D1E0B94C11ULL, 0x8F0C2B7D64E1A901ULL};
  std::shared_ptr<const Model> model;
};

ModelHandle* handle_of(napi_env env, napi_value object) {
  auto* handle = unwrap<ModelHandle>(env, object);
  if (handle && !handle->model) {
    fail(env, "The stepper was disposed of.");
    return nullptr;
  }
  return handle;
}

ModelHandle* handle_of(const Call& call) { return handle_of(call.env(), call.self()); }

napi_value get_instruction_set(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = handle_of(call);
  return handle ? string(env, handle->model->kernels->instruction_set) : nullptr;
}

napi_value get_weight_bytes(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = handle_of(call);
  return handle ? number(env, static_cast<double>(handle->model->weights.bytes())) : nullptr;
}

napi_value get_diagonal_layers(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = handle_of(call);
  return handle ? number(env, static_cast<double>(handle->model->weights.diagonal_layers())) : nullptr;
}

napi_value get_rank_one_layers(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = handle_of(call);
  return handle ? number(env, static_cast<double>(handle->model->weights.rank_one_layers())) : nullptr;
}

napi_value new_voice(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  uint32_t seed = 0;
  const auto* handle = handle_of(call);
  if (!handle || !call.uint32(0, seed)) return nullptr;
  return create_voice(env, handle->model, seed);
}

napi_value new_group(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  size_t capacity = 0;
  const auto* handle = handle_of(call);
  if (!handle || !call.size(0, capacity)) return nullptr;
  if (capacity < 1 || capacity > kMaxVoices) return fail(env, "Expected a capacity of 1 to 256.");
  return create_group(env, handle->model, capacity);
}

napi_value new_stream(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = handle_of(call);
  return handle ? create_stream(call, handle->model) : nullptr;
}

napi_value dispose(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (auto* handle = unwrap<ModelHandle>(env, call.self())) handle->model.reset();
  return nullptr;
}

}  // namespace

std::shared_ptr<const Model> model_of(napi_env env, napi_value object) {
  const auto* handle = handle_of(env, object);
  return handle ? handle->model : nullptr;
}

std::shared_ptr<Model> model_from(const Call& call) {
  int32_t* words = nullptr;
  int32_t* kinds = nullptr;
  float* values = nullptr;
  float* scales = nullptr;
  float* decode = nullptr;
  size_t num_words = 0;
  size_t num_decode = 0;
  ModelData data;
  if (!call.int32s(0, words, num_words) || !call.floats(1, values, data.num_values) ||
      !call.int32s(2, kinds, data.num_kinds) || !call.floats(3, scales, data.num_scales) ||
      !call.floats(4, decode, num_decode)) {
    return nullptr;
  }
  data.values = values;
  data.kinds = kinds;
  data.scales = scales;
  const auto refuse = [&](const char* fault) {
    fail(call.env(), fault);
    return nullptr;
  };
  auto model = std::make_shared<Model>();
  model->kernels = find_kernels(nullptr);
  Config config;
  if (const char* fault = config.parse(words, num_words)) return refuse(fault);
  if (num_decode != config.levels) return refuse("decode must have one amplitude per level.");
  if (const char* fault = model->weights.load(config, data)) return refuse(fault);
  model->decode.assign(decode, decode + num_decode);
  return model;
}

napi_value create_model(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  char name[kMaxName] = {};
  const bool is_named = !call.is_undefined(5);
  if (is_named && napi_get_value_string_utf8(env, call.argument(5), name, kMaxName, nullptr) != napi_ok) {
    return fail(env, "instructionSet must be a string.");
  }
  const Kernels* const kernels = find_kernels(is_named ? name : nullptr);
  if (!kernels) return fail(env, "This machine does not run that instruction set.");
  std::shared_ptr<Model> model = model_from(call);
  if (!model) return nullptr;
  model->kernels = kernels;

  auto handle = std::make_unique<ModelHandle>();
  handle->model = std::move(model);
  const napi_property_descriptor properties[] = {
      getter("instructionSet", get_instruction_set), getter("weightBytes", get_weight_bytes),
      getter("diagonalLayers", get_diagonal_layers), getter("rankOneLayers", get_rank_one_layers),
      method("createVoice", new_voice), method("createGroup", new_group), method("createStream", new_stream), method("dispose", dispose)};
  return wrap(env, std::move(handle), properties);
}

napi_value instruction_sets(napi_env env, napi_callback_info) {
  const Kernels* const* list = nullptr;
  const size_t count = available_kernels(&list);
  napi_value names = nullptr;
  napi_create_array_with_length(env, count, &names);
  for (size_t i = 0; i < count; ++i) {
    napi_set_element(env, names, static_cast<uint32_t>(i), string(env, list[i]->instruction_set));
  }
  return names;
}

}  // namespace sashimi::node
