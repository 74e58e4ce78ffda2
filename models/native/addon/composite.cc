#include <algorithm>

#include "composite_methods.h"

namespace sashimi::node {

namespace {

struct CompositeHandle {
  static constexpr napi_type_tag kTag = {0x5A51A3D1E0B94C15ULL, 0x8F0C2B7D64E1A905ULL};
  const Config& steered() const { return kept.steered(); }
  CompositeModels kept;
  const std::vector<std::shared_ptr<const Model>>& models = kept.all;
  Composite voice;
};

bool has_same_inputs(const Config& a, const Config& b) {
  const auto is_same = [](const InputConfig& one, const InputConfig& other) {
    return one.dim == other.dim && one.hop == other.hop;
  };
  return a.num_inputs == b.num_inputs && std::equal(a.inputs, a.inputs + a.num_inputs, b.inputs, is_same);
}

}  // namespace

bool CompositeModels::take(napi_env env, napi_value array, const ModelOf& model_of) {
  uint32_t count = 0;
  if (napi_get_array_length(env, array, &count) != napi_ok || count < 1 || count > kMaxMembers) {
    fail(env, "Expected an array of 1 to 64 models.");
    return false;
  }
  for (uint32_t i = 0; i < count; ++i) {
    napi_value element = nullptr;
    napi_get_element(env, array, i, &element);
    const std::shared_ptr<const Model> model = model_of(env, element);
    if (!model) return false;
    all.push_back(model);
    const Config& config = model->weights.config();
    if (config.levels != all[0]->weights.config().levels) {
      fail(env, "Expected models of one alphabet.");
      return false;
    }
    if (config.num_inputs == 0) continue;
    if (steered().num_inputs == 0) steered_member = i;
    if (!has_same_inputs(config, steered())) {
      fail(env, "Expected members of the same conditioning inputs, or of none.");
      return false;
    }
  }
  return true;
}

std::vector<CompositeMember> CompositeModels::members() const {
  std::vector<CompositeMember> members;
  for (const auto& model : all) members.push_back({&model->weights, model->kernels});
  return members;
}

napi_value create_composite(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  uint32_t seed = 0;
  uint32_t mixing = 0;
  auto handle = std::make_unique<CompositeHandle>();
  if (!handle->kept.take(env, call.argument(0), model_of) || !call.uint32(1, seed) || !call.uint32(2, mixing)) return nullptr;
  if (mixing > 1) return fail(env, "Expected 0 or 1 for mixing.");
  const float* decode = handle->models[0]->decode.data();
  if (!handle->voice.init(handle->kept.members(), decode, static_cast<Mixing>(mixing), seed)) {
    return fail(env, "There is not enough memory for that many states.");
  }
  return CompositeMethods<CompositeHandle>::wrap_composite(env, std::move(handle));
}

}  // namespace sashimi::node
