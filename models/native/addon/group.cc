#include "group_methods.h"

#include "../core/voice_group.h"

namespace sashimi::node {

namespace {

struct GroupHandle {
  static constexpr napi_type_tag kTag = {0x5A51A3D1E0B94C14ULL, 0x8F0C2B7D64E1A904ULL};
  explicit GroupHandle(size_t capacity) : arguments(capacity) {}
  std::shared_ptr<const Model> model;
  VoiceGroup group;
  GroupArguments arguments;
};

}  // namespace

napi_value create_group(napi_env env, const std::shared_ptr<const Model>& model, size_t capacity) {
  auto handle = std::make_unique<GroupHandle>(capacity);
  handle->model = model;
  if (!handle->group.init(model->weights, *model->kernels, model->decode.data(), capacity)) {
    return fail(env, "There is not enough memory for that many voices.");
  }
  return GroupMethods<GroupHandle>::wrap_group(env, std::move(handle));
}

}  // namespace sashimi::node
