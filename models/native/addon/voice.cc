#include "voice_methods.h"

namespace sashimi::node {

namespace {

struct VoiceHandle {
  static constexpr napi_type_tag kTag = {0x5A51A3D1E0B94C12ULL, 0x8F0C2B7D64E1A902ULL};
  const Config& steered() const { return models[0]->weights.config(); }
  std::shared_ptr<const Model> models[1];
  Voice voice;
};

}  // namespace

napi_value create_voice(napi_env env, const std::shared_ptr<const Model>& model, uint32_t seed) {
  auto handle = std::make_unique<VoiceHandle>();
  handle->models[0] = model;
  if (!handle->voice.init(model->weights, *model->kernels, model->decode.data(), seed)) {
    return fail(env, "There is not enough memory for a voice.");
  }
  return VoiceMethods<VoiceHandle>::wrap_voice(env, std::move(handle));
}

}  // namespace sashimi::node
